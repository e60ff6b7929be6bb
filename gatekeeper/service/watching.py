"""Who notices that a service has failed: its health path and its endpoint are asked again and
again, as those do who depend on it, and the engine is asked beside them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, sleep

from gatekeeper.cases.asking import DEFAULT_TIMEOUT
from gatekeeper.drill.outcome import ENGINE, HEALTH, REQUEST, Sighting
from gatekeeper.manifest.contract import Contract
from gatekeeper.model import NoAnswer
from gatekeeper.ports import Connection, Life
from gatekeeper.redaction import Redactor
from gatekeeper.replies.stored import stored
from gatekeeper.service.contract import make_request, read_reply

HEALTH_SECONDS = 2.0
"""How long the health path may take."""
LINGER_SECONDS = 0.5
"""How much longer than the first sighting the others are waited for."""
PAUSE = 0.02
PROMPT = "Hello"
WELL = ""
NOT_KNOWN = "?"
"""Nothing was learned: gatekeeper was short of something, or its own time was up."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The service that is watched, and how it is asked."""

    url: str
    contract: Contract
    """Spelled out."""
    health_path: str
    model: str


def ask_health(connection: Connection, path: str) -> tuple[str, str]:
    """What is wrong with the health path, and what it answers, in words."""
    got = connection.exchange("GET", path, None, HEALTH_SECONDS)
    if got.error == "gate-fault":
        return NOT_KNOWN, got.detail
    words = f"GET {path}: {got.error or f'HTTP {got.status}'}"
    if got.error == "timed-out":
        words += f" after {HEALTH_SECONDS:g} s"
    return (WELL if got.status == 200 and not got.error else words), words


def ask_once(connection: Connection, asked: Asked, redact: Redactor, most: float) -> str:
    """What is wrong with one request on the contract's endpoint; `most` is when its time is up."""
    contract = asked.contract
    patience = contract.limits.timeout or DEFAULT_TIMEOUT
    seconds = max(min(patience, most), 0.001)
    body = json.dumps(make_request(contract, PROMPT, asked.model)).encode()
    got = connection.exchange("POST", contract.endpoint, body, seconds, stream=contract.stream)
    if got.error == "gate-fault" or (got.error == "timed-out" and seconds < patience):
        return NOT_KNOWN
    reply, timing = stored(contract, got, redact, 0.0)
    answer = read_reply(contract, reply)
    if isinstance(answer, NoAnswer):
        return answer.reason
    if not answer.text.strip():
        return "the answer is empty"
    for word, took, target in (
        ("the answer", timing.total, contract.limits.latency_target),
        ("the first token", timing.first_token, contract.limits.first_token_target),
    ):
        if target and took is not None and took > target * 1000:
            return f"{word} is later than the target of {target:g} s"
    return WELL


class Watch:
    """Two callers in threads of their own; the engine is asked by whoever waits."""

    def __init__(self, connect: Callable[[str], Connection], asked: Asked, redact: Redactor,
                 bound: float) -> None:
        self._connect = connect
        self._asked = asked
        self._redact = redact
        self._bound = bound
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._broken_at: float | None = None
        self._latest: dict[str, str] = {}
        self._seen: dict[str, Sighting] = {}
        self.is_asking = threading.Event()
        """A request is under way."""
        for name, probe in ((HEALTH, self._health), (REQUEST, self._request)):
            threading.Thread(target=self._look, args=(name, probe), daemon=True,
                             name=f"watching-{name}").start()

    def _health(self, connection: Connection) -> str:
        return ask_health(connection, self._asked.health_path)[0]

    def _request(self, connection: Connection) -> str:
        since = self._broken_at
        left = self._bound if since is None else since + self._bound - monotonic()
        self.is_asking.set()
        saw = ask_once(connection, self._asked, self._redact, left)
        self.is_asking.clear()
        return saw

    def _look(self, name: str, probe: Callable[[Connection], str]) -> None:
        connection = self._connect(self._asked.url)
        while not self._ended.is_set() and name not in self._seen:
            try:
                saw = probe(connection)
            except Exception:  # a fault of ours is no sighting, and must not look like one
                saw = NOT_KNOWN
            with self._lock:
                self._latest[name] = saw
                if self._broken_at is not None and saw not in (WELL, NOT_KNOWN):
                    self._note(name, saw)
            self._ended.wait(PAUSE)
        connection.close()

    def _note(self, name: str, saw: str) -> None:
        if name not in self._seen:
            after = max(monotonic() - (self._broken_at or 0.0), 0.0)
            self._seen[name] = Sighting(name, after, self._redact(saw))

    def not_well(self) -> str:
        """Wait until both callers find it well; what is wrong where that takes too long."""
        deadline = monotonic() + self._bound
        while monotonic() < deadline:
            if self.is_well:
                return ""
            sleep(PAUSE)
        with self._lock:
            wrong = [saw for saw in self._latest.values() if saw != WELL]
        return self._redact("; ".join(wrong) or "nobody could ask it")

    @property
    def is_well(self) -> bool:
        """Both callers found it well when they last asked."""
        with self._lock:
            return [self._latest.get(name) for name in (HEALTH, REQUEST)] == [WELL, WELL]

    def broken(self, at: float) -> None:
        """It is broken since then: what is seen from here on counts."""
        with self._lock:
            self._broken_at = at

    def sightings(self, life: Callable[[], Life]) -> tuple[Sighting, ...]:
        """Who notices within the bound. Others are waited for a moment longer than the first."""
        if self._broken_at is None:
            return ()
        deadline = self._broken_at + self._bound
        while monotonic() < deadline:
            if ENGINE not in self._seen and not (found := life()).running:
                with self._lock:
                    self._note(ENGINE, found.words or "it does not run")
            with self._lock:
                callers = [one for name, one in self._seen.items() if name != ENGINE]
                if callers:
                    deadline = min(deadline, self._broken_at + LINGER_SECONDS
                                   + min(one.after for one in callers))
                if len(self._seen) == 3:
                    break
            sleep(PAUSE)
        with self._lock:
            return tuple(self._seen[name] for name in (HEALTH, REQUEST, ENGINE)
                         if name in self._seen)

    def end(self) -> None:
        """Look no more. A question that is under way ends by itself."""
        self._ended.set()
