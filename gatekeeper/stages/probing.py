"""After the cases: head's service is probed for whether it keeps its contract.

It comes last because a probe may end the service: then no case has lost its answer, and the probe
that did it is known. Only head is probed, one probe at a time, with a normal request after each.
Every exchange is given what the contract gives a reply, and no probe is begun when the time for all
of them is over.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic, perf_counter, sleep

from gatekeeper.evidence.files import PROBES
from gatekeeper.manifest.contract import Contract
from gatekeeper.model import Side
from gatekeeper.ports import Connection, Received, RunningService
from gatekeeper.probing.probes import (
    FIRST,
    Probe,
    Wish,
    make_probes,
    normal_body,
    timeout_of,
)
from gatekeeper.probing.readings import is_alive
from gatekeeper.probing.sightings import Probed, Seen, Sighting, bounded
from gatekeeper.redaction import Redactor
from gatekeeper.replies.stored import stored
from gatekeeper.service.triage import cause_of_exit
from gatekeeper.stages.run import Run
from gatekeeper.stages.stopping import ENDING_SECONDS

LEAST_SECONDS, MOST_SECONDS, REPLIES = 30.0, 300.0, 10
"""Probing may take as long as so many replies, between these bounds."""
_NEEDS_NO_OTHER = (Wish.ANSWERED, Wish.CUT_OFF)
"""Wishes whose own answer shows that the service still answers."""


def probe(run: Run) -> None:
    """What came of every probe, in `contract_probes.json`."""
    run.pack.write_json(PROBES, _probed(run))


def _probed(run: Run) -> Probed:
    ready = run.ready().get(Side.HEAD)
    if run.plan.unprobed:
        return Probed(not_sent=run.plan.unprobed)
    if ready is None or ready[0].service is None:
        return Probed(not_sent="head's service did not start")
    service, outcome = ready[0].service, ready[1]
    exposure = service.exposure()
    if run.record.head.died:
        found = Probed(not_sent="head's service ended while it was asked")
    else:
        contract = run.survey.policy.contracts[Side.HEAD]
        probes = make_probes(contract, outcome.model)
        run.world.progress.say(f"head: probing its contract, {len(probes)} probes")
        caller = _Caller(
            lambda key: run.starter.connect(Side.HEAD, service.url, key), service, contract,
            outcome.model, run.world.redact)
        found = _all(probes, caller, lambda done: run.world.progress.tick(
            f"probing: {done} of {len(probes)}"))
    return replace(found, private=exposure.private, reach=exposure.words)


def _all(
    probes: tuple[Probe, ...], caller: _Caller, tick: Callable[[int], None]
) -> Probed:
    seen: dict[str, Sighting] = {}
    deadline = monotonic() + min(max(REPLIES * timeout_of(caller.contract), LEAST_SECONDS),
                                 MOST_SECONDS)
    not_sent = ""
    for number, one in enumerate(probes):
        if monotonic() > deadline:
            not_sent = "the time for probes was over"
            break
        seen[one.name] = sighting = caller.send(one)
        tick(number + 1)
        if one.name == FIRST and not caller.answers(sighting.replies[0]):
            not_sent = "a normal request is not answered"
        elif sighting.ended:
            not_sent = f"the service had ended under {one.name}"
        elif sighting.after is not None and not caller.answers(sighting.after):
            not_sent = f"after {one.name} a normal request was not answered"
        if not_sent:
            break
    return Probed(seen, not_sent)


@dataclass(frozen=True, slots=True)
class _Caller:
    """Sends probes to one service."""

    connect: Callable[[str | None], Connection]
    """A connection with another key, or with none where it is empty; with our own for None."""
    service: RunningService
    contract: Contract
    model: str
    redact: Redactor

    def answers(self, seen: Seen) -> bool:
        """A normal request was answered."""
        return is_alive(self.contract, seen.reply)

    def send(self, one: Probe) -> Sighting:
        """The probe, and a normal request after it where its own replies do not say whether the
        service still answers."""
        replies = self._together(one) if one.times > 1 else (self._one(one, 0.0),)
        after = None
        if one.wish not in _NEEDS_NO_OTHER or not self.answers(replies[0]):
            after = self._after() if one.name != FIRST else None
        lost = after if after is not None else replies[0]
        return Sighting(replies, after, "" if self.answers(lost) else self._ended())

    def _one(self, one: Probe, started: float) -> Seen:
        connection = self.connect(one.key)
        try:
            got = connection.exchange(
                one.method, one.path, one.body(), timeout_of(self.contract),
                stream=self.contract.stream, leave_after=1 if one.wish is Wish.LEFT else 0)
        finally:
            connection.close()
        return self._kept(got, started)

    def _after(self) -> Seen:
        connection = self.connect(None)
        try:
            got = connection.exchange("POST", self.contract.endpoint,
                                      normal_body(self.contract, self.model),
                                      timeout_of(self.contract), stream=self.contract.stream)
        finally:
            connection.close()
        return self._kept(got, 0.0)

    def _kept(self, got: Received, started: float) -> Seen:
        reply, timing = stored(self.contract, got, self.redact, started)
        return bounded(Seen(replace(reply, content_type=self.redact(reply.content_type)), started,
                            timing.total, got.done, timing.pieces))

    def _together(self, one: Probe) -> tuple[Seen, ...]:
        """All at once, each from a thread of its own. They are daemons: an interrupt does not wait
        for them."""
        done: queue.SimpleQueue[Seen | BaseException] = queue.SimpleQueue()
        gate = threading.Barrier(one.times + 1)
        began = perf_counter()

        def send() -> None:
            try:
                gate.wait()
                done.put(self._one(one, perf_counter() - began))
            except BaseException as error:  # a thread's fault must reach the main thread
                done.put(error)

        for number in range(one.times):
            threading.Thread(target=send, daemon=True, name=f"probing-{number}").start()
        began = perf_counter()
        gate.wait()
        replies = []
        for _ in range(one.times):
            found = done.get()
            if isinstance(found, BaseException):
                raise found
            replies.append(found)
        return tuple(sorted(replies, key=lambda seen: seen.started))

    def _ended(self) -> str:
        """Why the service has ended; empty where it has not. Its end takes a moment to be told."""
        deadline = monotonic() + ENDING_SECONDS
        life = self.service.life()
        while life.running and monotonic() < deadline:
            sleep(0.01)
            life = self.service.life()
        return "" if life.running else self.redact(cause_of_exit(life, self.service.logs()))
