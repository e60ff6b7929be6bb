"""What is sent to a service to prove its contract: one probe a promise, and what must come of it.

The list follows from the contract alone, so that a pack can be read again without the service. What
each means for vLLM, llama.cpp, Ollama and others: docs/design/0012-contract.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gatekeeper.manifest.contract import Contract
from gatekeeper.service.contract import make_request

FIRST = "answers"
"""Name of the probe without which no other is sent."""
PROMPT = "Hello"
LONG_PROMPT = "Count from one to one hundred, in words."
FEW_TOKENS = 8
MAX_FIELDS = 8
"""Required fields that are left out, each in turn."""
MAX_PARALLEL = 64
"""Requests at once; more would be a load test."""
MAX_CHARS = 1_000_000
"""Characters of the longest prompt that a probe sends."""
UNKNOWN_MODEL = "gatekeeper-probe-no-such-model"
WRONG_KEY = "gatekeeper-probe-no-such-key"
_DEFAULT_TIMEOUT = 60.0
_WORD, _SHORT_WORD = "the ", "a "


class Wish(StrEnum):
    """What must come of a probe."""

    ANSWERED = "answered"
    REFUSED = "refused"
    TURNED_AWAY = "turned away"
    """Refused, by whatever stands before the endpoint: in any form."""
    CUT_OFF = "cut off"
    """Answered with no more tokens than were asked for."""
    TOGETHER = "answered together"
    ONE_MORE = "answered, or told to wait"
    LEFT = "left"
    """We left in the middle, and nobody else may notice."""


class Lenient(StrEnum):
    """What an answer means where a refusal was wished for."""

    BROKEN = "broken"
    UNTOLD = "untold"
    """Nothing that was declared is contradicted, and nothing is proven."""
    ALLOWED = "allowed"
    """Nothing of the kind was promised."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing to send, so many times at once."""

    name: str
    line: str
    """Which of the contract's lines it is about."""
    sent: str
    """In words."""
    expected: str
    wish: Wish
    body: Callable[[], bytes | None]
    method: str = "POST"
    path: str = ""
    lenient: Lenient = Lenient.BROKEN
    key: str | None = None
    """In place of the caller's key: another one, or none where it is empty."""
    times: int = 1
    most: int = 0
    """Tokens that the answer may have, where that is asked."""


def make_probes(contract: Contract, model: str) -> tuple[Probe, ...]:
    """Every probe of a spelled-out contract, in the order in which they are sent: what could hurt
    the service most comes last. `model` is what it lists; empty where it does not."""
    sender = _Maker(contract, model)
    return (*sender.answers(), *sender.refusals(), *sender.callers(), *sender.limits(),
            *sender.streams(), *sender.parallel(), *sender.longest())


def timeout_of(contract: Contract) -> float:
    """Seconds that one reply may take."""
    return contract.limits.timeout or _DEFAULT_TIMEOUT


def normal_body(contract: Contract, model: str) -> bytes:
    """A short request that a service which keeps its contract answers."""
    return _json(_short(contract, make_request(contract, PROMPT, model)))


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _has_max_tokens(contract: Contract) -> str:
    """The field of the request that takes the number of tokens; empty where there is none."""
    fields = (name for name, value in contract.request.items() if value == "{max_tokens}")
    return next(fields, "")


def _short(contract: Contract, request: dict[str, Any]) -> dict[str, Any]:
    field = _has_max_tokens(contract)
    return {**request, field: _few(contract)} if field else request


def _few(contract: Contract) -> int:
    return min(FEW_TOKENS, contract.limits.max_tokens or FEW_TOKENS)


class _Maker:
    def __init__(self, contract: Contract, model: str) -> None:
        self._contract = contract
        self._model = model
        self._endpoint = contract.endpoint

    def _request(self, prompt: str = PROMPT) -> dict[str, Any]:
        return make_request(self._contract, prompt, self._model)

    def _plain(self, prompt: str = PROMPT) -> Callable[[], bytes]:
        return lambda: _json(_short(self._contract, self._request(prompt)))

    def answers(self) -> Iterator[Probe]:
        """What it is for: all that follows is sent only to a service that answers this."""
        yield Probe(FIRST, "endpoint", "a normal request", "an answer", Wish.ANSWERED,
                    lambda: _json(self._request()), path=self._endpoint)

    def refusals(self) -> Iterator[Probe]:
        """Requests that are none."""
        shape = self._contract.request_shape
        request, path = self._request(), self._endpoint
        for name in shape.required[:MAX_FIELDS] if shape else ():
            rest = {key: value for key, value in request.items() if key != name}
            yield Probe(f"without-{name}", "request_shape", f"no `{name}`, which is required",
                        "refused with HTTP 4xx", Wish.REFUSED, _sends(rest), path=path)
        for name in shape.required[:MAX_FIELDS] if shape else ():
            if name in request:
                wrong, words = _other_type(request[name])
                yield Probe(f"wrong-type-{name}", "request_shape", f"{words} as `{name}`",
                            "refused with HTTP 4xx", Wish.REFUSED,
                            _sends({**request, name: wrong}), path=path, lenient=Lenient.UNTOLD)
        yield Probe("bad-json", "request_shape", "a body that is not JSON",
                    "refused with HTTP 4xx", Wish.REFUSED, lambda: b'{"messages": [', path=path)
        for name, value in self._contract.request.items():
            if value == "{model}" and self._model:
                yield Probe("unknown-model", "request_shape", f"`{UNKNOWN_MODEL}` as `{name}`",
                            "refused with HTTP 4xx", Wish.REFUSED,
                            _sends({**request, name: UNKNOWN_MODEL}), path=path,
                            lenient=Lenient.ALLOWED)
        yield Probe("unknown-route", "endpoint", f"POST {path}-no-such-route", "HTTP 4xx",
                    Wish.TURNED_AWAY, _sends(request), path=f"{path}-no-such-route",
                    lenient=Lenient.UNTOLD)
        yield Probe("wrong-method", "endpoint", f"GET {path}", "HTTP 4xx", Wish.TURNED_AWAY,
                    lambda: None, "GET", path, Lenient.UNTOLD)

    def callers(self) -> Iterator[Probe]:
        """Callers whom it does not know."""
        if self._contract.auth is not None:
            for name, sent, key in (("without-credentials", "no credentials", ""),
                                    ("wrong-credentials", "a key that is none", WRONG_KEY)):
                yield Probe(name, "endpoint", f"a normal request with {sent}", "HTTP 401 or 403",
                            Wish.TURNED_AWAY, self._plain(), path=self._endpoint, key=key)

    def limits(self) -> Iterator[Probe]:
        """Answers no longer than was asked and promised."""
        declared, field = self._contract.limits.max_tokens, _has_max_tokens(self._contract)
        few = _few(self._contract)
        if field:
            yield Probe("few-tokens", "limits", f"`{field}: {few}`, for a long answer",
                        f"cut off at {few} tokens", Wish.CUT_OFF, self._plain(LONG_PROMPT),
                        path=self._endpoint, most=few)
        if declared:
            within = self._contract.limits.timeout
            in_time = f", whole within {within:g} s" if within else ""
            yield Probe("longest-answer", "limits", "a request for a long answer",
                        f"no more than {declared} tokens{in_time}", Wish.CUT_OFF,
                        lambda: _json(self._request(LONG_PROMPT)), path=self._endpoint,
                        most=declared)

    def streams(self) -> Iterator[Probe]:
        """A client that hangs up."""
        if self._contract.stream:
            yield Probe("leaves-in-mid-stream", "response_shape",
                        "a client that hangs up after the first event",
                        "the next one is answered", Wish.LEFT,
                        lambda: _json(self._request(LONG_PROMPT)), path=self._endpoint)

    def parallel(self) -> Iterator[Probe]:
        """As many at once as were promised, and one more."""
        count = self._contract.limits.concurrency
        if not count or count >= MAX_PARALLEL:
            return
        yield Probe("declared-concurrency", "limits",
                    f"{_requests(count)} at once" if count > 1 else "1 request",
                    "every one answered", Wish.TOGETHER, self._plain(), path=self._endpoint,
                    times=count)
        yield Probe("one-more", "limits", f"{_requests(count + 1)} at once",
                    "every one answered, or refused with HTTP 429 or 503", Wish.ONE_MORE,
                    self._plain(), path=self._endpoint, times=count + 1)

    def longest(self) -> Iterator[Probe]:
        """Prompts as long as was promised, and longer."""
        shape = self._contract.request_shape
        most = shape.max_input_chars if shape else None
        if most and most < MAX_CHARS:
            yield Probe("longest-input", "request_shape", f"a prompt of {most} characters",
                        "an answer", Wish.ANSWERED, self._plain(filled(most)), path=self._endpoint)
            yield Probe("too-long-input", "request_shape", f"a prompt of {most + 1} characters",
                        "refused with HTTP 4xx", Wish.REFUSED, self._plain(filled(most + 1)),
                        path=self._endpoint)
        length = self._contract.limits.context_length
        chars = (length or 0) * len(_SHORT_WORD)
        if length and chars < MAX_CHARS and not (most and chars > most):
            yield Probe("beyond-context", "limits", f"a prompt of {length + 1} words",
                        "refused with HTTP 4xx", Wish.REFUSED,
                        self._plain(_SHORT_WORD * (length + 1)), path=self._endpoint,
                        lenient=Lenient.UNTOLD)


def _sends(request: dict[str, Any]) -> Callable[[], bytes]:
    return lambda: _json(request)


def _requests(count: int) -> str:
    return f"{count} requests"


def filled(chars: int) -> str:
    """A prompt of so many characters, with about one token in four of them."""
    return (_WORD * (chars // len(_WORD) + 1))[:chars]


def _other_type(value: Any) -> tuple[Any, str]:
    """Something that no service takes for the value by a conversion of its own, and in words."""
    if isinstance(value, list):
        return 42, "a number"
    if isinstance(value, dict):
        return 42, "a number"
    return {"gatekeeper": ["probe"]}, "an object"
