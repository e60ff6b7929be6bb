"""The socket under the client: stamps and limits where the bytes are, on every byte."""

from __future__ import annotations

import io
import select
import socket
from time import perf_counter
from typing import Any

MAX_REPLY = 8 * 1024 * 1024
"""Bytes of a reply, head included, after which it is cut off and recorded as too large."""
PIECE = 65536


class TooLarge(Exception):
    """More bytes came, or were announced, than a reply may have."""


class Left(Exception):
    """We have seen enough, and hang up."""


class Exchange:
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
        self.leave_after = 0
        """Events of a stream after which we hang up; 0: never."""

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


class Reader(io.RawIOBase):
    """Takes bytes off the socket, and stamps and counts them as they are taken."""

    def __init__(self, owner: Socket) -> None:
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
                raise TooLarge
        return count

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._owner.release()


class _Buffer(io.BufferedReader):
    """What `http.client` reads. It asks for as many bytes as the service announces, and a buffer of
    that size is made before the first of them has come: hence the look at the number."""

    def __init__(self, owner: Socket) -> None:
        super().__init__(Reader(owner), PIECE)
        self._owner = owner

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MAX_REPLY:
            raise TooLarge
        data = super().read(size)
        self._owner.unread -= len(data)
        return data

    def read1(self, size: int = -1, /) -> bytes:
        data = super().read1(size)
        self._owner.unread -= len(data)
        return data

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        self._owner.unread -= len(line)
        return line


class Socket:
    """What `http.client` is given in place of a socket: same use, with stamps and limits."""

    def __init__(self, sock: socket.socket, exchange: Exchange) -> None:
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
