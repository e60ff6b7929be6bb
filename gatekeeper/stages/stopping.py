"""After the cases: who died, and everything stopped with proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from time import monotonic, sleep

from gatekeeper.evidence.files import SHUTDOWN
from gatekeeper.formats.canonical import plain
from gatekeeper.model import Side
from gatekeeper.ports import Runtime
from gatekeeper.service.sides import stop_all
from gatekeeper.service.triage import cause_of_exit
from gatekeeper.stages.run import Run

_SIGKILL = (137, -9)
"""Exit codes of a service that somebody else ended, as an engine and as a process tell it."""
ENDING_SECONDS = 1.0
"""How long a service that dropped or refused a connection is given to be seen ending."""
CANCEL_SECONDS = 3.0
"""How long an interrupt waits for a start that is under way; the runner gives 7.5 s in all."""


def look_after(run: Run) -> None:
    """A service that died while it was asked says so itself."""
    for side, (up, _) in run.ready().items():
        assert up.service is not None
        life = up.service.life()
        deadline = monotonic() + (ENDING_SECONDS if side in run.lost else 0.0)
        while life.running and monotonic() < deadline:  # its end takes a moment to be told
            sleep(0.01)
            life = up.service.life()
        if life.running:
            continue
        cause = run.world.redact(cause_of_exit(life, up.service.logs()))
        killed = life.exit_code in _SIGKILL and not life.out_of_memory
        if side is Side.HEAD:
            run.note(replace(run.record, head=replace(run.record.head, died=cause, killed=killed)))
        elif run.record.base is not None:
            ended = replace(run.record.base, died=cause, killed=killed)
            run.note(replace(run.record, base=ended))


def stop(run: Run, runtimes: Mapping[Side, Runtime]) -> None:
    """Services first, with proof; then whatever a start that was under way has made."""
    settled = run.starter.cancel(CANCEL_SECONDS)
    stop_sides(run)
    for runtime in dict.fromkeys(runtimes.values()):
        runtime.close()
    run.pack.write_json(SHUTDOWN, {
        str(side): {**plain(proof), "proven": proof.proven} for side, proof in run.proofs.items()
    })
    if settled and not run.cut_off:
        run.world.all_gone()


def stop_sides(run: Run) -> None:
    """Every side that is up and was not stopped yet, with proof."""
    grace = {side: 0.0 if run.record.interrupted else service.stop.grace
             for side, service in run.plan.services.items()}
    left = {side: up for side, up in run.ups.items() if side not in run.proofs}
    run.proofs |= stop_all(left, grace, run.world.progress)
