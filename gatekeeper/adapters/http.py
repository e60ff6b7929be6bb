"""The client the cases are asked with: the standard library's, one keep-alive connection a thread.

Stamps are taken at the socket, in the reader under `http.client`, so that neither parsing nor
checks are ever counted as the service's time; the same reader enforces the total deadline and the
size cap on every byte. Why this client: docs/design/0002-engine.md.
"""

from __future__ import annotations

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


class _TooLarge(Exception):
    pass


class _Exchange:
    """Stamps and limits of the exchange a socket is in."""

    def __init__(self, timeout: float) -> None:
        self.started = perf_counter()
        self.deadline = self.started + timeout
        self.first_byte: float | None = None
        self.last_byte: float | None = None
        self.received = 0

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
            if exchange.received > MAX_REPLY:
                raise _TooLarge
        return count

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._owner.release()


class _Socket:
    """What `http.client` is given in place of a socket: same use, with stamps and limits."""

    def __init__(self, sock: socket.socket, exchange: _Exchange) -> None:
        self.sock = sock
        self.exchange = exchange
        self._readers = 0
        self._closing = False

    def sendall(self, data: bytes) -> None:
        self.sock.settimeout(self.exchange.remaining())
        self.sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        self._readers += 1
        return io.BufferedReader(_Reader(self), 65536)

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
        """The service has closed, or spoken out of turn, since the last reply."""
        return bool(select.select([self.sock], [], [], 0)[0])


class HttpConnection:
    """One connection to one base URL; see `ports.Connection`."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"`{url}` is not a URL of a service", "write http://host:port")
        self._host, self._tls = parts.hostname, parts.scheme == "https"
        self._port = parts.port or (443 if self._tls else 80)
        self._prefix = parts.path.rstrip("/")
        self._headers = {
            "Host": parts.netloc.rpartition("@")[2],
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            **(headers or {}),
        }
        self._http = http.client.HTTPConnection(self._host, self._port)
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
        """A fresh or a proven idle socket. A request is never sent twice: a connection that went
        stale is noticed before anything is sent on it."""
        held = self._socket
        if held is None or self._http.sock is None or held.is_stale():
            self.close()
            held = self._connect(exchange)
            self._http.sock = held
            self._socket = held
            exchange.started = perf_counter()
        held.exchange = exchange

    def exchange(
        self, method: str, path: str, body: bytes | None, timeout: float
    ) -> Received:
        """One request and its whole reply; every fault of the service is a value."""
        exchange = _Exchange(timeout)
        status: int | None = None
        content_type, data = "", b""
        try:
            self._ready_socket(exchange)
            exchange.started = perf_counter()
            self._http.request(method, self._prefix + path, body, self._headers)
            response = self._http.getresponse()
            status = response.status
            content_type = response.headers.get("Content-Type", "")
            data = response.read()
        except _TooLarge:
            return self._failed(exchange, status, "too-large", f"more than {MAX_REPLY} bytes")
        except TimeoutError:
            return self._failed(exchange, status, "timed-out", f"after {timeout:g} s")
        except (ConnectionRefusedError, socket.gaierror) as error:
            return self._failed(exchange, status, "refused", str(error))
        except (http.client.RemoteDisconnected, http.client.IncompleteRead, OSError) as error:
            return self._failed(exchange, status, "dropped", _words(error))
        except (http.client.HTTPException, ValueError) as error:
            return self._failed(exchange, status, "not-http", _words(error))
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


def _words(error: BaseException) -> str:
    if isinstance(error, http.client.IncompleteRead):
        return f"the reply ended after {len(error.partial)} bytes"
    return str(error) or type(error).__name__
