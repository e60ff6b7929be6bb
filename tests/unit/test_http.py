"""The client against a real server on a socket that does what services do, also the worst."""

from __future__ import annotations

import contextlib
import os
import resource
import threading
from collections.abc import Callable, Iterator

import pytest

from gatekeeper.adapters.http import HttpConnection
from gatekeeper.adapters.wire import MAX_REPLY
from gatekeeper.errors import UsageError
from gatekeeper.manifest.contract import Contract
from gatekeeper.model import REPLY_ERRORS, Fault, NoAnswer, Reply
from gatekeeper.ports import Received
from gatekeeper.service.contract import read_reply
from tests.support.sockets import Connect, Peer, Script, Serve, raw, reply


def echo(peer: Peer) -> None:
    """Answers every request with its own body."""
    while True:
        peer.send(reply(b"echo " + peer.read()))


def ask(connection: HttpConnection, body: bytes = b"x", timeout: float = 20.0) -> Received:
    return connection.exchange("POST", "/", body, timeout)


def answers(connection: HttpConnection, *bodies: bytes) -> list[bytes]:
    """The bodies of the answers to some questions on one connection."""
    return [ask(connection, body).body for body in bodies]


def test_a_connection_is_kept(serve: Serve, connect: Connect) -> None:
    server = serve(echo)
    assert answers(connect(server), b"1", b"2", b"3") == [b"echo 1", b"echo 2", b"echo 3"]
    assert server.connections == 1


@pytest.mark.parametrize("status", [b"100 Continue", b"102 Processing", b"103 Early Hints",
                                    b"199 Whatever"])
@pytest.mark.parametrize("count", [1, 3])
def test_an_interim_reply_is_not_the_answer(
    serve: Serve, connect: Connect, status: bytes, count: int
) -> None:
    def interim(peer: Peer) -> None:
        while True:
            body = peer.read()
            peer.send(*[b"HTTP/1.1 " + status + b"\r\nLink: </x>\r\n\r\n"] * count)
            peer.send(reply(b"to " + body))

    assert answers(connect(serve(interim)), b"1", b"2", b"3") == [b"to 1", b"to 2", b"to 3"]


def test_an_interim_reply_may_come_long_before_the_answer(serve: Serve, connect: Connect) -> None:
    """The client is at work on the first half when it hears of the second, and does not take it
    for the answer to what it asks next."""
    def slow(peer: Peer) -> None:
        while True:
            body = peer.read()
            peer.send(b"HTTP/1.1 102 Processing\r\n\r\n")
            threading.Event().wait(0.02)
            peer.send(reply(b"to " + body))

    assert answers(connect(serve(slow)), b"1", b"2", b"3") == [b"to 1", b"to 2", b"to 3"]


LATE = {
    "more than announced": (reply(b"first") + b"late",),
    "101": (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", reply(b"late")),
    "204 with a body": (b"HTTP/1.1 204 No Content\r\n\r\n", reply(b"late")),
    "304 with a body": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n", b"late"),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nfirst",
                    b"late"),
    "a length and chunks": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked"
                            b"\r\n\r\n5\r\nfirst\r\n0\r\n\r\n", b"late"),
    "a length that is hardly one": (b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nfirst",
                                    b"late"),
}


@pytest.mark.parametrize("parts", LATE.values(), ids=LATE)
def test_what_comes_late_answers_no_other_question(
    serve: Serve, connect: Connect, parts: tuple[bytes, ...]
) -> None:
    """The rest is sent when the next request has come, or when it is clear that none will come on
    this connection: the moment at which it does the most harm."""
    def late(peer: Peer) -> None:
        peer.read()
        peer.send(parts[0])
        with contextlib.suppress(EOFError):
            peer.read()
        peer.send(*parts[1:])
        peer.wait_for_the_end()

    server = serve(late, echo)
    connection = connect(server)
    ask(connection, b"1")
    assert ask(connection, b"2").body == b"echo 2"
    assert server.connections == 2


def test_a_second_reply_in_one_breath_is_noticed(serve: Serve, connect: Connect) -> None:
    server = serve(raw(reply(b"first") + reply(b"late")), echo)
    assert answers(connect(server), b"1", b"2") == [b"first", b"echo 2"]


@pytest.mark.parametrize("length", ["99999999999999999999", "9999999999999999",
                                    str(MAX_REPLY + 1)])
def test_an_absurd_length_is_refused_before_it_is_read(
    serve: Serve, connect: Connect, length: str
) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode()
    got = ask(connect(serve(raw(head, b"x"))))
    assert (got.error, got.status) == ("too-large", 200)


@pytest.mark.parametrize("size", [b"ffffffffffffff", b"f" * 400, b"800001"])
def test_an_absurd_chunk_is_refused_before_it_is_read(
    serve: Serve, connect: Connect, size: bytes
) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert ask(connect(serve(raw(head, size + b"\r\nx")))).error == "too-large"


@pytest.mark.parametrize("said", [
    b"220 smtp.example.com ESMTP ready\r\n\r\n",
    b"HTTP/1.1 2\xff0 OK\r\n\r\n",
    b"HTTP/1.1 999999 OK\r\n\r\n",
    b"HTTP/9.9 200 OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n",
    b"HTTP/1.1 200 OK\r\na: " + b"b" * 70000 + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nx\r\n",
    b"\r\n" * 9,
])
def test_whatever_is_said_is_a_value(serve: Serve, connect: Connect, said: bytes) -> None:
    got = ask(connect(serve(raw(said))))
    assert got.error == "not-http"
    read = read_reply(Contract(), Reply(got.status, "", "", got.error, got.detail))
    assert isinstance(read, NoAnswer)
    assert read.fault is Fault.CHANGE


def steps(*each: Callable[[Peer], object]) -> Script:
    """Does one thing after the other."""
    def script(peer: Peer) -> None:
        for step in each:
            step(peer)
    return script


def once_then(*each: Callable[[Peer], object]) -> Script:
    """Answers one request, waits until the next has come, and then does something else."""
    return steps(lambda peer: peer.send(reply(b"echo " + peer.read())), Peer.read, *each)


@pytest.mark.parametrize("end", [Peer.reset, Peer.close])
def test_a_kept_connection_that_ends_unannounced_is_replaced(
    serve: Serve, connect: Connect, end: Script
) -> None:
    server = serve(once_then(end), echo)
    assert answers(connect(server), b"1", b"2", b"3") == [b"echo 1", b"echo 2", b"echo 3"]
    assert server.connections == 2


def test_a_service_that_closes_after_every_reply_answers_everything(
    serve: Serve, connect: Connect
) -> None:
    server = serve(once_then(Peer.reset))
    bodies = [b"%d" % number for number in range(20)]
    assert answers(connect(server), *bodies) == [b"echo " + body for body in bodies]


def test_it_is_asked_again_once_and_no_more(serve: Serve, connect: Connect) -> None:
    server = serve(once_then(Peer.reset), steps(Peer.read, Peer.reset))
    connection = connect(server)
    ask(connection)
    assert ask(connection).error == "dropped"
    assert server.connections == 2


def test_nothing_is_sent_twice_on_a_fresh_connection(serve: Serve, connect: Connect) -> None:
    server = serve(steps(Peer.read, Peer.reset), echo)
    assert ask(connect(server)).error == "dropped"
    assert server.connections == 1


def test_nothing_is_sent_twice_after_the_first_byte(serve: Serve, connect: Connect) -> None:
    server = serve(once_then(lambda peer: peer.send(b"H"), Peer.close), echo)
    connection = connect(server)
    ask(connection)
    assert ask(connection).error != ""
    assert server.connections == 1


def test_nothing_is_sent_twice_after_a_deadline(serve: Serve, connect: Connect) -> None:
    server = serve(once_then(Peer.wait_for_the_end), echo)
    connection = connect(server)
    ask(connection)
    assert ask(connection, timeout=0.1).error == "timed-out"
    assert server.connections == 1


def test_a_service_that_dies_of_a_question_has_dropped_it(serve: Serve, connect: Connect) -> None:
    server = serve(once_then(lambda peer: server.close(), Peer.reset))
    connection = connect(server)
    ask(connection)
    assert ask(connection).error == "dropped"
    assert ask(connection).error == "refused"


@contextlib.contextmanager
def open_files_limited(soft: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 2048, reason="too few files")
def test_a_thousand_connections_are_no_fault_of_the_service(
    serve: Serve, connect: Connect
) -> None:
    server, held = serve(echo), []
    try:
        with open_files_limited(2048):
            held = [os.dup(0) for _ in range(1100)]
            assert answers(connect(server), b"1", b"2") == [b"echo 1", b"echo 2"]
    finally:
        for one in held:
            os.close(one)


def test_having_no_descriptor_left_is_our_own_fault(serve: Serve, connect: Connect) -> None:
    server = serve(echo)
    lowest = os.dup(0)
    os.close(lowest)
    with open_files_limited(lowest):
        got = ask(connect(server))
    assert (got.error, got.status) == ("gate-fault", None)
    assert REPLY_ERRORS[got.error] is Fault.WORLD


@pytest.mark.parametrize("url", ["localhost", "ftp://x", "http://x:99999", "http://[::1", "http://"])
def test_what_is_no_url_is_a_wrong_argument(url: str) -> None:
    with pytest.raises(UsageError, match="is not a URL of a service"):
        HttpConnection(url)
