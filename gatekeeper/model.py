"""The frozen values that travel from stage to stage. Nothing here does anything."""

from __future__ import annotations

from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Timing:
    """Stamps next to the socket, in milliseconds since the request was sent."""

    started: float
    """Seconds since the run began; tells which side ran when."""
    first_byte: float | None
    total: float


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


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply read through the contract: the text a person would see, and what came with it."""

    text: str
    finish_reason: str = ""
    citations: tuple[dict[str, Any] | str, ...] = ()
    """The contract's evidence pointer, where declared."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """A reply that holds no answer, and whose doing that is."""

    reason: str
    fault: Fault


class CheckStatus(StrEnum):
    """The fate of one requirement on one reply."""

    HELD = "held"
    BROKEN = "broken"
    MOOT = "moot"
    """Nothing to hold it against, rightly: there is no baseline on a first adoption."""
    UNMEASURED = "unmeasured"
    """Nothing to hold it against, and there should be."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check on one reply: what was expected, what was got, where."""

    status: CheckStatus
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """A finding with the requirement it answers, as it is written to the pack."""

    check: str
    finding: Finding


class CaseStatus(StrEnum):
    """Counted apart, never added up."""

    PASSED = "passed"
    FAILED = "failed"
    """A wrong answer."""
    ERROR = "error"
    """No answer."""
    SKIPPED = "skipped"
    """Not asked."""
    UNMEASURED = "unmeasured"
    """Answered, but a requirement had nothing to be held against."""
    UNVERIFIED = "unverified"
    """Nothing executable holds the row."""


UNKNOWN = (CaseStatus.ERROR, CaseStatus.SKIPPED, CaseStatus.UNMEASURED, CaseStatus.UNVERIFIED)
"""Statuses in which a case has neither passed nor given a wrong answer."""


@dataclass(frozen=True, slots=True)
class AttemptJudgement:
    """One attempt, judged."""

    number: int
    status: CaseStatus
    outcomes: tuple[CheckOutcome, ...]
    reason: str = ""
    """Why there is no answer, for errors."""
    fault: Fault = Fault.CHANGE
    total_ms: float | None = None


@dataclass(frozen=True, slots=True)
class SideJudgement:
    """All attempts of one case on one side, reduced."""

    status: CaseStatus
    attempts: tuple[AttemptJudgement, ...] = ()
    reason: str = ""
    """For errors and skips: why."""
    fault: Fault = Fault.CHANGE

    @property
    def is_loss(self) -> bool:
        """A wrong answer, or none by the service's own doing."""
        no_answer = self.status is CaseStatus.ERROR and self.fault is Fault.CHANGE
        return no_answer or self.status is CaseStatus.FAILED

    @property
    def is_unknown(self) -> bool:
        """Neither passed nor lost."""
        return self.status is not CaseStatus.PASSED and not self.is_loss


@dataclass(frozen=True, slots=True)
class CaseJudgement:
    """One case on both sides."""

    case: Case
    head: SideJudgement
    base: SideJudgement | None
    """None where base was not asked: no baseline, or base does not have the case."""
    flipped: bool
    """Base passed all its attempts and head does not pass: confirmed by every extra attempt."""
    unconfirmed: bool = False
    """Head failed first and passed when asked again; shown as flaky, counted as a failure."""


class Conclusion(StrEnum):
    """The verdict's one word."""

    PASS = "pass"
    BLOCK = "block"
    UNDECIDED = "undecided"
    INTERRUPTED = "interrupted"


class GateState(StrEnum):
    """Open lets the event through; anything else does not."""

    OPEN = "open"
    CLOSED = "closed"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a measure is not exactly known, and whose doing it is."""

    fault: Fault
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A measure as an interval: what is unmeasured widens it instead of vanishing.

    `low == high` means measured. With doubts the true value lies anywhere between.
    """

    low: float
    high: float
    doubts: tuple[Doubt, ...] = ()
    detail: str = ""
    """What was counted, in words: `2 of 7 cases`."""


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """One condition of a gate with its measured value beside the threshold."""

    text: str
    measured: str
    state: GateState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate, judged."""

    name: str
    blocks: tuple[str, ...]
    decides: bool
    """This gate blocks the event at hand."""
    state: GateState
    conditions: tuple[ConditionResult, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence behind the verdict."""

    conclusion: Conclusion
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision with everything it rests on."""

    conclusion: Conclusion
    reasons: tuple[Reason, ...]
    gates: tuple[GateResult, ...] = ()
    policy_digest: str = ""
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    """risk -> case status -> number of head's cases."""
