"""Times of a run, folded: samples of head, head and base paired by case, shares in time. Pure.

Of every time that is due and is not there it is kept why, and whose doing that is.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from gatekeeper.model import Fault
from gatekeeper.outcome import AttemptJudgement, CaseJudgement, CaseStatus, Doubt, SideJudgement

NO_TEXT = Doubt(Fault.CHANGE, "no text was streamed")
CUT_IN_TWO = Doubt(Fault.WORLD, "asked partly before the run was cut off and partly after")
NO_TOKENS = Doubt(Fault.CHANGE, "the service does not say how many tokens it made")
Time = Callable[[AttemptJudgement], float | None]


def _floats() -> array[float]:
    return array("d")


@dataclass(slots=True)
class Samples:
    """One number an attempt, and why some have none."""

    values: array[float] = field(default_factory=_floats)
    missing: Counter[Doubt] = field(default_factory=Counter)

    def add(self, value: float | None, otherwise: Doubt) -> None:
        """Keep a value, or why there is none."""
        if value is None:
            self.missing[otherwise] += 1
        else:
            self.values.append(value)


@dataclass(slots=True)
class Pairs:
    """Head's and base's median of every case that base answers."""

    time: Time
    head: array[float] = field(default_factory=_floats)
    """Milliseconds; infinite where the service gave too few answers."""
    base: array[float] = field(default_factory=_floats)
    unknown: Counter[Doubt] = field(default_factory=Counter)
    """Cases of which a side was not measured, by nobody's fault or the world's."""
    unanswered: int = 0
    """Cases that base does not answer by its own fault: there is nothing to be slower than."""

    def add(self, head: SideJudgement, base: SideJudgement, repeats: int) -> None:
        """Pair one case."""
        sides = [self._median(side, repeats) for side in (head, base)]
        if sides[1] == math.inf:
            self.unanswered += 1
            return
        for name, one in zip(("", "base: "), sides, strict=True):
            if isinstance(one, Doubt):
                self.unknown[Doubt(one.fault, name + one.reason)] += 1
                return
        if len({attempt.sitting for side in (head, base) for attempt in side.attempts
                if attempt.number <= repeats}) > 1:
            self.unknown[CUT_IN_TWO] += 1
            return
        for kept, one in zip((self.head, self.base), sides, strict=True):
            assert isinstance(one, float)
            kept.append(one)

    def _median(self, side: SideJudgement, repeats: int) -> float | Doubt:
        due = [attempt for attempt in side.attempts if attempt.number <= repeats]
        settled = due and side.status in (CaseStatus.PASSED, CaseStatus.FAILED)
        if len(due) < repeats and not settled:
            if side.is_loss and not due:
                return math.inf
            return Doubt(side.fault, side.reason or f"asked {len(due)} of {repeats} times")
        times: list[float] = []
        for attempt in due:
            time = self.time(attempt)
            if time is None and attempt.total_ms is None and attempt.fault is Fault.WORLD:
                return Doubt(Fault.WORLD, attempt.reason)
            times.append(math.inf if time is None else time)
        return float(median(times))


def _total(attempt: AttemptJudgement) -> float | None:
    return attempt.total_ms


def _first_token(attempt: AttemptJudgement) -> float | None:
    return attempt.first_token_ms


@dataclass(slots=True)
class Times:
    """What is kept of all attempts that were due; those that confirm a flip are no samples."""

    first_tokens: Samples = field(default_factory=Samples)
    gaps: Samples = field(default_factory=Samples)
    """An answer in one piece has no gap and is no sample."""
    speeds: Samples = field(default_factory=Samples)
    good: int = 0
    """Attempts that passed, and kept every declared target."""
    late_or_wrong: int = 0
    unjudged: Counter[Doubt] = field(default_factory=Counter)
    """Attempts that may have been either."""
    latency: Pairs = field(default_factory=lambda: Pairs(_total))
    first_token: Pairs = field(default_factory=lambda: Pairs(_first_token))

    def add_answered(self, attempt: AttemptJudgement) -> None:
        """An attempt of head with an answer."""
        self.first_tokens.add(attempt.first_token_ms, NO_TEXT)
        if attempt.gap_ms is not None:
            self.gaps.values.append(attempt.gap_ms)
        self.speeds.add(attempt.tokens_per_second, NO_TOKENS)
        if attempt.status is CaseStatus.UNMEASURED and attempt.in_time:
            self.unjudged[Doubt(attempt.fault, attempt.reason)] += 1
        elif attempt.status is CaseStatus.PASSED and attempt.in_time:
            self.good += 1
        else:
            self.late_or_wrong += 1

    def add_missing(self, doubt: Doubt, count: int = 1) -> None:
        """Attempts of head without an answer."""
        for samples in (self.first_tokens, self.gaps, self.speeds):
            samples.missing[doubt] += count
        if doubt.fault is Fault.CHANGE:
            self.late_or_wrong += count
        else:
            self.unjudged[doubt] += count

    def add_pair(self, case: CaseJudgement, repeats: int) -> None:
        """Head beside base, where base was asked."""
        if case.base is not None:
            self.latency.add(case.head, case.base, repeats)
            self.first_token.add(case.head, case.base, repeats)
