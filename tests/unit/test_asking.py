"""Who is asked what when, and warm-ups, which every connection makes and no case keeps."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable

import pytest

from gatekeeper.cases.asking import WARM_UP, Ask, Interviewer, Target
from gatekeeper.model import Attempt, Case, Side
from gatekeeper.ports import Received
from gatekeeper.redaction import Redactor
from gatekeeper.service.contract import make_request
from tests.support.builders import chat_contract
from tests.support.make import make_case

BODY = b'{"choices": [{"message": {"content": "Hi"}}]}'


class Fake:
    """A connection that knows what it was asked."""

    def __init__(self, side: Side, answer: Callable[[], Received]) -> None:
        self.side = side
        self.asked: list[tuple[bytes, bool]] = []
        self.closed = threading.Event()
        self._answer = answer

    def exchange(self, method: str, path: str, body: bytes | None, timeout: float, *,
                 stream: bool = False) -> Received:
        self.asked.append((body or b"", stream))
        return self._answer()

    def close(self) -> None:
        self.closed.set()


class Desk:
    """An interviewer over fake connections, and everything it keeps."""

    def __init__(self, workers: int, answer: Callable[[], Received] = lambda: Received(200, BODY),
                 stream: bool = False) -> None:
        self.connections: list[Fake] = []
        self.kept: list[Attempt] = []
        self.warm: list[Attempt] = []
        contract = chat_contract(stream)
        targets = {side: Target(self._connector(side, answer), "m", contract) for side in Side}
        self.interviewer = Interviewer(targets, workers, Redactor(), self.kept.append,
                                       self.warm.append)

    def _connector(self, side: Side, answer: Callable[[], Received]) -> Callable[[], Fake]:
        def connect() -> Fake:
            self.connections.append(Fake(side, answer))
            return self.connections[-1]
        return connect


def asks(count: int, side: Side = Side.HEAD) -> list[Ask]:
    return [Ask(make_case(f"c{n}"), side, 1) for n in range(count)]


@pytest.mark.parametrize("workers", [1, 2, 8])
@pytest.mark.parametrize("times", [1, 3])
def test_every_connection_is_warmed_up_as_often_as_declared(workers: int, times: int) -> None:
    desk = Desk(workers)
    desk.interviewer.warm_up(times)
    desk.interviewer.close()
    assert Counter(one.side for one in desk.connections) == dict.fromkeys(Side, workers)
    assert [len(one.asked) for one in desk.connections] == [times] * workers * 2
    assert Counter((one.case_id, one.side, one.number) for one in desk.warm) == {
        ("warm-up", side, number): workers for side in Side for number in range(1, times + 1)}


def test_one_side_is_warmed_up_at_a_time() -> None:
    desk = Desk(3)
    desk.interviewer.warm_up(1)
    desk.interviewer.close()
    sides = [one.side for one in desk.warm]
    assert sides in ([Side.BASE] * 3 + [Side.HEAD] * 3, [Side.HEAD] * 3 + [Side.BASE] * 3)


def test_a_warm_up_is_kept_apart_and_asks_no_cases_question() -> None:
    desk = Desk(2)
    desk.interviewer.warm_up(1)
    desk.interviewer.ask(asks(5))
    desk.interviewer.close()
    assert sorted(one.case_id for one in desk.kept) == ["c0", "c1", "c2", "c3", "c4"]
    assert {one.case_id for one in desk.warm} == {"warm-up"}
    assert WARM_UP.prompt != make_case().prompt
    heads = [one for one in desk.connections if one.side is Side.HEAD]
    assert sum(len(one.asked) for one in heads) == 7  # the same connections, two of them warm


def test_a_stream_is_asked_for_where_the_contract_says_so() -> None:
    for stream in (False, True):
        desk = Desk(1, stream=stream)
        desk.interviewer.warm_up(1)
        desk.interviewer.ask(asks(1))
        desk.interviewer.close()
        head = next(one for one in desk.connections if one.side is Side.HEAD)
        assert [asked for _, asked in head.asked] == [stream, stream]
        assert (desk.kept[0].request == make_request(chat_contract(stream), "prompt", "m"))


def test_a_fault_of_our_own_in_a_warm_up_reaches_whoever_asked() -> None:
    def out_of_luck() -> Received:
        raise RuntimeError("disk full")

    desk = Desk(3, out_of_luck)
    with pytest.raises((RuntimeError, threading.BrokenBarrierError)):
        desk.interviewer.warm_up(1)
    desk.interviewer.close()


def test_a_warm_up_that_is_not_answered_stops_nothing() -> None:
    desk = Desk(2, lambda: Received(None, b"", error="refused"))
    desk.interviewer.warm_up(1)
    desk.interviewer.ask(asks(2))
    desk.interviewer.close()
    assert {one.reply.error for one in (*desk.warm, *desk.kept)} == {"refused"}


def test_closing_lets_go_of_workers_that_wait_for_each_other() -> None:
    """One answer never comes; the worker that waits for it is given up, and the other is not left
    waiting for it."""
    never = threading.Event()
    answers = iter([lambda: Received(200, BODY), lambda: never.wait(20) and Received(200, BODY)])
    lock = threading.Lock()

    def answer() -> Received:
        with lock:
            one = next(answers)
        return one() or Received(None, b"")

    desk = Desk(2, answer)
    asking = threading.Thread(target=lambda: _quietly(desk.interviewer), daemon=True)
    asking.start()
    while not desk.warm:
        threading.Event().wait(0.001)
    desk.interviewer.close()
    asking.join(20)
    assert not asking.is_alive()
    never.set()


def _quietly(interviewer: Interviewer) -> None:
    with contextlib.suppress(threading.BrokenBarrierError):
        interviewer.warm_up(1)


def test_the_case_of_a_warm_up_is_held_to_nothing() -> None:
    assert isinstance(WARM_UP, Case)
    assert WARM_UP.requirements == ()
