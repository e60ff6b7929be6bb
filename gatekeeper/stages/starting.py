"""Both sides are started, and answer a first time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from gatekeeper.evidence.files import SMOKE
from gatekeeper.evidence.record import SideRecord
from gatekeeper.model import Side
from gatekeeper.ports import StartFailure
from gatekeeper.service.moved import moved_tag
from gatekeeper.service.readiness import Ready
from gatekeeper.service.sides import SideUp
from gatekeeper.service.smoke import smoke_test
from gatekeeper.stages.run import Run


def start(run: Run, trees: Mapping[Side, Path], refused: Mapping[Side, StartFailure]) -> None:
    """Every side, ready or with the cause why not."""
    run.starter.start_all(run.plan.services, trees, refused)
    record = replace(run.record, head=_started(run.record.head, run.ups.get(Side.HEAD)))
    if record.base is not None and Side.BASE in run.ups:
        record = replace(record, base=_started(record.base, run.ups[Side.BASE]))
    moved = tuple(moved_tag(record.base, record.head, record.manifest_path))
    for change in moved:
        run.world.progress.say(change.note)
    run.note(replace(record, changes=(*record.changes, *moved)))


def _started(side: SideRecord, up: SideUp | None) -> SideRecord:
    if up is None:
        return side
    identity = up.service.identity() if up.service else {}
    if isinstance(up.outcome, Ready):
        return replace(side, started=True, model=up.outcome.model,
                       ready_seconds=up.outcome.seconds, identity=identity)
    return replace(side, failure=up.outcome, identity=identity)


def smoke(run: Run) -> None:
    """The first answer of every side that is ready, in `api_smoke_test.json`."""
    found = {}
    for side, (up, ready) in run.ready().items():
        assert up.service is not None
        connection = run.starter.connect(side, up.service.url)
        found[side] = smoke_test(connection, run.survey.policy.contracts[side],
                                 run.plan.services[side].ready.path, ready.model,
                                 run.world.redact)
        connection.close()
    if Side.HEAD in found:
        run.pack.write_json(SMOKE, {**found[Side.HEAD], "base": found.get(Side.BASE)})
