"""Requests that are under way when a service is told to end, and what becomes of them.

A few callers ask without a pause, each on a fresh connection, until just after the signal. Counted
is only what had begun when it went out and was not over by then: what comes later meets a service
that may rightly be closed.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from time import monotonic

from gatekeeper.cases.asking import DEFAULT_TIMEOUT, Target
from gatekeeper.cases.sentinels import PROMPTS
from gatekeeper.redaction import Redactor
from gatekeeper.replies.stored import stored
from gatekeeper.service.contract import make_request

CALLERS = 4
"""At most; no more than the service is asked at a time."""
FIRST_SECONDS = 2.0
"""How long the stop waits until every caller has begun."""
ASKING_SECONDS = 2.0
"""How long callers go on asking: until the signal is out, also on a busy machine, and not so long
that a service which ends when nothing is left to do cannot."""
LAST_SECONDS = 2.0
"""How long a caller may still wait once the service is gone; then its request was cut off."""
ANSWERED, REFUSED, CUT_OFF = "answered", "refused", "cut_off"


@dataclass(frozen=True, slots=True)
class _Request:
    began: float
    ended: float
    outcome: str


class InFlight:
    """Callers that have begun, once made."""

    def __init__(self, target: Target, callers: int, redact: Redactor) -> None:
        self._target = target
        self._redact = redact
        self._until = float("inf")
        self._done: list[_Request] = []
        self._open: dict[int, float] = {}
        self._lock = threading.Lock()
        self._begun = threading.Semaphore(0)
        self._threads = [threading.Thread(target=self._call, args=(number,), daemon=True,
                                          name=f"calling-{number}")
                         for number in range(min(callers, CALLERS))]
        deadline = monotonic() + FIRST_SECONDS
        for thread in self._threads:
            thread.start()
        for _ in self._threads:
            self._begun.acquire(timeout=max(deadline - monotonic(), 0.0))
        self._until = monotonic() + ASKING_SECONDS

    def outcomes(self, signalled: float) -> dict[str, int]:
        """What became of those in flight when the signal went out, by the monotonic clock."""
        deadline = monotonic() + LAST_SECONDS
        for thread in self._threads:
            thread.join(max(deadline - monotonic(), 0.0))
        with self._lock:
            counts = dict.fromkeys((ANSWERED, REFUSED, CUT_OFF), 0)
            for one in self._done:
                if one.began <= signalled <= one.ended:
                    counts[one.outcome] += 1
            counts[CUT_OFF] += sum(began <= signalled for began in self._open.values())
        return counts

    def _call(self, number: int) -> None:
        outcome = ANSWERED
        while outcome == ANSWERED and monotonic() < self._until:
            began = monotonic()
            with self._lock:
                self._open[number] = began
            self._begun.release()
            outcome = self._ask()
            with self._lock:
                del self._open[number]
                self._done.append(_Request(began, monotonic(), outcome))

    def _ask(self) -> str:
        contract = self._target.contract
        body = json.dumps(make_request(contract, PROMPTS[0], self._target.model)).encode()
        connection = self._target.connect()
        try:
            got = connection.exchange("POST", contract.endpoint, body,
                                      contract.limits.timeout or DEFAULT_TIMEOUT,
                                      stream=contract.stream)
        finally:
            connection.close()
        reply, _ = stored(contract, got, self._redact, 0.0)
        if reply.error == "refused" or (not reply.error and (reply.status or 0) >= 500):
            return REFUSED
        return CUT_OFF if reply.error else ANSWERED
