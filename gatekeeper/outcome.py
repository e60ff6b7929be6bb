"""The frozen values that judging makes: findings, judgements of cases, gates, the verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from gatekeeper.model import Case, Fault


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
    WAIVED = "waived"
    """Did not pass, and somebody answers for that until a day."""


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
    first_token_ms: float | None = None
    """Until the first text of a stream; None where none came, or nothing was streamed."""
    gap_ms: float | None = None
    """Mean time between two pieces of a stream; None where there were no two."""
    tokens_per_second: float | None = None
    """By the service's own count; None where it gives none."""
    sitting: int = 1
    """Of a run that was resumed: which part of it asked."""
    in_time: bool | None = None
    """Within every declared target; None where none is declared, or there is no answer."""

    @property
    def is_loss(self) -> bool:
        """A wrong answer, or none by the service's own doing."""
        no_answer = self.status is CaseStatus.ERROR and self.fault is Fault.CHANGE
        return no_answer or self.status is CaseStatus.FAILED


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

    @property
    def passes(self) -> int:
        """Attempts that passed."""
        return sum(one.status is CaseStatus.PASSED for one in self.attempts)

    @property
    def is_flaky(self) -> bool:
        """Some attempts passed and some did not, by the service's own doing."""
        return self.passes > 0 and any(one.is_loss for one in self.attempts)


@dataclass(frozen=True, slots=True)
class CaseJudgement:
    """One case on both sides."""

    case: Case
    head: SideJudgement
    base: SideJudgement | None
    """None where base was not asked: no baseline, or base does not have the case."""
    flipped: bool
    """Base passes by the case's rule and head does not, and does not when asked again either."""
    unconfirmed: bool = False
    """Head failed first and passed when asked again; shown as flaky, counted as a failure."""
    waived: str = ""
    """Until when, why, and by whom it may fail; empty when it may not."""
    outdated: str = ""
    """The source that its expectation was tied to and that head changed; empty when none."""

    @property
    def is_flaky(self) -> bool:
        """On one of the sides some attempts passed and some did not."""
        return self.head.is_flaky or (self.base is not None and self.base.is_flaky)

    @property
    def counted(self) -> CaseStatus:
        """What head's status counts as."""
        failing = self.head.status is not CaseStatus.PASSED
        return CaseStatus.WAIVED if self.waived and failing else self.head.status


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
    loudness: str = ""
    """How often a service that did not change would trip it, in words."""


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
