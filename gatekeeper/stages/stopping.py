"""After the cases: who died, and everything stopped with proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from time import monotonic, sleep
from typing import Any

from gatekeeper.evidence.files import SHUTDOWN
from gatekeeper.formats.canonical import plain
from gatekeeper.model import Side
from gatekeeper.ports import Runtime, StopProof
from gatekeeper.service.in_flight import InFlight
from gatekeeper.service.sides import stop_all
from gatekeeper.service.triage import cause_of_exit
from gatekeeper.stages.questioning import targets_of
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


def _callers(run: Run, runtimes: Mapping[Side, Runtime]) -> InFlight | None:
    """Callers that head is stopped under; none where it is not ours, or has ended already."""
    target, up = targets_of(run).get(Side.HEAD), run.ups.get(Side.HEAD)
    if target is None or up is None or up.service is None or run.lost:
        return None
    if runtimes[Side.HEAD].name == "url" or not up.service.life().running:
        return None
    return InFlight(target, run.plan.concurrency, run.world.redact)


def _written(proof: StopProof, began: str, flight: dict[str, int] | None) -> dict[str, Any]:
    """One side's part of `shutdown_proof.json`."""
    found = {name: value for name, value in plain(proof).items() if name != "signalled_at"}
    asked = {} if flight is None else {"in_flight": flight}
    return {**found, "began": began, "proven": proof.proven, **asked}


def stop(run: Run, runtimes: Mapping[Side, Runtime]) -> None:
    """Services first, with proof; then whatever a start that was under way has made."""
    settled = run.starter.cancel(CANCEL_SECONDS)
    stop_sides(run, runtimes)
    for runtime in dict.fromkeys(runtimes.values()):
        runtime.close()
    run.pack.write_json(SHUTDOWN, run.stopped)
    if settled and not run.cut_off:
        run.world.all_gone()


def stop_sides(run: Run, runtimes: Mapping[Side, Runtime]) -> None:
    """Every side that is up and was not stopped yet, with proof; head under its callers."""
    interrupted = run.record.interrupted
    grace = {side: 0.0 if interrupted else service.stop.grace
             for side, service in run.plan.services.items()}
    left = {side: up for side, up in run.ups.items() if str(side) not in run.stopped}
    callers = None if interrupted or Side.HEAD not in left else _callers(run, runtimes)
    began = run.world.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    proofs = stop_all(left, grace, run.world.progress)
    signalled = proofs[Side.HEAD].signalled_at if Side.HEAD in proofs else None
    flight = callers.outcomes(signalled) if callers and signalled is not None else None
    run.stopped |= {str(side): _written(proof, began, flight if side is Side.HEAD else None)
                    for side, proof in proofs.items()}
