"""Both sides as running services: prepared side by side, ready or failed with a cause, stopped with
proof. Whatever happens, what a runtime made goes with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

from gatekeeper.manifest.contract import Contract
from gatekeeper.manifest.service import Service
from gatekeeper.model import Side
from gatekeeper.ports import (
    CANCELLED,
    URL_RUNTIME,
    Again,
    Connection,
    Progress,
    RunningService,
    Runtime,
    StartFailed,
    StartFailure,
    StopProof,
)
from gatekeeper.redaction import Redactor
from gatekeeper.service.credentials import Credentials
from gatekeeper.service.readiness import Ready, await_ready

Connect = Callable[[str, Mapping[str, str]], Connection]
"""A connection to a URL, with headers."""


@dataclass(frozen=True, slots=True)
class SideUp:
    """One side after the attempt to start it."""

    service: RunningService | None
    """None where it could not be started at all."""
    outcome: Ready | StartFailure


class Starter:
    """Starts sides; the collaborators are passed in. `ups` is filled as sides come up, so that an
    interrupt finds what there is to stop."""

    def __init__(
        self,
        runtimes: Mapping[Side, Runtime],
        contracts: Mapping[Side, Contract],
        credentials: Credentials,
        connect: Connect,
        redact: Redactor,
        progress: Progress,
        again: Again | None = None,
        awaits: bool = True,
    ) -> None:
        """`again`: not the side's own service, but one more of it. Without `awaits` it is left as
        it was started, whatever becomes of it."""
        self._again = again
        self._awaits = awaits
        self.ups: dict[Side, SideUp] = {}
        self._runtimes = runtimes
        self._contracts = contracts
        self.credentials = credentials
        self._connect = connect
        self._redact = redact
        self._progress = progress
        # Not asked of the threads: one whose join is cut off by an interrupt is taken for dead
        # while it runs (CPython 3.10 and 3.11, gh-90882).
        self._ended: list[threading.Event] = []
        self._faults: list[BaseException] = []
        self._cancelled = threading.Event()

    def start_all(self, services: Mapping[Side, Service], trees: Mapping[Side, Path],
                  refused: Mapping[Side, StartFailure]) -> None:
        """Every side that is not refused, side by side. Threads are daemons: an interrupt does not
        wait for a build."""
        refused = {**self.credentials.missing, **refused}
        for side, failure in refused.items():
            self.ups[side] = SideUp(None, self._clean(side, failure))
        for side, service in services.items():
            if side in refused:
                continue
            self._ended.append(ended := threading.Event())
            threading.Thread(target=self._work, args=(side, trees[side], service, ended),
                             daemon=True, name=f"starting-{side}").start()
        for ended in self._ended:
            ended.wait()
        for fault in self._faults:
            raise fault

    def connect(self, side: Side, url: str, key: str | None = None) -> Connection:
        """A connection to a side's service, with what it knows its callers by; with another key in
        its place, or with none where that is empty."""
        auth, headers = self._contracts[side].auth, self.credentials.headers.get(side, {})
        if key is not None:
            headers = auth.headers(key) if auth and key else {}
        return self._connect(url, headers)

    def cancel(self, seconds: float) -> bool:
        """Make starts that are under way give up; whether there were none.

        The engine may go on for a moment with what it was asked to build or create: after a start
        that was cut off, somebody has to look again.
        """
        settled = all(ended.is_set() for ended in self._ended)
        self._cancelled.set()
        for runtime in self._runtimes.values():
            runtime.cancel()
        deadline = monotonic() + seconds
        for ended in self._ended:
            ended.wait(max(deadline - monotonic(), 0))
        return settled

    def _work(self, side: Side, tree: Path, service: Service, ended: threading.Event) -> None:
        try:
            self._start(side, tree, service)
        except BaseException as error:  # handed to the main thread in start_all
            self._faults.append(error)
        finally:
            ended.set()

    def _start(self, side: Side, tree: Path, service: Service) -> None:
        runtime = self._runtimes[side]
        try:
            given = self.credentials.given_to(side, service)
            running = runtime.start(side, tree, given, self._again)
        except StartFailed as failed:
            self.ups[side] = SideUp(None, self._clean(side, failed.failure))
            return
        self.ups[side] = SideUp(running, CANCELLED)
        if not self._awaits:
            return
        self._progress.say(f"{side}: waiting until it is ready")
        connection = self.connect(side, running.url)
        outcome = await_ready(running, connection, self._contracts[side], service,
                              ours=runtime.name != URL_RUNTIME, cancelled=self._cancelled)
        connection.close()
        if isinstance(outcome, StartFailure):
            self.ups[side] = SideUp(running, self._clean(side, outcome))
            return
        outcome = replace(outcome, model=self._redact(outcome.model))
        self.ups[side] = SideUp(running, outcome)
        self._progress.say(f"{side}: ready after {outcome.seconds:.2f} s"
                           + (f", serves {outcome.model}" if outcome.model else ""))

    def _clean(self, side: Side, failure: StartFailure) -> StartFailure:
        clean = StartFailure(self._redact(failure.cause), failure.fault,
                             self._redact(failure.detail), self._redact(failure.logs))
        if not self._cancelled.is_set():
            self._progress.say(f"{side}: did not start: {clean.cause}")
        return clean


def stop_all(
    ups: Mapping[Side, SideUp], grace: Mapping[Side, float], progress: Progress
) -> dict[Side, StopProof]:
    """Stop every started side and look whether it is gone."""
    proofs = {}
    for side, up in sorted(ups.items(), reverse=True):
        if up.service is None:
            continue
        progress.say(f"{side}: stopping")
        proof = up.service.stop(grace.get(side, 10.0))
        if proof is not None:
            proofs[side] = proof
    return proofs
