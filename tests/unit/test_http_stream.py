"""Streams off a real socket: chunked and not, cut anywhere, and what services do to them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest

from gatekeeper.adapters.http import HttpConnection
from gatekeeper.model import Answer, NoAnswer
from gatekeeper.ports import Received
from gatekeeper.redaction import Redactor
from gatekeeper.replies.stored import stored
from gatekeeper.service.contract import read_reply
from tests.support.builders import chat_contract
from tests.support.sockets import Connect, Peer, Script, Serve, raw, reply

CHAT = chat_contract(stream=True)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
CLOSING = HEAD + b"Connection: close\r\n\r\n"
END = b"0\r\n\r\n"
DONE = b"data: [DONE]\n\n"


def piece(text: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}, ensure_ascii=False).encode() + b"\n\n"


USAGE = b'data: {"choices": [], "usage": {"completion_tokens": 2}}\n\n'


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def chunked(*events: bytes) -> list[bytes]:
    return [CHUNKED, *map(chunk, events), END]


def ask(connection: HttpConnection, timeout: float = 20.0) -> Received:
    return connection.exchange("POST", "/", b"x", timeout, stream=True)


def said(received: Received) -> Answer | NoAnswer:
    return read_reply(CHAT, stored(CHAT, received, Redactor(), 0.0)[0])


WHOLE = (piece("返"), piece("金"), piece("", "stop"), USAGE, DONE)
TEXT = b"".join(WHOLE)
ANSWER = Answer("返金", "stop", tokens=2)
FORMS: dict[str, list[bytes]] = {
    "a chunk an event": chunked(*WHOLE),
    "a byte a chunk": chunked(*(TEXT[i : i + 1] for i in range(len(TEXT)))),
    "one chunk": chunked(TEXT),
    "chunks that end in the middle of a character": chunked(TEXT[:45], TEXT[45:46], TEXT[46:]),
    "all in one breath": [CHUNKED + chunk(TEXT) + END],
    "until it closes": [CLOSING, TEXT],
    "with its length": [HEAD + b"Content-Length: %d\r\n\r\n" % len(TEXT), TEXT],
    "CR LF": chunked(TEXT.replace(b"\n", b"\r\n")),
    "keep-alive comments": chunked(b": ping\n\n", *(e + b": ping\n\n" for e in WHOLE)),
    "no DONE": chunked(*WHOLE[:-1]),
    "no DONE until it closes": [CLOSING, *WHOLE[:-1]],
    "no blank line at the end": chunked(*WHOLE[:-1], DONE.strip()),
    "more after DONE": chunked(*WHOLE, piece("late")),
    "an interim reply before": [b"HTTP/1.1 103 Early Hints\r\n\r\n", *chunked(*WHOLE)],
}


@pytest.mark.parametrize("parts", FORMS.values(), ids=FORMS)
def test_a_stream_is_read_whatever_its_form(
    serve: Serve, connect: Connect, parts: list[bytes]
) -> None:
    assert said(ask(connect(serve(raw(*parts))))) == ANSWER


def twice(*parts: bytes) -> Script:
    """Answers every request with these bytes, on one connection."""
    def script(peer: Peer) -> None:
        while True:
            peer.read()
            peer.send(*parts)
    return script


@pytest.mark.parametrize(("form", "connections"), [
    ("a chunk an event", 1), ("no DONE", 1), ("with its length", 1), ("more after DONE", 1)])
def test_the_connection_is_kept_where_the_body_ended(
    serve: Serve, connect: Connect, form: str, connections: int
) -> None:
    server = serve(twice(*FORMS[form]))
    connection = connect(server)
    assert [said(ask(connection)) for _ in range(3)] == [ANSWER] * 3
    assert server.connections == connections


def test_a_stream_that_is_over_and_whose_body_is_not_is_an_answer(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of the body is waited for a moment; then the connection is given up, not the answer.
    Whatever comes late meets a closed socket."""
    monkeypatch.setattr("gatekeeper.adapters.http.DRAIN_SECONDS", 0.01)

    def endless(peer: Peer) -> None:
        peer.read()
        peer.send(CHUNKED, *map(chunk, WHOLE))
        peer.wait_for_the_end()

    server = serve(endless, twice(*chunked(*WHOLE)))
    connection = connect(server)
    assert [said(ask(connection)) for _ in range(2)] == [ANSWER] * 2
    assert server.connections == 2


FAULTS: dict[str, tuple[list[bytes], str]] = {
    "cut within an event": ([CHUNKED, chunk(piece("a")), b"40\r\ndata: {\"choi"], "dropped"),
    "cut within a chunk's size": ([CHUNKED, chunk(piece("a")), b"4"], "dropped"),
    "cut between chunks": ([CHUNKED, chunk(piece("a"))], "dropped"),
    "cut before the first": ([CHUNKED], "dropped"),
    "a body shorter than announced": ([HEAD + b"Content-Length: 999\r\n\r\n", piece("a")],
                                      "dropped"),
    "closed within an event": ([CLOSING, piece("a"), piece("b")[:20]], "unfinished"),
    "closed without an end": ([CLOSING, piece("a")], "unfinished"),
    "ended without an end": (chunked(piece("a")), "unfinished"),
    "nothing": (chunked(), "unfinished"),
    "an error": (chunked(piece("a"), b'data: {"error": {"message": "overloaded"}}\n\n', DONE),
                 "stream-error"),
    "a named error": (chunked(b'event: error\ndata: "overloaded"\n\n'), "stream-error"),
    "no JSON": (chunked(piece("a"), b"data: oops\n\n", DONE), "not-an-event"),
    "not UTF-8": (chunked(piece("a"), b'data: "caf\xe9"\n\n', DONE), "not-utf8"),
    "no stream": ([reply(b'{"choices": []}', b"Content-Type: application/json")], "not-a-stream"),
    "an absurd chunk": ([CHUNKED, b"zz\r\nx\r\n"], "dropped"),
}


@pytest.mark.parametrize(("parts", "error"), FAULTS.values(), ids=FAULTS)
def test_what_is_wrong_with_a_stream_is_a_value(
    serve: Serve, connect: Connect, parts: list[bytes], error: str
) -> None:
    server = serve(raw(*parts), twice(*chunked(*WHOLE)))
    connection = connect(server)
    first = stored(CHAT, ask(connection), Redactor(), 0.0)[0]
    assert first.error == error
    assert isinstance(read_reply(CHAT, first), NoAnswer)
    assert said(ask(connection)) == ANSWER  # and nothing of it is left for the next question


def test_an_error_status_is_no_stream(serve: Serve, connect: Connect) -> None:
    server = serve(raw(reply(b'{"error": {"message": "busy"}}', status=b"503 Busy")))
    got = ask(connect(server))
    assert (got.status, got.events, got.body) == (503, None, b'{"error": {"message": "busy"}}')


def test_what_came_before_a_drop_is_there(serve: Serve, connect: Connect) -> None:
    got = ask(connect(serve(raw(CHUNKED, chunk(piece("half of")), b"40\r\nda"))))
    assert (got.error, got.detail) == ("dropped", "the stream broke off after 1 events")
    assert "half of" in stored(CHAT, got, Redactor(), 0.0)[0].body


def test_a_pause_is_longer_than_the_deadline(serve: Serve, connect: Connect) -> None:
    def pausing(peer: Peer) -> None:
        peer.read()
        peer.send(CHUNKED, chunk(piece("a")))
        peer.wait_for_the_end()

    got = ask(connect(serve(pausing)), timeout=0.1)
    assert (got.error, len(got.events or ())) == ("timed-out", 1)


@pytest.mark.parametrize("data", [b"data: " + b"x" * 9_000_000, b"x\n" * 4_500_000,
                                  b"data\n\n" * 100_001], ids=["line", "lines", "events"])
def test_a_stream_without_end_is_cut_off(serve: Serve, connect: Connect, data: bytes) -> None:
    got = ask(connect(serve(raw(CLOSING, data))))
    assert (got.error, got.detail) == ("too-large", "more than 8388608 bytes or 100000 events")


def test_a_kept_connection_that_ends_unannounced_is_replaced(
    serve: Serve, connect: Connect
) -> None:
    def once(peer: Peer) -> None:
        peer.read()
        peer.send(*chunked(*WHOLE))
        peer.read()
        peer.reset()

    server = serve(once)
    connection = connect(server)
    assert [said(ask(connection)) for _ in range(3)] == [ANSWER] * 3
    assert server.connections == 3


def in_steps(*parts: bytes) -> tuple[Script, list[Callable[[], None]]]:
    """Sends each part when it is let go; what lets the parts go."""
    gates = [threading.Event() for _ in parts]

    def script(peer: Peer) -> None:
        peer.read()
        for gate, part in zip(gates, parts, strict=True):
            gate.wait(20)
            peer.send(part)
        peer.wait_for_the_end()
    return script, [gate.set for gate in gates]


class Clock:
    """A clock that a test turns; whoever asks it for the time learns what has come so far."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_stamps_are_those_of_the_bytes(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The head comes at once, the first text when 50 ms have passed, and so on: the clock is turned
    when the client has read what was sent before, and only then more is sent."""
    clock = Clock()
    monkeypatch.setattr("gatekeeper.adapters.wire.perf_counter", clock)
    monkeypatch.setattr("gatekeeper.adapters.http.perf_counter", clock)
    parts = [CHUNKED, chunk(b": ping\n\n"), chunk(piece("")), chunk(piece("a")), chunk(piece("b")),
             chunk(piece("c", "stop")), chunk(DONE) + END]
    script, let_go = in_steps(*parts)
    waits = iter([10.0, 10.0, 10.0, 20.0, 30.0, 40.0, 5.0])
    import gatekeeper.adapters.wire as wire  # noqa: PLC0415 - what is turned with the clock

    take = wire.Reader.readinto
    left = iter(let_go)

    def turned(self: wire.Reader, buffer: object) -> int:
        """Before the client waits for more, time passes and more is sent."""
        for step in left:
            clock.now += next(waits) / 1000
            step()
            break
        return take(self, buffer)

    monkeypatch.setattr(wire.Reader, "readinto", turned)
    timing = stored(CHAT, ask(connect(serve(script))), Redactor(), 0.0)[1]
    assert timing.first_byte == pytest.approx(10)
    assert timing.first_token == pytest.approx(50)
    assert timing.last_token == pytest.approx(120)
    assert timing.total == pytest.approx(125)
    assert (timing.pieces, timing.gap) == (3, pytest.approx(35))


def test_we_hang_up_in_the_middle_of_a_stream(serve: Serve, connect: Connect) -> None:
    left = threading.Event()

    def endless(peer: Peer) -> None:
        peer.read()
        peer.send(CHUNKED, chunk(piece("a")))
        peer.wait_for_the_end()
        left.set()

    got = connect(serve(endless)).exchange("POST", "/x", b"{}", 20, stream=True, leave_after=1)
    assert (got.status, got.error, len(got.events or ())) == (200, "", 1)
    assert left.wait(20)
