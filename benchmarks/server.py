"""The load target: one process, one epoll loop, raw sockets, HTTP/1.1 keep-alive on 127.0.0.1.

`POST /v1/chat/completions` is answered with one fixed chat reply, after `--delay` milliseconds from
the moment the whole request was here. `GET /stats` tells what the server saw since it was last
asked, so that the clients' figures can be held against the server's own.

    python -m benchmarks.server --delay 50    # prints its port, ends when standard input ends
"""

from __future__ import annotations

import argparse
import json
import os
import select
import socket
import sys
import threading
from collections import deque
from time import perf_counter, process_time

HOST = "127.0.0.1"
BACKLOG = 512
HEAD_END = b"\r\n\r\n"


def _response(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


REPLY = json.dumps({
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1700000000,
    "model": "fixed",
    "choices": [{
        "index": 0,
        "message": {"role": "assistant", "content": '{"refund":true,"steps":["a","b"]}'},
        "finish_reason": "stop",
    }],
    "usage": {"prompt_tokens": 12, "completion_tokens": 10, "total_tokens": 22},
}).encode()
RESPONSE = _response(REPLY)
MODELS = _response(b'{"object":"list","data":[{"id":"local","object":"model"}]}')
"""The answer to every other GET: whoever asks whether the service is there is told so."""


class _Peer:
    """One connection: its socket, what has come of the next request, when that was whole."""

    __slots__ = ("buffer", "sock", "whole_at")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.buffer = b""
        self.whole_at = 0.0


def whole_request(buffer: bytes) -> int:
    """Bytes of the first request in the buffer; 0 while it is not whole yet."""
    end = buffer.find(HEAD_END)
    if end < 0:
        return 0
    head = buffer[:end].lower()
    at = head.find(b"\r\ncontent-length:")
    length = int(head[at + 17:].split(b"\r\n", 1)[0]) if at >= 0 else 0
    total = end + len(HEAD_END) + length
    return total if len(buffer) >= total else 0


class Server:
    """A loop over one listening socket. `delay` is in seconds and the same for every reply."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._listener = socket.create_server((HOST, 0), backlog=BACKLOG)
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self._epoll = select.epoll()
        self._epoll.register(self._listener.fileno(), select.EPOLLIN)
        self._peers: dict[int, _Peer] = {}
        self._due: deque[tuple[float, _Peer]] = deque()  # in order: the delay never changes
        self._forget()

    def _forget(self) -> None:
        self._served_ms: list[float] = []
        self._requests = 0
        self._accepted = 0
        self._cpu = process_time()

    def run(self) -> None:
        """Serve for ever."""
        while True:
            for number, _ in self._events():
                if number == self._listener.fileno():
                    self._accept()
                else:
                    self._read(self._peers[number])
            now = perf_counter()
            while self._due and self._due[0][0] <= now:
                self._answer(self._due.popleft()[1])

    def _events(self) -> list[tuple[int, int]]:
        if not self._due:
            return self._epoll.poll()
        # epoll counts in whole milliseconds; select on the epoll's own descriptor does not.
        select.select([self._epoll], [], [], max(self._due[0][0] - perf_counter(), 0.0))
        return self._epoll.poll(0)

    def _accept(self) -> None:
        sock, _ = self._listener.accept()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._peers[sock.fileno()] = _Peer(sock)
        self._epoll.register(sock.fileno(), select.EPOLLIN)
        self._accepted += 1

    def _read(self, peer: _Peer) -> None:
        try:
            data = peer.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(peer)
            return
        peer.buffer += data
        size = whole_request(peer.buffer)
        if not size:
            return
        request, peer.buffer = peer.buffer[:size], peer.buffer[size:]
        if request.startswith(b"GET "):
            if request.startswith(b"GET /stats "):
                self._tell(peer)
            else:
                self._send(peer, MODELS)
            return
        peer.whole_at = perf_counter()
        if self._delay:
            self._due.append((peer.whole_at + self._delay, peer))
        else:
            self._answer(peer)

    def _answer(self, peer: _Peer) -> None:
        self._send(peer, RESPONSE)
        self._requests += 1
        self._served_ms.append((perf_counter() - peer.whole_at) * 1000)

    def _tell(self, peer: _Peer) -> None:
        stats = {
            "requests": self._requests,
            "connections": self._accepted,
            "cpu_seconds": process_time() - self._cpu,
            "served_ms": sorted(self._served_ms),
        }
        peer.sock.setblocking(True)
        self._send(peer, _response(json.dumps(stats).encode()))
        peer.sock.setblocking(False)
        self._forget()

    def _send(self, peer: _Peer, data: bytes) -> None:
        try:
            peer.sock.sendall(data)
        except OSError:
            self._drop(peer)

    def _drop(self, peer: _Peer) -> None:
        if self._peers.pop(peer.sock.fileno(), None) is not None:
            self._epoll.unregister(peer.sock.fileno())
        peer.sock.close()


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--delay", type=float, default=0.0, help="milliseconds before a reply")
    parser.add_argument("--processor", type=int, help="the one processor to run on")
    args = parser.parse_args()
    if args.processor is not None:
        os.sched_setaffinity(0, {args.processor})
    server = Server(args.delay / 1000)
    print(server.port, flush=True)
    threading.Thread(target=_end_with_input, daemon=True).start()
    server.run()


if __name__ == "__main__":
    main()
