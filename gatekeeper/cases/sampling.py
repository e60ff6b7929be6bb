"""Which attempt is worth its time: a case is asked again only while that can still change what
becomes of it. Pure.

1. A side is asked until its rule is settled, in batches that no outcome can make superfluous.
2. Then a case that looks like a regression is asked more on both sides, until that is settled too.
3. A side is asked all its repeats where something else counts them: a percentile needs its samples,
   and a reply that is held against base's may be like any of them.

Sampling looks at outcomes. Judging does not depend on it: what is settled stays settled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gatekeeper.cases.reducers import Rule, Score
from gatekeeper.checks.table import CHECKS
from gatekeeper.judging.case_judging import score_of
from gatekeeper.judging.measures import MEASURES
from gatekeeper.manifest.types import Gate
from gatekeeper.model import Case, Risk, Side
from gatekeeper.outcome import AttemptJudgement, CaseJudgement, CaseStatus, SideJudgement

NONE = range(0)
_AGAINST_BASE = "same-as-baseline"


def counted_in_full(gates: Mapping[str, Gate]) -> dict[Side, str]:
    """Sides of which every repeat counts, with the measure that counts them."""
    sides: dict[Side, str] = {}
    for gate in gates.values():
        for condition in gate.until:
            measure = MEASURES[condition.measure]
            if measure.samples:
                for side in (Side.HEAD,) if measure.side == "head" else tuple(Side):
                    sides.setdefault(side, measure.name)
    return sides


def leans_on_base(case: Case) -> bool:
    """Whether a reply to the case is held against base's replies."""
    return any(call.name == _AGAINST_BASE and call.name in CHECKS
               for requirement in case.requirements for call in requirement.alternatives)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How far the cases of a run are asked."""

    rules: Mapping[Risk, Rule]
    confirmations: int
    in_full: Mapping[Side, str]

    @property
    def looks(self) -> bool:
        """Whether what came can decide what is asked next."""
        return bool(self.confirmations) or any(rule.repeats > 1 for rule in self.rules.values())

    @property
    def words(self) -> str:
        """The stopping rule as the pack keeps it."""
        if all(rule.repeats == 1 for rule in self.rules.values()):
            return "every case was asked once on each side; flips were asked again"
        text = "a case was asked again only while that could still change its result"
        for side, measure in self.in_full.items():
            text += f"; {side} was asked in full for {measure}"
        return text

    def first(self, case: Case, side: Side) -> range:
        """Numbers of the attempts that a case is asked first."""
        rule = self.rules[case.risk]
        if self._in_full(case, side):
            return range(1, rule.repeats + 1)
        return range(1, max(Score(0, 0, 0, rule.repeats, rule.needed).more, 1) + 1)

    def _in_full(self, case: Case, side: Side) -> bool:
        return side in self.in_full or (side is Side.BASE and leans_on_base(case))

    def due(self, judged: CaseJudgement) -> dict[Side, range]:
        """Numbers of the attempts to ask for next, by side; none where nothing can change."""
        due = {side: self._regular(judged, side) for side in Side}
        if not any(due.values()):
            due = self._extra(judged)
        return {side: numbers for side, numbers in due.items() if numbers}

    def _regular(self, judged: CaseJudgement, side: Side) -> range:
        one = judged.head if side is Side.HEAD else judged.base
        if one is None or not one.attempts or one.status is CaseStatus.UNVERIFIED:
            return NONE
        rule = self.rules[judged.case.risk]
        asked = _within(one, rule)
        count = score_of(asked, rule.repeats, rule.needed).more
        if self._in_full(judged.case, side):
            count = rule.repeats - len(asked)
        last = max((attempt.number for attempt in asked), default=0)
        return range(last + 1, min(last + count, rule.repeats) + 1)

    def _extra(self, judged: CaseJudgement) -> dict[Side, range]:
        """Of a case that looks like a regression: until it is one, or is none."""
        rule = self.rules[judged.case.risk]
        if not self.confirmations or judged.base is None or not _looks_lost(judged, rule):
            return {}
        head, base = (_beyond(one, rule) for one in (judged.head, judged.base))
        needed = rule.needed_of_extra(self.confirmations)
        heads, bases = (score_of(one, self.confirmations, needed) for one in (head, base))
        if heads.result is True or bases.result is False:
            return {}
        return {side: _after(rule.repeats, extra, score.more)
                for side, extra, score in ((Side.HEAD, head, heads), (Side.BASE, base, bases))}


def _looks_lost(judged: CaseJudgement, rule: Rule) -> bool:
    """By the attempts that were due, base passes and head does not."""
    head, base = (score_of(_within(one, rule), rule.repeats, rule.needed).result if one else None
                  for one in (judged.head, judged.base))
    return base is True and head is False


def _within(side: SideJudgement, rule: Rule) -> list[AttemptJudgement]:
    return [attempt for attempt in side.attempts if attempt.number <= rule.repeats]


def _beyond(side: SideJudgement, rule: Rule) -> list[AttemptJudgement]:
    return [attempt for attempt in side.attempts if attempt.number > rule.repeats]


def _after(repeats: int, extra: list[AttemptJudgement], count: int) -> range:
    last = max((attempt.number for attempt in extra), default=repeats)
    return range(last + 1, last + 1 + count)
