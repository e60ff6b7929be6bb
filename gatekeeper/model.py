"""The frozen values that travel from stage to stage, up to the stored reply and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Side(StrEnum):
    """Which of the two trees a thing belongs to."""

    BASE = "base"
    HEAD = "head"


class Risk(StrEnum):
    """What a case guards against; the first-class axis of every table."""

    FORMAT = "format"
    GROUNDING = "grounding"
    SAFETY = "safety"
    PERFORMANCE = "performance"
    REGRESSION = "regression"


RISK_ALIASES = {"latency": Risk.PERFORMANCE}


class ChangeKind(StrEnum):
    """What an edit touches. The first seven are the service; the last three are its judge."""

    MODEL = "model"
    QUANTIZATION = "quantization"
    PROMPT = "prompt"
    ADAPTER = "adapter"
    RUNTIME = "runtime"
    RAG = "rag"
    DECODING = "decoding"
    CODE = "code"
    CASES = "cases"
    GATES = "gates"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class Change:
    """One classified edit between base and head."""

    kind: ChangeKind
    path: str
    """Repository path, `/`-separated."""
    pointer: str = ""
    """JSON pointer of the watched key inside `path`; empty when the whole file counts."""
    before: str = ""
    """The value in base as a person reads it; empty for whole files."""
    after: str = ""
    """The value in head."""
    note: str = ""
    """added, removed, edited, mode, or why the file could not be compared by value."""
    head_line: int = 0
    """1-based line of the value in head's file; 0 where there is none, or it cannot be told."""

    def __str__(self) -> str:
        where = f"{self.path}#{self.pointer}" if self.pointer else self.path
        if self.pointer and not self.note:
            return f"{self.kind}: {self.before} → {self.after} ({where})"
        return f"{self.kind}: {where} {self.note}".rstrip()


class Fault(StrEnum):
    """Whose doing it is that something is missing: decides between block and undecided."""

    CHANGE = "change"
    """The service, or the files under judgement."""
    WORLD = "world"
    """The engine, the network, the machine, or gatekeeper itself."""


@dataclass(frozen=True, slots=True)
class CheckCall:
    """One check as a row names it: `not-levenshtein(5):text`."""

    name: str
    argument: str = ""
    threshold: float | None = None
    negated: bool = False

    def __str__(self) -> str:
        threshold = "" if self.threshold is None else f"({self.threshold:g})"
        argument = f":{self.argument}" if self.argument else ""
        return f"{'not-' if self.negated else ''}{self.name}{threshold}{argument}"


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a reply is held to: any one of the alternatives is enough."""

    alternatives: tuple[CheckCall, ...]

    def __str__(self) -> str:
        return " || ".join(str(call) for call in self.alternatives)


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the cases file."""

    case_id: str
    prompt: str
    expected_behavior: str
    risk: Risk
    requirements: tuple[Requirement, ...]
    """Empty: nothing executable holds this row, and it blocks as unverified."""
    held_by: str
    """`row` when the row names its checks, `risk` when the risk's defaults apply."""
    line: int
    """1-based line of the row in its file."""
    added: bool = False
    """Head has this case and base has not."""
    head_only: bool = False
    """Only head's policy has this version of it: it can add a failure, and it can dilute nothing
    that base's policy measures."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Stamps next to the socket, in milliseconds since the request was sent."""

    started: float
    """Seconds since the run began; tells which side ran when."""
    first_byte: float | None
    total: float
    first_token: float | None = None
    """When the first piece of a streamed answer's text was here; None where nothing was streamed,
    or no text was. Packs of before streaming have neither this nor what follows."""
    last_token: float | None = None
    """When the last piece was here."""
    pieces: int | None = None
    """Pieces of text that were streamed, empty ones not counted; None where nothing was."""

    @property
    def gap(self) -> float | None:
        """Mean time between two pieces of text; None where there were no two."""
        if self.first_token is None or self.last_token is None or (self.pieces or 0) < 2:
            return None
        return (self.last_token - self.first_token) / ((self.pieces or 0) - 1)


@dataclass(frozen=True, slots=True)
class Overhead:
    """What the client itself adds to a time on this machine, in milliseconds: measured in the same
    run, at the same concurrency, on a service that does nothing."""

    middle: float
    worst: float
    samples: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, in the form it is stored: redacted, decoded, never longer than the cap."""

    status: int | None
    """HTTP status; None when no complete head arrived."""
    body: str
    content_type: str = ""
    error: str = ""
    """Kind of transport fault, one of `REPLY_ERRORS`; empty when the reply arrived whole."""
    detail: str = ""
    """The fault in the engine's or the socket's own words."""


REPLY_ERRORS = {
    "refused": Fault.CHANGE,
    "dropped": Fault.CHANGE,
    "timed-out": Fault.CHANGE,
    "too-large": Fault.CHANGE,
    "not-http": Fault.CHANGE,
    "not-utf8": Fault.CHANGE,
    "not-a-stream": Fault.CHANGE,
    "not-an-event": Fault.CHANGE,
    "stream-error": Fault.CHANGE,
    "unfinished": Fault.CHANGE,
    "gate-fault": Fault.WORLD,
}
"""Kinds of transport fault, and whose doing each is."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request to one side and what came of it."""

    case_id: str
    side: Side
    number: int
    """1-based within the case and side; those beyond the declared repeats confirm a flip."""
    request: dict[str, Any]
    reply: Reply
    timing: Timing
    sitting: int = 1
    """Of a run that was resumed: 1 until it was cut off, 2 after that, …"""


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply read through the contract: the text a person would see, and what came with it."""

    text: str
    finish_reason: str = ""
    citations: tuple[dict[str, Any] | str, ...] = ()
    """The contract's evidence pointer, where declared."""
    tokens: int | None = None
    """Tokens of the answer as the service counts them; None where it does not say."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """A reply that holds no answer, and whose doing that is."""

    reason: str
    fault: Fault
