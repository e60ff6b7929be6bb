"""How far the client's stamps of a stream are from the server's own: docs/design/0008-time.md.

    python -m benchmarks.streaming      # under a minute; JSON

A server in a process of its own sends the head at once, the first text after 50 ms and four more
pieces 20 ms apart, and says in each when it was sent, counted from when the request was there.
The error of a stamp is the client's figure less the server's, of the same piece. Contestants take
turns; the first two requests of a connection are left out. Also measured: the client's own part of
a time, as every run measures it.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from benchmarks.running import quantiles
from benchmarks.server import HOST, whole_request

PIECES_MS = (50, 70, 90, 110, 130)
WARM_UPS = 2
ROUNDS = 3
REQUESTS = 12
"""Timed ones on each connection."""
CONNECTIONS = (1, 8, 32)
HEAD = (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
BODY = b'{"messages": []}'
Stamps = list[tuple[float, float]]
"""Of each piece: milliseconds by the client, and by the server."""


class _Stream(asyncio.Protocol):
    """One connection of the server."""

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer a request as soon as it is whole."""
        self._buffer += data
        size = whole_request(self._buffer)
        if size:
            self._buffer = self._buffer[size:]
            self._began = perf_counter()
            self._transport.write(HEAD)
            loop = asyncio.get_running_loop()
            for pause in PIECES_MS:
                loop.call_later(pause / 1000, self._piece, pause == PIECES_MS[-1])

    def _piece(self, last: bool) -> None:
        sent = (perf_counter() - self._began) * 1000
        event = {"choices": [{"delta": {"content": "x"}}], "sent_ms": sent}
        data = f"data: {json.dumps(event)}\n\n".encode()
        end = b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n" if last else b""
        self._transport.write(b"%x\r\n%s\r\n%s" % (len(data), data, end))


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Stream, HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


@contextmanager
def served() -> Iterator[int]:
    """The server's port."""
    with subprocess.Popen([sys.executable, "-m", "benchmarks.streaming", "serve"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.kill()


def gatekeeper(port: int) -> Callable[[], Stamps]:
    """The project's client."""
    from gatekeeper.adapters.http import HttpConnection  # noqa: PLC0415 - as in clients.py

    connection = HttpConnection(f"http://{HOST}:{port}")

    def ask() -> Stamps:
        got = connection.exchange("POST", "/", BODY, 20.0, stream=True)
        return [(event.at_ms, json.loads(event.data)["sent_ms"]) for event in got.events or ()]

    return ask


def http_client(port: int) -> Callable[[], Stamps]:
    """The standard library's, read line by line, with a clock round each."""
    connection = http.client.HTTPConnection(HOST, port)

    def ask() -> Stamps:
        began, stamps = perf_counter(), []
        connection.request("POST", "/", BODY)
        response = connection.getresponse()
        while line := response.readline():
            now = perf_counter()
            if line.startswith(b"data: {"):
                stamps.append(((now - began) * 1000, json.loads(line[6:])["sent_ms"]))
        return stamps

    return ask


CONTESTANTS = {"gatekeeper": gatekeeper, "http.client readline": http_client}


def errors(make: Callable[[int], Callable[[], Stamps]], port: int, connections: int
           ) -> tuple[list[float], list[float]]:
    """Milliseconds by which first pieces, and the mean gaps, are off; one each request."""
    first: list[float] = []
    gaps: list[float] = []

    def work() -> None:
        ask = make(port)
        for number in range(WARM_UPS + REQUESTS):
            stamps = ask()
            if len(stamps) != len(PIECES_MS):
                raise RuntimeError(f"{len(stamps)} pieces came")
            if number >= WARM_UPS:
                first.append(stamps[0][0] - stamps[0][1])
                spans = [stamps[-1][side] - stamps[0][side] for side in (0, 1)]
                gaps.append((spans[0] - spans[1]) / (len(stamps) - 1))

    workers = [threading.Thread(target=work) for _ in range(connections)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return first, gaps


def main() -> None:
    """Every contestant at every number of connections, by turns."""
    from gatekeeper.adapters.null_service import measure_overhead  # noqa: PLC0415 - as above

    found = []
    with served() as port:
        for connections in CONNECTIONS:
            kept: dict[str, tuple[list[float], list[float]]] = {
                name: ([], []) for name in CONTESTANTS}
            for turn in range(ROUNDS):
                names = list(CONTESTANTS)[:: -1 if turn % 2 else 1]
                for name in names:
                    for own, new in zip(kept[name], errors(CONTESTANTS[name], port, connections),
                                        strict=True):
                        own += new
            own_part = measure_overhead(connections)
            found.append({"connections": connections, "own_part_ms": own_part and {
                "middle": round(own_part.middle, 2), "worst": round(own_part.worst, 2)}} | {
                name: {what: [round(one, 2) for one in quantiles(values) or ()]
                       for what, values in zip(("first_text_p50_p99", "gap_p50_p99"), both,
                                               strict=True)}
                for name, both in kept.items()})
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(_serve())
    else:
        main()
