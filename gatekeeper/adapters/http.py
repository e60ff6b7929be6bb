"""The client the cases are asked with: the standard library's, one keep-alive connection a thread.

Stamps are taken at the socket, in the reader under `http.client`, so that neither parsing nor
checks are ever counted as the service's time; the same reader enforces the total deadline and the
size cap on every byte. Why this client: docs/design/0002-engine.md.

A connection is kept only while it is beyond doubt where the last reply ended. Whatever comes late
or twice then meets a closed socket, and never answers the question after it.
"""

from __future__ import annotations

import errno
import http.client
import io
import select
import socket
import ssl
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from gatekeeper.errors import UsageError
from gatekeeper.ports import Received

CONNECT_SECONDS = 5.0
MAX_REPLY = 8 * 1024 * 1024
"""Bytes of a reply, head included, after which it is cut off and recorded as too large."""
_OURS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL}
"""What this process or machine has run out of: says nothing about the service."""
_NO_BODY = (101, 204, 304)


class _TooLarge(Exception):
    pass


class _Exchange:
    """Stamps and limits of the exchange a socket is in."""

    def __init__(self, timeout: float) -> None:
        self.started = perf_counter()
        self.deadline = self.started + timeout
        self.sent = False
        self.reused = False
        """It is made on a connection that has carried another before."""
        self.first_byte: float | None = None
        self.last_byte: float | None = None
        self.received = 0

    def begin(self) -> None:
        """The first byte goes out now. What is asked twice began with the first time."""
        if not self.sent:
            self.started, self.sent = perf_counter(), True

    def remaining(self) -> float:
        left = self.deadline - perf_counter()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left

    def milliseconds(self, stamp: float | None) -> float | None:
        return None if stamp is None else (stamp - self.started) * 1000


class _Reader(io.RawIOBase):
    def __init__(self, owner: _Socket) -> None:
        self._owner = owner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        exchange, sock = self._owner.exchange, self._owner.sock
        sock.settimeout(exchange.remaining())
        count = sock.recv_into(buffer)
        now = perf_counter()
        if count:
            exchange.first_byte = exchange.first_byte or now
            exchange.last_byte = now
            exchange.received += count
            self._owner.unread += count
            if exchange.received > MAX_REPLY:
                raise _TooLarge
        return count

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._owner.release()


class _Buffer(io.BufferedReader):
    """What `http.client` reads. It asks for as many bytes as the service announces, and a buffer of
    that size is made before the first of them has come: hence the look at the number."""

    def __init__(self, owner: _Socket) -> None:
        super().__init__(_Reader(owner), 65536)
        self._owner = owner

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MAX_REPLY:
            raise _TooLarge
        data = super().read(size)
        self._owner.unread -= len(data)
        return data

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        self._owner.unread -= len(line)
        return line


class _Socket:
    """What `http.client` is given in place of a socket: same use, with stamps and limits."""

    def __init__(self, sock: socket.socket, exchange: _Exchange) -> None:
        self.sock = sock
        self.exchange = exchange
        self.unread = 0
        """Bytes that were received and that no reply has claimed."""
        self._readers = 0
        self._closing = False

    def sendall(self, data: bytes) -> None:
        self.sock.settimeout(self.exchange.remaining())
        self.sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        self._readers += 1
        return _Buffer(self)

    def release(self) -> None:
        self._readers -= 1
        if self._closing and not self._readers:
            self.sock.close()

    def close(self) -> None:
        # A reply that closes its connection is still being read: the last reader closes for real.
        self._closing = True
        if not self._readers:
            self.sock.close()

    def is_stale(self) -> bool:
        """The service has closed, or spoken out of turn, since the last reply. By poll, because
        select knows no descriptor above 1023."""
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return bool(poll.poll(0))


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
        self._socket: _Socket | None = None

    def close(self) -> None:
        """Give the socket back."""
        self._http.close()
        self._socket = None

    def _connect(self, exchange: _Exchange) -> _Socket:
        timeout = min(CONNECT_SECONDS, exchange.remaining())
        sock = socket.create_connection((self._host, self._port), timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls:
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self._host)
        return _Socket(sock, exchange)

    def _ready_socket(self, exchange: _Exchange) -> None:
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
        self, method: str, path: str, body: bytes | None, timeout: float
    ) -> Received:
        """One request and its whole reply; every fault of the service is a value.

        A service may close an idle connection at any moment, also the one at which the next request
        is on its way. A connection that was used before and ends before the first byte of a reply
        is therefore replaced, and the request is sent once more: the service may then have seen it
        twice. Nothing is sent again on a fresh connection, after a byte of a reply, or after a
        deadline; where no fresh connection can be had, the first outcome stands. Both tries count
        towards the time and the deadline."""
        exchange = _Exchange(timeout)
        got = self._ask(exchange, method, path, body, timeout)
        if got.error != "dropped" or not exchange.reused or exchange.first_byte is not None:
            return got
        again = self._ask(exchange, method, path, body, timeout)
        return got if again.error == "refused" else again

    def _ask(
        self, exchange: _Exchange, method: str, path: str, body: bytes | None, timeout: float
    ) -> Received:
        status: int | None = None
        try:
            self._ready_socket(exchange)
            exchange.begin()
            self._http.request(method, self._prefix + path, body, self._headers)
            response = self._http.getresponse()
            status = response.status
            content_type = response.headers.get("Content-Type", "")
            data = response.read()
        except _TooLarge:
            return self._failed(exchange, status, "too-large", f"more than {MAX_REPLY} bytes")
        except TimeoutError:
            return self._failed(exchange, status, "timed-out", f"after {timeout:g} s")
        except Exception as error:
            kind = _kind_of(error)
            if not kind and not exchange.sent:
                raise  # of our own making: the service has not been spoken to
            return self._failed(exchange, status, kind or "not-http", _words(error))
        if self._socket is None or self._socket.unread or not _ends_surely(response):
            self.close()
        return Received(
            status, data, content_type,
            first_byte_ms=exchange.milliseconds(exchange.first_byte),
            total_ms=exchange.milliseconds(exchange.last_byte) or 0.0,
        )

    def _failed(
        self, exchange: _Exchange, status: int | None, error: str, detail: str
    ) -> Received:
        self.close()
        return Received(
            status, b"", error=error, detail=detail,
            first_byte_ms=exchange.milliseconds(exchange.first_byte),
            total_ms=exchange.milliseconds(perf_counter()) or 0.0,
        )


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
