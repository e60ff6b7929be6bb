"""Case judgements folded into counts: what the measures read, in memory that does not grow.

A wrong answer, no answer and not asked are counted apart. Nothing is ever averaged.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from gatekeeper.model import CaseJudgement, CaseStatus, Doubt, Fault, Risk

UNKNOWN = (CaseStatus.ERROR, CaseStatus.SKIPPED, CaseStatus.UNMEASURED, CaseStatus.UNVERIFIED)
"""Statuses in which a case has neither passed nor failed."""

_IN_WORDS = {
    CaseStatus.ERROR: "no answer",
    CaseStatus.SKIPPED: "not asked",
    CaseStatus.UNMEASURED: "could not be compared",
    CaseStatus.UNVERIFIED: "held to nothing executable",
}


@dataclass(slots=True)
class Tally:
    """Counts over every case of the policy."""

    counts: dict[Risk, Counter[CaseStatus]] = field(
        default_factory=lambda: {risk: Counter() for risk in Risk}
    )
    new_failures: Counter[Risk] = field(default_factory=Counter)
    """Head fails and base, which has the case, does not."""
    regressions: int = 0
    """Confirmed flips."""
    compared: int = 0
    """Cases in which base passed all its attempts: the only ones that can regress."""
    doubts: dict[Risk, Counter[Doubt]] = field(
        default_factory=lambda: {risk: Counter() for risk in Risk}
    )
    """Why cases have neither passed nor failed on head."""
    base_doubts: dict[Risk, Counter[Doubt]] = field(
        default_factory=lambda: {risk: Counter() for risk in Risk}
    )
    """Why head's failures could not be compared with base."""
    latencies: array[float] = field(default_factory=lambda: array("d"))
    """Milliseconds of every answered attempt of head."""

    def add(self, case: CaseJudgement) -> None:
        """Count one case."""
        risk, head = case.case.risk, case.head
        self.counts[risk][head.status] += 1
        if head.status in UNKNOWN:
            reason = head.reason or _IN_WORDS[head.status]
            self.doubts[risk][Doubt(head.fault, reason)] += 1
        self._compare(case)
        self.latencies.extend(
            attempt.total_ms for attempt in head.attempts if attempt.total_ms is not None
        )

    def _compare(self, case: CaseJudgement) -> None:
        base, risk = case.base, case.case.risk
        failed = case.head.status in (CaseStatus.FAILED, CaseStatus.ERROR)
        if base is None or base.status is CaseStatus.PASSED:
            self.new_failures[risk] += failed
        elif base.status in UNKNOWN and base.fault is Fault.WORLD:
            reason = base.reason or _IN_WORDS[base.status]
            self.base_doubts[risk][Doubt(Fault.WORLD, f"base: {reason}")] += 1
        if base is not None and base.status is CaseStatus.PASSED:
            self.compared += 1
        self.regressions += case.flipped

    def total(self, *statuses: CaseStatus, risk: Risk | None = None) -> int:
        """Cases of a risk, or of all, with one of the statuses; with none given, all of them."""
        risks = [risk] if risk else list(Risk)
        wanted = statuses or tuple(CaseStatus)
        return sum(self.counts[one][status] for one in risks for status in wanted)


def tally(cases: Iterable[CaseJudgement]) -> Tally:
    """Fold a stream of judgements."""
    result = Tally()
    for case in cases:
        result.add(case)
    return result
