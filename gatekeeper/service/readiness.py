"""When a started service may be asked: process up, health, models where listed, one token.

Noticed within tens of milliseconds, and given up at once when the process is gone.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass
from time import monotonic

from gatekeeper.cases.asking import DEFAULT_TIMEOUT
from gatekeeper.formats.structured import at_pointer
from gatekeeper.manifest.contract import Contract
from gatekeeper.manifest.service import Service
from gatekeeper.model import Fault
from gatekeeper.ports import CANCELLED, Connection, Received, RunningService, StartFailure
from gatekeeper.service.contract import make_request
from gatekeeper.service.triage import cause_of_exit, cause_of_silence

MODELS_PATH = "/v1/models"
PROBE_SECONDS = 10.0
"""How long one question may take; the first token as long as a caller waits for a reply, if that is
longer: a service that always needs 20 s would otherwise never be ready."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.05
_NOT_YET = (429, 502, 503, 504)
_HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Ready:
    """A service that may be asked."""

    seconds: float
    """From the start of the wait until the first token."""
    model: str
    """The first model `/v1/models` lists; empty where there is no such list."""


class _Probe:
    """The steps of readiness; each is done once and says what is being waited for."""

    def __init__(self, connection: Connection, contract: Contract, path: str,
                 deadline: float) -> None:
        self._connection = connection
        self._contract = contract
        self._path = path
        self._steps = [self._health, self._models, self._token]
        self._deadline = deadline
        self.model = ""
        self.waiting_for = "nothing was asked yet"
        self.is_our_fault = False
        """The last question was not answered for want of something gatekeeper needs itself."""

    def advance(self) -> bool:
        """Do what can be done now; whether all is done."""
        while self._steps and self._deadline > monotonic() and self._steps[0]():
            self._steps.pop(0)
        return not self._steps

    def _ask(self, method: str, path: str, body: bytes | None = None,
             seconds: float = 0.0, stream: bool = False) -> Received:
        left = self._deadline - monotonic()
        got = self._connection.exchange(method, path, body, min(left, max(seconds, PROBE_SECONDS)),
                                        stream=stream)
        self.waiting_for = f"{method} {path} {_words(got)}"
        self.is_our_fault = got.error == "gate-fault"
        return got

    def _health(self) -> bool:
        got = self._ask("GET", self._path)
        return got.status == 200 and not got.error

    def _models(self) -> bool:
        if self._contract.preset != "openai-chat":
            return True
        got = self._ask("GET", MODELS_PATH)
        if got.status == 200 and not got.error:
            self.model = model_in(got.body)
            if lists_nothing(got.body):
                self.waiting_for = f"GET {MODELS_PATH} lists no model"
                return False
        return not got.error and got.status not in _NOT_YET

    def _token(self) -> bool:
        request = make_request(self._contract, "Hello", self.model)
        if "max_tokens" in request:
            request["max_tokens"] = 1
        body = json.dumps(request).encode()
        seconds = self._contract.limits.timeout or DEFAULT_TIMEOUT
        got = self._ask("POST", self._contract.endpoint, body, seconds, self._contract.stream)
        # Whatever else it answers, it answers: the smoke test says what is wrong with it.
        return got.status is not None and got.status not in _NOT_YET


def _words(got: Received) -> str:
    if got.error:
        return f"{got.error}: {got.detail}" if got.detail else got.error
    return f"answers HTTP {got.status}"


def model_in(body: bytes) -> str:
    """The first model id of an OpenAI-style list; empty where there is none. JSON can spell half a
    character, which no file and no terminal can: it is replaced."""
    try:
        found = at_pointer(json.loads(body), "/data/0/id")
    except (ValueError, RecursionError):
        return ""
    return whole(found) if isinstance(found, str) else ""


def lists_nothing(body: bytes) -> bool:
    """Whether it is such a list, and an empty one: nothing is loaded yet."""
    try:
        return bool(at_pointer(json.loads(body), "/data") == [])
    except (ValueError, RecursionError):
        return False


def whole(text: str) -> str:
    """The text with `�` in place of every lone surrogate."""
    return _HALF.sub("\N{REPLACEMENT CHARACTER}", text)


def await_ready(
    service: RunningService, connection: Connection, contract: Contract, declared: Service,
    ours: bool, cancelled: threading.Event,
) -> Ready | StartFailure:
    """Wait until the service may be asked, or say why it may not. `ours`: we started it."""
    started = monotonic()
    deadline = started + declared.ready.timeout
    probe = _Probe(connection, contract, declared.ready.path, deadline)
    pause = _FIRST_PAUSE
    while True:
        life = service.life()
        if not life.running:
            logs = service.logs()
            fault = Fault.CHANGE if ours else Fault.WORLD
            return StartFailure(cause_of_exit(life, logs), fault, life.words, logs)
        left = deadline - monotonic()
        if left <= 0:
            logs = service.logs()
            cause = cause_of_silence(declared.ready.timeout, probe.waiting_for, logs)
            fault = Fault.CHANGE if ours and not probe.is_our_fault else Fault.WORLD
            return StartFailure(cause, fault, probe.waiting_for, logs)
        if probe.advance():
            return Ready(monotonic() - started, probe.model)
        if cancelled.wait(min(pause, max(left, 0))):
            return CANCELLED
        pause = min(pause * 1.5, _LONGEST_PAUSE)
