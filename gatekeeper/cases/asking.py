"""Asking the cases: who is asked what when, under the declared concurrency.

Where both sides are up, one is loaded at a time: a block of cases is asked on one side, then the
same block on the other, and the order turns round from block to block (A B, B A, …), so that a
machine that slows down slows both. Each worker keeps one connection to each side.
"""

from __future__ import annotations

import json
import math
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from time import perf_counter
from typing import NamedTuple

from gatekeeper.manifest.contract import Contract
from gatekeeper.model import Attempt, Case, Risk, Side
from gatekeeper.ports import Connection
from gatekeeper.redaction import Redactor
from gatekeeper.replies.stored import stored
from gatekeeper.service.contract import make_request

PAIRED_BLOCK = 4
"""Cases a worker is given before the other side has its turn."""
DEFAULT_TIMEOUT = 60.0


class Ask(NamedTuple):
    """One request to make."""

    case: Case
    side: Side
    number: int
    together: threading.Barrier | None = None
    """A warm-up: no worker goes on before all have made theirs, so that each makes one."""


WARM_UP = Case("warm-up", "Hello", "", Risk.PERFORMANCE, (), "", 0)
"""What a connection is warmed up with. No case's prompt: a service may remember prompts."""


@dataclass(frozen=True, slots=True)
class Target:
    """One side that can be asked."""

    connect: Callable[[], Connection]
    model: str
    contract: Contract
    """What this side is called through."""


def in_turn(
    cases: Iterable[Case], sides: tuple[Side, ...], numbers: Callable[[Case, Side], Sequence[int]],
    block: int,
) -> Iterator[list[Ask]]:
    """Blocks of asks in the order in which they are made; each block loads one side. `numbers`:
    the attempts that a case is asked on a side."""
    waiting, turned = iter(cases), False
    while some := list(islice(waiting, block)):
        for side in reversed(sides) if turned else sides:
            asks = [Ask(case, side, number) for case in some for number in numbers(case, side)]
            if asks:
                yield asks
        turned = not turned


class Interviewer:
    """A pool of workers that asks blocks of cases and hands every attempt on as it arrives."""

    def __init__(
        self,
        targets: Mapping[Side, Target],
        concurrency: int,
        redact: Redactor,
        keep: Callable[[Attempt], None],
        keep_warmup: Callable[[Attempt], None] = lambda attempt: None,
        ends: float | None = None,
        sitting: int = 1,
    ) -> None:
        """`ends`: the moment of `perf_counter` after which no more requests are begun."""
        self._targets = targets
        self._redact = redact
        self._keep = keep
        self._keep_warmup = keep_warmup
        self._began = perf_counter()
        self._ends = math.inf if ends is None else ends
        self._sitting = sitting
        self.ran_out = False
        """Something was not asked, for the time was over."""
        self._todo: queue.SimpleQueue[Ask | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._together = threading.Barrier(1)
        self._workers = [
            threading.Thread(target=self._work, daemon=True, name=f"asking-{n}")
            for n in range(concurrency)
        ]
        for worker in self._workers:
            worker.start()

    def warm_up(self, times: int) -> None:
        """So many requests on every connection, before anything counts; one side is loaded at a
        time. What comes of them is kept apart, and decides nothing."""
        for number in range(1, times + 1):
            for side in self._targets:
                self._together = threading.Barrier(len(self._workers))
                self.ask([Ask(WARM_UP, side, number, self._together)] * len(self._workers))

    def ask(self, block: list[Ask], tick: Callable[[], None] = lambda: None) -> None:
        """Make every request of a block; returns when all replies are kept."""
        for ask in block:
            self._todo.put(ask)
        for _ in block:
            failure = self._done.get()
            if failure is not None:
                raise failure
            tick()

    def close(self) -> None:
        """Stop the workers; what is in flight is dropped."""
        self._stopped.set()
        self._together.abort()
        for _ in self._workers:
            self._todo.put(None)

    def _work(self) -> None:
        connections: dict[Side, Connection] = {}
        while (ask := self._todo.get()) is not None and not self._stopped.is_set():
            if ask.together is None and perf_counter() > self._ends:
                self.ran_out = True
                self._done.put(None)
                continue
            try:
                if ask.side not in connections:
                    connections[ask.side] = self._targets[ask.side].connect()
                attempt = self._attempt(ask, connections[ask.side])
                if not self._stopped.is_set():
                    (self._keep if ask.together is None else self._keep_warmup)(attempt)
                if ask.together is not None:
                    ask.together.wait()
                self._done.put(None)
            except BaseException as error:  # a worker's fault must reach the main thread
                self._done.put(error)
                if ask.together is not None:
                    ask.together.abort()
        for connection in connections.values():
            connection.close()

    def _attempt(self, ask: Ask, connection: Connection) -> Attempt:
        target = self._targets[ask.side]
        request = make_request(target.contract, ask.case.prompt, target.model)
        body = json.dumps(request).encode()
        started = perf_counter() - self._began
        timeout = target.contract.limits.timeout or DEFAULT_TIMEOUT
        got = connection.exchange("POST", target.contract.endpoint, body, timeout,
                                  stream=target.contract.stream)
        reply, timing = stored(target.contract, got, self._redact, started)
        return Attempt(ask.case.case_id, ask.side, ask.number, request, reply, timing,
                       self._sitting)
