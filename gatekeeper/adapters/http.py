"""The client the cases are asked with: the standard library's, one keep-alive connection a thread.

Stamps are taken at the socket, in the reader under `http.client` (`wire.py`), so that neither
parsing nor checks are ever counted as the service's time; the same reader enforces the total
deadline and the size cap on every byte. Why this client: docs/design/0002-engine.md.

A connection is kept only while it is beyond doubt where the last reply ended. Whatever comes late
or twice then meets a closed socket, and never answers the question after it.
"""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
from collections.abc import Iterator
from time import perf_counter
from urllib.parse import urlsplit

from gatekeeper.adapters.wire import MAX_REPLY, PIECE, Exchange, Left, Socket, TooLarge
from gatekeeper.errors import Interrupted, UsageError
from gatekeeper.ports import Received
from gatekeeper.replies.sse import DONE, Event, EventReader

CONNECT_SECONDS = 5.0
DRAIN_SECONDS = 1.0
"""How long the end of a body is waited for when its stream has said that it is over."""
MAX_EVENTS = 100_000
"""Events of a stream; one of two bytes takes a hundred here."""
_OURS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL}
"""What this process or machine has run out of: says nothing about the service."""
_NO_BODY = (101, 204, 304)
_STREAM_TYPES = "text/event-stream, application/json"


class _Response(http.client.HTTPResponse):
    """Passes over every interim reply: the standard library takes all but 100 for the reply itself,
    and would read the real one as the answer to the next question. 101 is no interim reply."""

    def _read_status(self) -> tuple[str, int, str]:
        told: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
        while 100 < told[1] < 200 and told[1] != 101:
            http.client.parse_headers(self.fp)
            told = super()._read_status()  # type: ignore[misc]
        return told


def _ends_surely(response: http.client.HTTPResponse) -> bool:
    """Whether a reply says once, and in one way, where it ends."""
    lengths = response.headers.get_all("Content-Length") or []
    codings = response.headers.get_all("Transfer-Encoding") or []
    if response.status in _NO_BODY:
        return False
    if codings:
        return bool(response.chunked) and len(codings) == 1 and not lengths
    return len(lengths) == 1 and lengths[0].isascii() and lengths[0].isdigit()


class HttpConnection:
    """One connection to one base URL; see `ports.Connection`."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:  # a port that is none, a bracket that is not closed
            host = None
        if not host or parts.scheme not in ("http", "https"):
            raise UsageError(f"`{url}` is not a URL of a service", "write http://host:port")
        self._host, self._tls = host, parts.scheme == "https"
        self._port = port or (443 if self._tls else 80)
        self._prefix = parts.path.rstrip("/")
        self._headers = {
            "Host": parts.netloc.rpartition("@")[2],
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            **(headers or {}),
        }
        self._http = http.client.HTTPConnection(self._host, self._port)
        self._http.response_class = _Response
        self._socket: Socket | None = None

    def close(self) -> None:
        """Give the socket back."""
        self._http.close()
        self._socket = None

    def _connect(self, exchange: Exchange) -> Socket:
        timeout = min(CONNECT_SECONDS, exchange.remaining())
        sock = socket.create_connection((self._host, self._port), timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls:
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self._host)
        return Socket(sock, exchange)

    def _ready_socket(self, exchange: Exchange) -> None:
        """A fresh socket, or one on which nothing has happened since the last reply."""
        held = self._socket
        exchange.reused = held is not None and self._http.sock is not None and not held.is_stale()
        if held is None or not exchange.reused:
            self.close()
            held = self._connect(exchange)
            self._http.sock = held
            self._socket = held
        held.exchange = exchange

    def exchange(
        self, method: str, path: str, body: bytes | None, timeout: float, *, stream: bool = False,
        leave_after: int = 0,
    ) -> Received:
        """One request and its whole reply; every fault of the service is a value. See
        `ports.Connection` for a stream, which is over with `[DONE]` or with its body.

        A service may close an idle connection at any moment, also the one at which the next request
        is on its way. A connection that was used before and ends before the first byte of a reply
        is therefore replaced, and the request is sent once more: the service may then have seen it
        twice. Nothing is sent again on a fresh connection, after a byte of a reply, or after a
        deadline; where no fresh connection can be had, the first outcome stands. Both tries count
        towards the time and the deadline."""
        exchange = Exchange(timeout)
        exchange.leave_after = leave_after
        got = self._ask(exchange, method, path, body, timeout, stream)
        if got.error != "dropped" or not exchange.reused or exchange.first_byte is not None:
            return got
        again = self._ask(exchange, method, path, body, timeout, stream)
        return got if again.error == "refused" else again

    def _ask(
        self, exchange: Exchange, method: str, path: str, body: bytes | None, timeout: float,
        stream: bool,
    ) -> Received:
        status: int | None = None
        data, done = b"", False
        events: list[Event] | None = None
        headers = {**self._headers, "Accept": _STREAM_TYPES} if stream else self._headers
        try:
            self._ready_socket(exchange)
            exchange.begin()
            self._http.request(method, self._prefix + path, body, headers)
            response = self._http.getresponse()
            status = response.status
            content_type = response.headers.get("Content-Type", "")
            if stream and _is_stream(status, content_type):
                events = []
                done = _read_events(response, exchange, events)
            else:
                data = response.read()
        except Left:
            self.close()
            return Received(status, b"", first_byte_ms=exchange.milliseconds(exchange.first_byte),
                            total_ms=exchange.milliseconds(exchange.last_byte) or 0.0,
                            events=tuple(events or ()))
        except Interrupted:
            self.close()
            raise  # not the service's doing, and not to be taken for it
        except TooLarge:
            most = f"more than {MAX_REPLY} bytes" + ("" if events is None else
                                                     f" or {MAX_EVENTS} events")
            return self._failed(exchange, status, "too-large", most, events)
        except TimeoutError:
            return self._failed(exchange, status, "timed-out", f"after {timeout:g} s", events)
        except Exception as error:
            kind = _kind_of(error)
            if not kind and not exchange.sent:
                raise  # of our own making: the service has not been spoken to
            return self._failed(exchange, status, kind or "not-http", _words(error), events)
        total = exchange.milliseconds(exchange.last_byte) or 0.0
        framed = _ends_surely(response)
        drained = not done or _drained(response, exchange)
        if self._socket is None or self._socket.unread or not (framed and drained):
            self.close()
        return Received(
            status, data, content_type,
            first_byte_ms=exchange.milliseconds(exchange.first_byte), total_ms=total,
            events=None if events is None else tuple(events), done=done, framed=framed,
        )

    def _failed(
        self, exchange: Exchange, status: int | None, error: str, detail: str,
        events: list[Event] | None,
    ) -> Received:
        self.close()
        if events and error == "dropped":
            detail = f"the stream broke off after {len(events)} events"
        return Received(
            status, b"", error=error, detail=detail,
            first_byte_ms=exchange.milliseconds(exchange.first_byte),
            total_ms=exchange.milliseconds(perf_counter()) or 0.0,
            events=None if events is None else tuple(events),
        )


def _is_stream(status: int, content_type: str) -> bool:
    return 200 <= status < 300 and content_type.strip().lower().startswith("text/event-stream")


def _pieces(response: http.client.HTTPResponse) -> Iterator[bytes]:
    """A body as it comes. The standard library forgives one that is shorter than announced, and
    does not notice the end of one that is not."""
    while piece := response.read1(PIECE):
        yield piece
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    response.close()


def _read_events(
    response: http.client.HTTPResponse, exchange: Exchange, events: list[Event]
) -> bool:
    """Fill in the events as they come; whether the stream said itself that it is over."""
    reader = EventReader()
    for piece in _pieces(response):
        found = reader.feed(piece, exchange.milliseconds(exchange.last_byte) or 0.0)
        if _taken(found, events):
            return True
        if exchange.leave_after and len(events) >= exchange.leave_after:
            raise Left
    return _taken(reader.end(exchange.milliseconds(exchange.last_byte) or 0.0), events)


def _taken(found: list[Event], events: list[Event]) -> bool:
    """Add what was found; whether the stream is over with it."""
    for event in found:
        if event.data.strip() == DONE:
            return True
        if len(events) >= MAX_EVENTS:
            raise TooLarge
        events.append(event)
    return False


def _drained(response: http.client.HTTPResponse, exchange: Exchange) -> bool:
    """Whether the body ends soon after the stream: only then is the connection kept."""
    exchange.deadline = min(exchange.deadline, perf_counter() + DRAIN_SECONDS)
    try:
        for _ in _pieces(response):
            pass
    except (TooLarge, OSError, ValueError, http.client.HTTPException):
        return False
    return True


def _kind_of(error: Exception) -> str:
    """The kind of transport fault, one of `model.REPLY_ERRORS`; empty for what nobody foresaw."""
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in _OURS):
        return "gate-fault"
    if isinstance(error, ConnectionRefusedError | socket.gaierror):
        return "refused"
    if isinstance(error, http.client.IncompleteRead | OSError):
        return "dropped"
    return "not-http" if isinstance(error, http.client.HTTPException | ValueError) else ""


def _words(error: BaseException) -> str:
    if isinstance(error, http.client.IncompleteRead):
        return f"the reply ended after {len(error.partial)} bytes"
    return str(error) or type(error).__name__
