"""Both sides as running services: prepared side by side, ready or failed with a cause, stopped with
proof. Whatever happens, what a runtime made goes with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gatekeeper.manifest.types import Contract, Service
from gatekeeper.model import Fault, Side
from gatekeeper.ports import (
    Connection,
    Progress,
    RunningService,
    Runtime,
    StartFailed,
    StartFailure,
    StopProof,
)
from gatekeeper.readiness import Ready, await_ready
from gatekeeper.redaction import Redactor

Connect = Callable[[str], Connection]


@dataclass(frozen=True, slots=True)
class SideUp:
    """One side after the attempt to start it."""

    service: RunningService | None
    """None where it could not be started at all."""
    outcome: Ready | StartFailure


@dataclass(frozen=True, slots=True)
class Starter:
    """Starts sides; the collaborators are passed in."""

    runtimes: Mapping[Side, Runtime]
    trees: Mapping[Side, Path]
    contract: Contract
    connect: Connect
    redact: Redactor
    progress: Progress
    ups: dict[Side, SideUp]
    """Filled as sides come up, so that an interrupt finds what there is to stop."""

    def start_all(self, services: Mapping[Side, Service]) -> None:
        """Every side, side by side. Threads are daemons: an interrupt does not wait for a build."""
        faults: list[BaseException] = []
        finished = threading.Semaphore(0)

        def work(side: Side, service: Service) -> None:
            try:
                self._start(side, service)
            except BaseException as error:  # handed to the main thread below
                faults.append(error)
            finally:
                finished.release()

        for side, service in services.items():
            threading.Thread(target=work, args=(side, service), daemon=True).start()
        for _ in services:
            finished.acquire()
        for fault in faults:
            raise fault

    def _start(self, side: Side, service: Service) -> None:
        runtime = self.runtimes[side]
        try:
            running = runtime.start(side, self.trees[side], service)
        except StartFailed as failed:
            self.ups[side] = SideUp(None, self._clean(side, failed.failure))
            return
        waiting = StartFailure("interrupted while it was waited for", Fault.WORLD)
        self.ups[side] = SideUp(running, waiting)
        self.progress.say(f"{side}: waiting until it is ready")
        connection = self.connect(running.url)
        outcome = await_ready(running, connection, self.contract, service,
                              ours=runtime.name != "url")
        connection.close()
        if isinstance(outcome, StartFailure):
            outcome = self._clean(side, outcome)
        self.ups[side] = SideUp(running, outcome)
        if isinstance(outcome, StartFailure):
            return
        self.progress.say(f"{side}: ready after {outcome.seconds:.2f} s"
                          + (f", serves {outcome.model}" if outcome.model else ""))

    def _clean(self, side: Side, failure: StartFailure) -> StartFailure:
        self.progress.say(f"{side}: did not start: {failure.cause}")
        return StartFailure(
            self.redact(failure.cause), failure.fault, self.redact(failure.detail),
            self.redact(failure.logs),
        )


def stop_all(
    ups: Mapping[Side, SideUp], grace: Mapping[Side, float], progress: Progress
) -> dict[Side, StopProof]:
    """Stop every started side and look whether it is gone."""
    proofs = {}
    for side, up in ups.items():
        if up.service is None:
            continue
        progress.say(f"{side}: stopping")
        proof = up.service.stop(grace.get(side, 10.0))
        if proof is not None:
            proofs[side] = proof
    return proofs
