"""Head against base, case by case: what the share of lost cases proves about the loss behind it.

A pair is a case that both sides decided. Base passing and head not is a loss, the reverse a gain; a
case of which a side is not known may be either. The loss is in percentage points of the pairs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from gatekeeper.model import Fault
from gatekeeper.outcome import CaseJudgement, CaseStatus, Doubt, Reading
from gatekeeper.statistics.intervals import highest_rate, loss_bounds, pairs_that_decide

WHOLE = 100.0


@dataclass(slots=True)
class Pairs:
    """Cases of one risk that both sides were asked, counted by what became of them."""

    same: int = 0
    lost: int = 0
    won: int = 0
    doubts: Counter[Doubt] = field(default_factory=Counter)
    """Cases of which it is not known, and why."""

    def add(self, case: CaseJudgement) -> None:
        """Count one case; where base was rightly not asked there is no pair."""
        head, base = case.head, case.base
        if base is None or head.status is CaseStatus.UNVERIFIED:
            return
        unknown = [Doubt(side.fault, name + (side.reason or f"{side.status}"))
                   for side, name in ((head, ""), (base, "base: ")) if side.is_unknown]
        if unknown:
            # The change's own doing is told first, and weighs more.
            self.doubts[min(unknown, key=lambda doubt: doubt.fault)] += 1
            return
        self.lost += head.is_loss and not base.is_loss
        self.won += base.is_loss and not head.is_loss
        self.same += head.is_loss == base.is_loss

    @property
    def decided(self) -> int:
        """Pairs of which it is known."""
        return self.same + self.lost + self.won


def together(parts: Iterable[Pairs]) -> Pairs:
    """The pairs of several risks as one."""
    total = Pairs()
    for one in parts:
        total = Pairs(total.same + one.same, total.lost + one.lost, total.won + one.won,
                      total.doubts + one.doubts)
    return total


def _down(share: float) -> float:
    return math.floor(share * WHOLE * 100 + 1e-6) / 100


def _up(share: float) -> float:
    return math.ceil(share * WHOLE * 100 - 1e-6) / 100


def read_loss(pairs: Pairs) -> Reading:
    """The loss with its exact interval, rounded outwards to a hundredth of a percentage point. What
    is not known may all be lost, or all be won."""
    unknown = pairs.doubts.total()
    number = pairs.decided + unknown
    low, _ = loss_bounds(pairs.lost, pairs.won + unknown, number)
    _, high = loss_bounds(pairs.lost + unknown, pairs.won, number)
    few = Doubt(Fault.WORLD, f"{number} cases tell it no closer")
    ordered = sorted(pairs.doubts.items(),
                     key=lambda item: (item[0].fault, -item[1], item[0].reason))
    doubts = (*(Doubt(doubt.fault, f"{n} × {doubt.reason}") for doubt, n in ordered), few)
    return Reading(_down(low), _up(high), doubts,
                   f"{pairs.lost} lost, {pairs.won} won of {pairs.decided} cases")


def would_decide(pairs: Pairs, margin: float) -> str:
    """How many pairs would decide whether the loss is within a margin, in percentage points."""
    if not pairs.decided:
        return ""
    number = pairs_that_decide(pairs.lost, pairs.won, pairs.decided, margin / WHOLE)
    if number is None:
        return f"the loss measured is {margin:g}% itself: no number of cases would decide"
    return f"at this rate about {max(number, pairs.decided + 1)} cases would decide"


def still_allows(failed: int, asked: int) -> str:
    """What no failure among so many cases still allows; empty where there was one."""
    if failed or not asked:
        return ""
    return f"up to {provable(asked):g}% could still fail at 95%"


def provable(cases: int) -> float:
    """The least share, in percent and rounded up to a tenth, that so many cases without a failure
    prove to be the most."""
    return math.ceil(highest_rate(0, cases) * 1000 - 1e-6) / 10
