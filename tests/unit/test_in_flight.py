"""What becomes of requests that are under way when a service is told to end."""

from __future__ import annotations

import json
import threading
from time import monotonic

import pytest

from gatekeeper.cases.asking import Target
from gatekeeper.manifest.contract import Contract, ResponseShape
from gatekeeper.ports import Received
from gatekeeper.redaction import Redactor
from gatekeeper.service import in_flight
from gatekeeper.service.in_flight import InFlight

CONTRACT = Contract(endpoint="/ask", request={"q": "{prompt}"},
                    response_shape=ResponseShape(content="/text"))
ANSWER = Received(200, json.dumps({"text": "hi"}).encode())


class Held:
    """A service that answers nobody before it is let."""

    def __init__(self, answer: Received) -> None:
        self.answer = answer
        self.let = threading.Event()

    def exchange(self, method: str, path: str, body: bytes | None, timeout: float, *,
                 stream: bool = False) -> Received:
        self.let.wait(30)
        return self.answer

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("answer", "outcome"), [
    (ANSWER, "answered"),
    (Received(400, b"{}"), "answered"),
    (Received(503, b"{}"), "refused"),
    (Received(None, b"", error="refused"), "refused"),
    (Received(None, b"", error="dropped"), "cut_off"),
    (Received(200, b"{", error="dropped"), "cut_off"),
])
def test_what_was_under_way_is_counted_by_what_came_of_it(answer: Received, outcome: str) -> None:
    held = Held(answer)
    callers = InFlight(Target(lambda: held, "", CONTRACT), 2, Redactor())
    signalled = monotonic()
    held.let.set()
    assert callers.outcomes(signalled) == {
        **dict.fromkeys(("answered", "refused", "cut_off"), 0), outcome: 2}


def test_a_caller_who_still_waits_when_the_service_is_gone_was_cut_off(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_flight, "LAST_SECONDS", 0.0)
    held = Held(ANSWER)
    callers = InFlight(Target(lambda: held, "", CONTRACT), 9, Redactor())
    assert callers.outcomes(monotonic())["cut_off"] == in_flight.CALLERS
    held.let.set()


def test_what_began_after_the_signal_says_nothing() -> None:
    held = Held(Received(None, b"", error="dropped"))
    before = monotonic()
    callers = InFlight(Target(lambda: held, "", CONTRACT), 1, Redactor())
    held.let.set()
    assert set(callers.outcomes(before).values()) == {0}
