"""Case judgements folded into counts: what the measures read, in memory that does not grow.

A wrong answer, no answer and not asked are counted apart. Nothing is ever averaged.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from gatekeeper.model import Fault, Risk
from gatekeeper.outcome import UNKNOWN, CaseJudgement, CaseStatus, Doubt, SideJudgement
from gatekeeper.statistics.paired import Pairs
from gatekeeper.statistics.times import Times

ANSWERED = (CaseStatus.PASSED, CaseStatus.FAILED, CaseStatus.UNMEASURED)
_IN_WORDS = {
    CaseStatus.ERROR: "no answer",
    CaseStatus.SKIPPED: "not asked",
    CaseStatus.UNMEASURED: "could not be compared",
    CaseStatus.UNVERIFIED: "held to nothing executable",
}


@dataclass(slots=True)
class Tally:
    """Counts over every case of the policy."""

    whole: bool = False
    """Cases that head adds count everywhere: what head itself adds to the gates is read so."""
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
    undecided_pairs: Counter[Risk] = field(default_factory=Counter)
    """Cases of which it is not known whether head lost what base passes."""
    pair_doubts: dict[Risk, Counter[Doubt]] = field(
        default_factory=lambda: {risk: Counter() for risk in Risk}
    )
    """Why it is not known."""
    pairs: dict[Risk, Pairs] = field(default_factory=lambda: {risk: Pairs() for risk in Risk})
    """Cases by what became of them on both sides; those that head adds dilute no share."""
    tried: dict[Risk, Counter[tuple[int, int]]] = field(
        default_factory=lambda: {risk: Counter() for risk in Risk}
    )
    """Attempts of base that passed and that did not, of the ones that were due -> cases."""
    latencies: array[float] = field(default_factory=lambda: array("d"))
    """Milliseconds of every answered attempt of head. Cases that head adds are not among them: a
    hundred quick ones would hide a slow service."""
    untimed: Counter[Doubt] = field(default_factory=Counter)
    """Attempts of head without an answer, and why: a percentile without them would flatter."""
    times: Times = field(default_factory=Times)
    """Everything else that was timed, of the same attempts."""
    answered: int = 0
    """Cases with an answer; those that head adds are not counted here either."""

    def add(self, case: CaseJudgement, repeats: int = 1) -> None:
        """Count one case, of which so many attempts were due on head."""
        risk, head = case.case.risk, case.head
        self.counts[risk][case.counted] += 1
        if case.counted in UNKNOWN:
            reason = head.reason or _IN_WORDS[head.status]
            self.doubts[risk][Doubt(head.fault, reason)] += 1
        if case.counted is not CaseStatus.WAIVED:
            self._compare(case)
        if self.whole or not case.case.head_only:
            if case.counted is not CaseStatus.WAIVED:
                self.pairs[risk].add(case)
                self._try(case, repeats)
            self.answered += case.counted in ANSWERED
            self._time(head, repeats)
            self.times.add_pair(case, repeats)

    def _time(self, head: SideJudgement, repeats: int) -> None:
        """Of the attempts that were due; those that confirm a flip are no sample of anything."""
        regular = [attempt for attempt in head.attempts if attempt.number <= repeats]
        owing = max(repeats - len(regular), 0)
        for attempt in regular:
            if attempt.total_ms is not None:
                self.latencies.append(attempt.total_ms)
                self.times.add_answered(attempt)
            else:
                doubt = Doubt(attempt.fault, attempt.reason or _IN_WORDS[attempt.status])
                self.untimed[doubt] += 1
                self.times.add_missing(doubt)
        if owing:
            settled = head.status in (CaseStatus.PASSED, CaseStatus.FAILED)
            reason = head.reason or _IN_WORDS[CaseStatus.SKIPPED]
            doubt = Doubt(Fault.WORLD if settled else head.fault, reason)
            self.untimed[doubt] += owing
            self.times.add_missing(doubt, owing)

    def _try(self, case: CaseJudgement, repeats: int) -> None:
        due = [one for one in (case.base.attempts if case.base else ()) if one.number <= repeats]
        passed = sum(one.status is CaseStatus.PASSED for one in due)
        lost = sum(one.is_loss for one in due)
        if passed + lost:
            self.tried[case.case.risk][(passed, lost)] += 1

    def _compare(self, case: CaseJudgement) -> None:
        base, head, risk = case.base, case.head, case.case.risk
        passes = base is not None and base.status is CaseStatus.PASSED
        self.compared += passes
        self.regressions += case.flipped
        if head.is_loss and (base is None or passes):
            self.new_failures[risk] += 1
        unknown = self._unknown_side(case)
        if unknown is not None:
            side, name = unknown
            self.undecided_pairs[risk] += 1
            reason = name + (side.reason or _IN_WORDS[side.status])
            self.pair_doubts[risk][Doubt(side.fault, reason)] += 1

    @staticmethod
    def _unknown_side(case: CaseJudgement) -> tuple[SideJudgement, str] | None:
        """The side that keeps it from being known whether head lost what base passes."""
        head, base = case.head, case.base
        if head.is_unknown and not (base is not None and base.is_loss):
            return head, ""
        if base is not None and base.is_unknown and head.is_loss:
            return base, "base: "
        return None

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
