"""Streams put together: what the answer is, when its text came, and what ended it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.manifest.contract import Contract, ResponseShape
from gatekeeper.model import REPLY_ERRORS, Answer, Fault, NoAnswer
from gatekeeper.ports import Received
from gatekeeper.redaction import Redactor
from gatekeeper.replies.sse import Event
from gatekeeper.replies.stored import KEPT_OF_DETAIL, stored
from gatekeeper.service.contract import make_request, read_reply
from tests.support.builders import chat_contract

CHAT = chat_contract(stream=True)
OWN = Contract(stream=True, endpoint="/ask", request={"q": "{prompt}"},
               response_shape=ResponseShape(content="/answer", delta="/piece", evidence="/sources"))


def event(value: Any, at: float = 0.0, name: str = "") -> Event:
    data = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return Event(data, name, at)


def piece(text: str | None, at: float = 0.0, finish: str | None = None, **more: Any) -> Event:
    """One chunk of a chat completion."""
    delta = {**({} if text is None else {"content": text}), **more}
    return event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
                  "usage": None}, at)


USAGE = event({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3}}, 40.0)


def got(*events: Event, done: bool = True, **more: Any) -> Received:
    return Received(200, b"", "text/event-stream", first_byte_ms=1.0, total_ms=50.0, events=events,
                    done=done, **more)


def answer(received: Received, contract: Contract = CHAT) -> Answer | NoAnswer:
    return read_reply(contract, stored(contract, received, Redactor(), 0.0)[0])


def test_the_pieces_are_joined_and_the_first_with_text_is_the_first_token() -> None:
    received = got(piece("", 2.0, role="assistant"), piece("返", 10.0), piece("金", 20.0),
                   piece("", 25.0), piece(".", 40.0), piece(None, 41.0, "stop"), USAGE)
    reply, timing = stored(CHAT, received, Redactor(), 7.0)
    assert read_reply(CHAT, reply) == Answer("返金.", "stop", tokens=3)
    assert (timing.started, timing.first_byte, timing.total) == (7.0, 1.0, 50.0)
    assert (timing.first_token, timing.last_token, timing.pieces) == (10.0, 40.0, 3)
    assert timing.gap == 15.0


@pytest.mark.parametrize(("texts", "pieces", "first"), [((), 0, None), (("",), 0, None),
                                                        (("whole",), 1, 0.0)])
def test_where_there_are_no_two_pieces_there_is_no_gap(
    texts: tuple[str, ...], pieces: int, first: float | None
) -> None:
    _, timing = stored(CHAT, got(*map(piece, texts)), Redactor(), 0.0)
    assert (timing.pieces, timing.first_token, timing.gap) == (pieces, first, None)


def test_a_reply_that_is_not_streamed_has_no_first_token() -> None:
    plain = replace(CHAT, stream=False)
    _, timing = stored(plain, Received(200, b"{}", first_byte_ms=1.0, total_ms=2.0), Redactor(), 0)
    assert (timing.first_token, timing.last_token, timing.pieces, timing.gap) == (None,) * 4


@pytest.mark.parametrize(("received", "error", "reason"), [
    (got(piece("a"), done=False), "unfinished",
     "the stream ended without [DONE] and without a finish reason: after 1 pieces of text"),
    (got(piece("a"), event(b'{"choi'), done=False, framed=False), "unfinished",
     "the stream ended without [DONE] and without a finish reason: after 1 pieces of text, "
     "within an event"),
    (got(done=False), "unfinished",
     "the stream ended without [DONE] and without a finish reason: after 0 pieces of text"),
    (got(piece("a"), event({"error": {"message": "CUDA out of memory"}}), piece("b")),
     "stream-error", "the stream broke off with an error: CUDA out of memory"),
    (got(event({"code": 3}, name="error")), "stream-error",
     'the stream broke off with an error: {"code": 3}'),
    (got(event(b"{oops}"), piece("a", finish="stop")), "not-an-event",
     "an event of the stream cannot be read: not JSON: {oops}"),
    (got(event(b"[" * 100_000)), "not-an-event",
     "an event of the stream cannot be read: not JSON: " + "[" * (KEPT_OF_DETAIL - 10)),
    (got(event(b'"\xff"')), "not-utf8", "the reply is not UTF-8: byte 1 of an event"),
    (got(piece("a"), error="timed-out", detail="after 2 s", done=False), "timed-out",
     "no whole reply in time: after 2 s"),
    (Received(200, b"{}", "application/json"), "not-a-stream",
     "the reply is not a stream of events: it is application/json"),
    (Received(200, b"{}"), "not-a-stream",
     "the reply is not a stream of events: it is of no declared type"),
])
def test_what_is_no_whole_stream_is_an_error_of_the_service(
    received: Received, error: str, reason: str
) -> None:
    assert stored(CHAT, received, Redactor(), 0.0)[0].error == error
    assert answer(received) == NoAnswer(reason, Fault.CHANGE)
    assert REPLY_ERRORS[error] is Fault.CHANGE


def test_what_came_before_it_broke_off_is_kept() -> None:
    reply, _ = stored(CHAT, got(piece("half of"), error="dropped", done=False), Redactor(), 0.0)
    assert "half of" in reply.body


@pytest.mark.parametrize("more", [{"done": False}, {"done": False, "framed": False}])
def test_a_finish_reason_ends_a_stream_as_well_as_done(more: dict[str, bool]) -> None:
    assert answer(got(piece("a", finish="stop"), **more)) == Answer("a", "stop")


def test_an_error_status_is_told_in_its_own_words() -> None:
    body = b'{"error": {"message": "no such model"}}'
    assert answer(Received(404, body, "application/json")) == NoAnswer(
        "HTTP 404: 'no such model'", Fault.CHANGE)


def test_a_secret_cut_in_two_is_redacted_all_the_same() -> None:
    token = "ghp_" + "a1B2" * 9
    received = got(*(piece(part) for part in ("key: ", token[:7], token[7:20], token[20:])))
    reply, _ = stored(CHAT, received, Redactor(["hunter2-hunter2"]), 0.0)
    assert token[4:] not in reply.body
    assert read_reply(CHAT, reply) == Answer("key: ⟦redacted:github-token⟧")
    known = got(piece("hunter2-"), piece("hunter2"))
    reply, _ = stored(CHAT, known, Redactor(["hunter2-hunter2"]), 0.0)
    assert read_reply(CHAT, reply) == Answer("⟦redacted:secret⟧")


def test_a_secret_in_the_words_of_an_error_is_redacted_before_they_are_cut() -> None:
    token = "ghp_" + "a1B2" * 9
    said = event({"error": {"message": "x" * (KEPT_OF_DETAIL - 20) + " " + token}})
    assert "ghp_" not in stored(CHAT, got(said), Redactor(), 0.0)[0].detail


def test_citations_come_in_an_event() -> None:
    contract = replace(CHAT, response_shape=replace(
        CHAT.response_shape, evidence="/choices/0/message/citations"))
    received = got(piece("a"), piece(None, finish="stop", citations=[{"id": "refund"}]))
    assert answer(received, contract) == Answer("a", "stop", ({"id": "refund"},))


@pytest.mark.parametrize(("framed", "reads"), [(True, True), (False, False)])
def test_a_route_of_ones_own_ends_with_its_body(framed: bool, reads: bool) -> None:
    received = got(event({"piece": "a"}), event({"piece": "b"}), event({"sources": ["x"]}),
                   done=False, framed=framed)
    assert isinstance(answer(received, OWN), Answer) is reads
    if reads:
        assert answer(received, OWN) == Answer("ab", "", ("x",))


@given(st.lists(st.text(max_size=5), max_size=12), st.data())
def test_however_a_text_is_cut_into_pieces_it_is_the_same(
    texts: list[str], data: st.DataObject
) -> None:
    whole = "".join(texts)
    one, other = answer(got(*map(piece, texts))), answer(got(piece(whole)))
    assert one == other == Answer(whole)


def test_a_stream_is_asked_for_and_its_usage_too() -> None:
    request = make_request(CHAT, "Hi", "m")
    assert request["stream"] is True
    assert request["stream_options"] == {"include_usage": True}
    assert "stream" not in make_request(chat_contract(stream=False), "Hi", "m")
