"""What the client itself adds to a time: asked of a service that does nothing, in this process.

The service answers after a pause, so that the client is as busy as it is with a real one, and says
how long it took by its own clock; what the client measured beyond that is the client's. Sharing the
process, the two hinder each other a little: it is rather too much than too little.
"""

from __future__ import annotations

import contextlib
import json
import selectors
import socket
import threading
from collections import deque
from statistics import median
from time import perf_counter

from gatekeeper.adapters.http import HttpConnection
from gatekeeper.model import Overhead

PAUSE = 0.02
"""Seconds before an answer."""
ROUNDS = 8
"""Questions on each connection, after one that is not counted."""
PATIENCE = 5.0
_END = b"\r\n\r\n"


class NullService:
    """Answers every request on 127.0.0.1, after a pause, with the milliseconds that it took."""

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._wake, self._woken = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        for one in (self._listener, self._woken):
            self._selector.register(one, selectors.EVENT_READ)
        self._due: deque[tuple[float, socket.socket]] = deque()
        """When each whole request came, first first."""
        self._parts: dict[socket.socket, bytes] = {}
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True, name="null-service")
        self._thread.start()

    def close(self) -> None:
        """End, with every connection."""
        self._wake.send(b"x")
        self._thread.join()
        for one in (*self._parts, self._listener, self._wake, self._woken):
            one.close()
        self._selector.close()

    def _serve(self) -> None:
        while True:
            left = self._due[0][0] + self._pause - perf_counter() if self._due else None
            for key, _ in self._selector.select(None if left is None else max(left, 0.0)):
                if key.fileobj is self._woken:
                    return
                if key.fileobj is self._listener:
                    peer = self._listener.accept()[0]
                    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._parts[peer] = b""
                    self._selector.register(peer, selectors.EVENT_READ)
                else:
                    assert isinstance(key.fileobj, socket.socket)
                    self._read(key.fileobj)
            while self._due and perf_counter() >= self._due[0][0] + self._pause:
                self._answer(*self._due.popleft())

    def _read(self, peer: socket.socket) -> None:
        data = b""
        with contextlib.suppress(OSError):
            data = peer.recv(65536)
        if not data:
            self._selector.unregister(peer)
            del self._parts[peer]
            peer.close()
            return
        self._parts[peer] += data
        if self._parts[peer].endswith(_END):  # a GET has no body
            self._parts[peer] = b""
            self._due.append((perf_counter(), peer))

    def _answer(self, came: float, peer: socket.socket) -> None:
        body = json.dumps((perf_counter() - came) * 1000).encode()
        with contextlib.suppress(OSError):
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def measure_overhead(concurrency: int, pause: float = PAUSE) -> Overhead | None:
    """Ask a null service by so many connections at a time; None where that cannot be done here.
    Takes 0.2 s, and longer only where the client is slower than that itself."""
    try:
        service = NullService(pause)
    except OSError:
        return None
    kept: list[float] = []
    workers = [threading.Thread(target=_ask, args=(service.url, kept), daemon=True)
               for _ in range(concurrency)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    service.close()
    return Overhead(median(kept), max(kept), len(kept)) if kept else None


def _ask(url: str, kept: list[float]) -> None:
    connection = HttpConnection(url)
    for number in range(ROUNDS + 1):
        got = connection.exchange("GET", "/", None, PATIENCE)
        if got.error:
            break
        if number:
            kept.append(max(got.total_ms - float(got.body), 0.0))
    connection.close()
