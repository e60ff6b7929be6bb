"""The contestants of the client benchmark; each runs in a fresh process of its own.

Every one sends the same body to the load target over `--connections` kept-alive connections and
checks every reply. Two requests a connection are sent before the clock starts, so that connecting
is in nobody's figures. A contestant hands back one shot a request: the time round the call where
there is one call, and the figure the client itself reports if it reports one; in milliseconds.

    python -m benchmarks.clients gatekeeper --port 8000    # one contestant; figures as JSON
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import select
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

from benchmarks.memory import peak_megabytes
from benchmarks.server import HOST, REPLY, RESPONSE

ENDPOINT = "/v1/chat/completions"
BODY = json.dumps({
    "messages": [{"role": "user", "content": "Who may approve a refund over 400 USD?"}],
    "max_tokens": 512,
}).encode()
JSON_TYPE = {"Content-Type": "application/json"}
TIMEOUT = 60.0
WARM_UPS = 2
"""Requests a connection before the clock starts."""


class Shot(NamedTuple):
    """One request: milliseconds round the call, and by the client's own account."""

    around: float | None
    own: float | None


@dataclass(frozen=True, slots=True)
class Load:
    """What is to be sent. `limit` is in seconds, after which no further request is begun."""

    port: int
    requests: int
    connections: int
    limit: float

    @property
    def url(self) -> str:
        """The target's base URL."""
        return f"http://{HOST}:{self.port}"


class Clock:
    """Wall and processor time of the timed part."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._wall = self._cpu = self._until = 0.0

    def start(self) -> None:
        """The timed part begins."""
        self._wall, self._cpu = perf_counter(), process_time()
        self._until = self._wall + self._limit

    def is_over(self) -> bool:
        """Whether no further request may be begun."""
        return perf_counter() > self._until

    def taken(self) -> tuple[float, float]:
        """Wall and processor seconds since the start."""
        return perf_counter() - self._wall, process_time() - self._cpu


@dataclass(frozen=True, slots=True)
class Figures:
    """One contestant's run. Times of requests in milliseconds, in no order."""

    requests: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    import_ms: float
    around_ms: list[float]
    own_ms: list[float]


Ask = Callable[[], float | None]
"""One request with its whole reply; the client's own figure in milliseconds, if it has one."""
Run = Callable[[Load, Clock], list[Shot]]


def expect(status: object, body: bytes) -> None:
    """Every reply must be the target's; a client that fails fast must not win."""
    if status != 200 or body != REPLY:
        raise RuntimeError(f"not the target's reply: {status} {body[:80]!r}")


def in_threads(make: Callable[[Load], Ask]) -> Run:
    """A worker thread a connection, fed from one queue, as in `gatekeeper/cases/asking.py`."""

    def run(load: Load, clock: Clock) -> list[Shot]:
        todo: queue.SimpleQueue[bool] = queue.SimpleQueue()
        for number in range(load.requests + load.connections):
            todo.put(number < load.requests)
        barrier = threading.Barrier(load.connections, action=clock.start)
        shots: list[Shot] = []
        faults: list[BaseException] = []

        def work() -> None:
            try:
                ask = make(load)
                for _ in range(WARM_UPS):
                    ask()
                barrier.wait()
                while todo.get() and not clock.is_over():
                    began = perf_counter()
                    own = ask()
                    shots.append(Shot((perf_counter() - began) * 1000, own))
            except BaseException as fault:
                faults.append(fault)
                barrier.abort()

        workers = [threading.Thread(target=work) for _ in range(load.connections)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if faults:
            raise faults[0]
        return shots

    return run


def gatekeeper() -> Run:
    """The project's client, stamps at the socket."""
    from gatekeeper.adapters.http import HttpConnection  # noqa: PLC0415 (fresh in each process)

    def make(load: Load) -> Ask:
        connection = HttpConnection(load.url)

        def ask() -> float:
            got = connection.exchange("POST", ENDPOINT, BODY, TIMEOUT)
            expect(got.status, got.body)
            return got.total_ms

        return ask

    return in_threads(make)


def asking() -> Run:
    """The project's whole way of asking: requests made, replies redacted, attempts on disk."""
    from gatekeeper.adapters.http import HttpConnection  # noqa: PLC0415
    from gatekeeper.cases.asking import Ask as Question  # noqa: PLC0415
    from gatekeeper.cases.asking import Interviewer, Target  # noqa: PLC0415
    from gatekeeper.evidence.pack import Pack  # noqa: PLC0415
    from gatekeeper.manifest.contract import Contract, Limits  # noqa: PLC0415
    from gatekeeper.model import Attempt, Case, Risk, Side  # noqa: PLC0415
    from gatekeeper.redaction import Redactor  # noqa: PLC0415

    contract = Contract(endpoint=ENDPOINT, request=json.loads(BODY), limits=Limits(timeout=TIMEOUT))

    def questions(count: int) -> list[Question]:
        return [Question(Case(f"case_{n}", f"Question {n}?", "", Risk.FORMAT, (), "risk", n),
                         Side.HEAD, 1) for n in range(count)]

    def run(load: Load, clock: Clock) -> list[Shot]:
        kept: list[float] = []
        warm, timed = questions(WARM_UPS * load.connections), questions(load.requests)
        with (tempfile.TemporaryDirectory() as folder,
              Pack.create(Path(folder)).appending() as writer):

            def keep(attempt: Attempt) -> None:
                writer.append(attempt)
                expect(attempt.reply.status, attempt.reply.body.encode())
                kept.append(attempt.timing.total)

            target = Target(lambda: HttpConnection(load.url), "fixed", contract)
            interviewer = Interviewer({Side.HEAD: target}, load.connections, Redactor(), keep)
            interviewer.ask(warm)
            del kept[:]
            clock.start()
            interviewer.ask(timed)
            interviewer.close()
        return [Shot(None, own) for own in kept]

    return run


def http_client() -> Run:
    """The standard library's client, nothing added."""
    http = import_module("http.client")

    def make(load: Load) -> Ask:
        connection = http.HTTPConnection(HOST, load.port, timeout=TIMEOUT)

        def ask() -> None:
            connection.request("POST", ENDPOINT, BODY, JSON_TYPE)
            response = connection.getresponse()
            expect(response.status, response.read())

        return ask

    return in_threads(make)


def urllib3() -> Run:
    """One pool of as many connections as threads."""
    library = import_module("urllib3")
    pools: dict[int, Any] = {}
    lock = threading.Lock()

    def make(load: Load) -> Ask:
        with lock:
            pool = pools.setdefault(load.port, library.HTTPConnectionPool(
                HOST, load.port, maxsize=load.connections, block=True, timeout=TIMEOUT))

        def ask() -> None:
            response = pool.request("POST", ENDPOINT, body=BODY, headers=JSON_TYPE)
            expect(response.status, response.data)

        return ask

    return in_threads(make)


def requests() -> Run:
    """A session a thread; the environment's proxies are not looked up, as that costs time."""
    library = import_module("requests")

    def make(load: Load) -> Ask:
        session = library.Session()
        session.trust_env = False
        url = load.url + ENDPOINT

        def ask() -> float:
            response = session.post(url, data=BODY, headers=JSON_TYPE, timeout=TIMEOUT)
            expect(response.status_code, response.content)
            return float(response.elapsed.total_seconds() * 1000)

        return ask

    return in_threads(make)


def httpx() -> Run:
    """A client a thread."""
    library = import_module("httpx")
    lock = threading.Lock()

    def make(load: Load) -> Ask:
        with lock:  # each builds a TLS context, which is slow and none of ours
            client = library.Client(timeout=TIMEOUT, trust_env=False, verify=False)
        url = load.url + ENDPOINT

        def ask() -> float:
            response = client.post(url, content=BODY, headers=JSON_TYPE)
            expect(response.status_code, response.content)
            return float(response.elapsed.total_seconds() * 1000)

        return ask

    return in_threads(make)


def aiohttp() -> Run:
    """One session, as many tasks as connections, one thread."""
    library, asyncio = import_module("aiohttp"), import_module("asyncio")

    async def serve(load: Load, clock: Clock) -> list[Shot]:
        shots: list[Shot] = []
        url, left = load.url + ENDPOINT, iter(range(load.requests))

        async def ask(session: Any) -> None:
            async with session.post(url, data=BODY, headers=JSON_TYPE) as response:
                expect(response.status, await response.read())

        async def work(session: Any) -> None:
            while next(left, None) is not None and not clock.is_over():
                began = perf_counter()
                await ask(session)
                shots.append(Shot((perf_counter() - began) * 1000, None))

        connector = library.TCPConnector(limit=load.connections)
        limit = library.ClientTimeout(total=TIMEOUT)
        async with library.ClientSession(connector=connector, timeout=limit) as session:
            for _ in range(WARM_UPS):
                await asyncio.gather(*(ask(session) for _ in range(load.connections)))
            clock.start()
            await asyncio.gather(*(work(session) for _ in range(load.connections)))
        return shots

    def run(load: Load, clock: Clock) -> list[Shot]:
        return list(asyncio.run(serve(load, clock)))

    return run


def pycurl() -> Run:
    """libcurl's multi interface: one thread, one handle a connection."""
    curl = import_module("pycurl")

    def handle(load: Load) -> Any:
        one = curl.Curl()
        one.setopt(curl.URL, load.url + ENDPOINT)
        one.setopt(curl.POSTFIELDS, BODY)
        one.setopt(curl.HTTPHEADER, ["Content-Type: application/json", "Expect:"])
        one.setopt(curl.NOPROXY, "*")
        one.setopt(curl.TIMEOUT, int(TIMEOUT))
        one.body = bytearray()
        one.setopt(curl.WRITEFUNCTION, one.body.extend)
        return one

    def finished(multi: Any) -> list[Any]:
        multi.perform()
        _, done, failed = multi.info_read()
        if failed:
            raise RuntimeError(f"libcurl: {failed[0][2]}")
        if not done:
            multi.select(1.0)
        return list(done)

    def sweep(multi: Any, handles: list[Any], count: int, clock: Clock | None) -> Iterator[Shot]:
        begun: dict[Any, float] = {}
        waiting, left = list(handles), count
        while begun or (waiting and left):
            while waiting and left and not (clock and clock.is_over()):
                one, left = waiting.pop(), left - 1
                one.body.clear()
                begun[one] = perf_counter()
                multi.add_handle(one)
            for one in finished(multi):
                around = (perf_counter() - begun.pop(one)) * 1000
                expect(one.getinfo(curl.RESPONSE_CODE), bytes(one.body))
                yield Shot(around, one.getinfo(curl.TOTAL_TIME) * 1000)
                multi.remove_handle(one)
                waiting.append(one)
            if clock and clock.is_over():
                left = 0

    def run(load: Load, clock: Clock) -> list[Shot]:
        multi, handles = curl.CurlMulti(), [handle(load) for _ in range(load.connections)]
        for _ in sweep(multi, handles, WARM_UPS * load.connections, None):
            pass
        clock.start()
        return list(sweep(multi, handles, load.requests, clock))

    return run


def raw() -> Run:
    """No client: the request's bytes are sent, the reply's are counted. What is there to be had."""
    request = (f"POST {ENDPOINT} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
               f"Content-Length: {len(BODY)}\r\n\r\n").encode() + BODY

    def sweep(socks: list[socket.socket], count: int, clock: Clock | None) -> Iterator[Shot]:
        epoll = select.epoll()
        by_number = {sock.fileno(): sock for sock in socks}
        begun: dict[int, float] = {}
        received = dict.fromkeys(by_number, 0)
        for number, sock in list(by_number.items())[:count]:
            epoll.register(number, select.EPOLLIN)
            begun[number] = perf_counter()
            sock.sendall(request)
        left = count - len(begun)
        while begun:
            for number, _ in epoll.poll(TIMEOUT):
                received[number] += len(by_number[number].recv(65536))
                if received[number] < len(RESPONSE):
                    continue
                yield Shot((perf_counter() - begun.pop(number)) * 1000, None)
                received[number] = 0
                if left and not (clock and clock.is_over()):
                    left -= 1
                    begun[number] = perf_counter()
                    by_number[number].sendall(request)
        epoll.close()

    def run(load: Load, clock: Clock) -> list[Shot]:
        socks = [socket.create_connection((HOST, load.port)) for _ in range(load.connections)]
        for _ in sweep(socks, WARM_UPS * load.connections, None):
            pass
        clock.start()
        shots = list(sweep(socks, load.requests, clock))
        for sock in socks:
            sock.close()
        return shots

    return run


class Contestant(NamedTuple):
    """One way of asking, and the package it needs; empty: nothing beyond the project's own."""

    title: str
    package: str
    prepare: Callable[[], Run]


CONTESTANTS = {
    "gatekeeper": Contestant("gatekeeper's client", "", gatekeeper),
    "asking": Contestant("gatekeeper, whole asking", "", asking),
    "http.client": Contestant("http.client, bare", "", http_client),
    "urllib3": Contestant("urllib3, one pool", "urllib3", urllib3),
    "requests": Contestant("requests, session a thread", "requests", requests),
    "httpx": Contestant("httpx, client a thread", "httpx", httpx),
    "aiohttp": Contestant("aiohttp, one thread", "aiohttp", aiohttp),
    "pycurl": Contestant("pycurl multi, one thread", "pycurl", pycurl),
    "raw": Contestant("no client, raw sockets", "", raw),
}


def measure(name: str, load: Load) -> Figures:
    """One contestant's run, in this process."""
    began = perf_counter()
    run = CONTESTANTS[name].prepare()
    import_ms = (perf_counter() - began) * 1000
    clock = Clock(load.limit)
    shots = run(load, clock)
    seconds, cpu_seconds = clock.taken()
    around = [shot.around for shot in shots if shot.around is not None]
    own = [shot.own for shot in shots if shot.own is not None]
    return Figures(len(shots), seconds, cpu_seconds, peak_megabytes(), import_ms, around, own)


def main() -> None:
    """Run one contestant and print its figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clients", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=CONTESTANTS)
    parser.add_argument("--port", type=int, required=True, help="the load target's port")
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--limit", type=float, default=6.0, help="seconds")
    parser.add_argument("--processor", type=int, help="the one processor to run on")
    args = parser.parse_args()
    if args.processor is not None:
        os.sched_setaffinity(0, {args.processor})
    load = Load(args.port, args.requests, args.connections, args.limit)
    print(json.dumps(asdict(measure(args.name, load))))


if __name__ == "__main__":
    main()
