"""How often a gate would say no to a service that did not change. Pure.

A case passes an attempt with a probability of its own, which base's own attempts tell something of.
From it follows exactly how often the case turns red by chance alone, and from all of them how often
more cases do than the gate allows. Two numbers are told:

- *about*: every case taken at the share of base's attempts that passed;
- *at most*, at 95%: base showed itself unsteady in so many of its cases, so no more than a certain
  share of them is expected to (Clopper and Pearson), and whatever its probability, a case turns red
  no more often than it shows itself unsteady times a constant of the rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from gatekeeper.cases.reducers import Rule
from gatekeeper.model import Risk
from gatekeeper.statistics.intervals import at_least, highest_rate, loss_bounds

Tried = Mapping[Risk, Counter[tuple[int, int]]]
"""Risk -> (attempts of base that passed, that did not) -> number of cases."""
_GRID = [n / 400 for n in range(1, 400)] + [0.9999]
"""Probabilities at which the worst case is looked for."""
_LOUD = 0.5


class Turn(StrEnum):
    """What turns a case red for a gate."""

    FAILS = "fails"
    """Head does not pass it."""
    NEW = "new"
    """Base passes it and head does not."""
    FLIPS = "flips"
    """The same, and confirmed by extra attempts."""
    LOST = "lost"
    """The same as new, as a share of all cases."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How the cases of a run are asked."""

    rules: Mapping[Risk, Rule]
    confirmations: int


@dataclass(frozen=True, slots=True)
class Loudness:
    """How often an unchanged service would trip a gate, as a share of runs."""

    about: float
    most: float
    """At 95%; 1 where nothing is known."""
    flaky: int
    cases: int


def turns_red(turn: Turn, rule: Rule, confirmations: int, p: float) -> float:
    """Chance that a case turns red where either side passes an attempt with probability p."""
    passes = at_least(rule.needed, rule.repeats, p)
    if turn is Turn.FAILS:
        return 1.0 - passes
    red = passes * (1.0 - passes)
    if confirmations:
        again = at_least(rule.needed_of_extra(confirmations), confirmations, p)
        red *= again * (1.0 - again) if turn is Turn.FLIPS else again
    return red


def shows(turn: Turn, rule: Rule, p: float) -> float:
    """Chance that base's attempts tell of it: some pass and some do not, or (for `fails`) not all
    pass. Attempts are asked until their result is settled: by passes alone, by losses alone, or by
    both."""
    steady = p**rule.needed
    if turn is not Turn.FAILS:
        steady += (1.0 - p) ** (rule.repeats - rule.needed + 1)
    return max(1.0 - steady, 0.0)


def more_than(threshold: int, chances: Mapping[float, int]) -> float:
    """Chance that more than so many of independent events happen; chance -> number of events."""
    if threshold < 0:
        return 1.0
    counts = [1.0] + [0.0] * threshold
    for chance, number in chances.items():
        for _ in range(number if chance else 0):
            for k in range(threshold, 0, -1):
                counts[k] = counts[k] * (1.0 - chance) + counts[k - 1] * chance
            counts[0] *= 1.0 - chance
    return min(max(1.0 - sum(counts), 0.0), 1.0)


def how_loud(turn: Turn, threshold: int, tried: Tried, habit: Habit) -> Loudness | None:
    """Of a gate that trips when more than `threshold` cases turn red; None where base's attempts
    cannot tell: it was not asked, or each case only once."""
    chances: Counter[float] = Counter()
    cases = flaky = 0
    for risk, found in tried.items():
        for (passed, lost), number in found.items():
            red = turns_red(turn, habit.rules[risk], habit.confirmations, passed / (passed + lost))
            chances[red] += number
            cases += number
            if lost and (passed or turn is Turn.FAILS):
                flaky += number
    if not cases:
        return None
    rules = [habit.rules[risk] for risk, found in tried.items() if found]
    most = _most(turn, threshold, rules, habit.confirmations, highest_rate(flaky, cases) * cases)
    if most is None:
        return None
    about = more_than(threshold, chances)
    return Loudness(about, max(about, most), flaky, cases)


def _most(
    turn: Turn, threshold: int, rules: list[Rule], confirmations: int, shown: float
) -> float | None:
    """The most a gate may trip where no more than `shown` cases are expected to show themselves
    flaky; None where the rule never shows any."""
    worst = highest = 0.0
    for rule in set(rules):
        ratio, red = _worst(turn, rule, confirmations)
        if ratio is None:
            return None
        worst, highest = max(worst, ratio), max(highest, red)
    expected = worst * shown
    if threshold > 0:
        return min(expected / (threshold + 1), 1.0)  # Markov
    # Of a sum of chances one is likeliest to happen where the sum stands on as few as it can.
    whole = max(min(1.0, highest), 1e-12)
    return float(1.0 - (1.0 - whole) ** (expected / whole)) if threshold == 0 else 1.0


@lru_cache(maxsize=256)
def _worst(turn: Turn, rule: Rule, confirmations: int) -> tuple[float | None, float]:
    """The most that turning red is likelier than showing it, and the likeliest turning red."""
    if turn is not Turn.FAILS and rule.repeats == 1:
        return None, 0.0
    red: Callable[[float], float] = lambda p: turns_red(turn, rule, confirmations, p)  # noqa: E731
    points = [0.0, *_GRID] if turn is Turn.FAILS else _GRID
    return max(red(p) / max(shows(turn, rule, p), 1e-12) for p in points), max(map(red, points))


def allowed_losses(cases: int, margin: float) -> int:
    """The most cases that may be lost, none won, while a loss is proven to be within a margin; -1
    where even none is too few cases."""
    lost = -1
    while lost < cases and loss_bounds(lost + 1, 0, cases)[1] <= margin:
        lost += 1
    return lost


def in_words(loudness: Loudness | None, habit: Habit) -> str:
    """As a report says it."""
    if loudness is None:
        once = all(rule.repeats == 1 for rule in habit.rules.values())
        return "how often an unchanged service would trip it is not known: base was asked each " \
               "case once" if once else ""
    seen = f"(base unsteady in {loudness.flaky} of {loudness.cases} cases)"
    if loudness.most > _LOUD and not loudness.flaky:
        return ("too few cases or repeats to tell how often an unchanged service would trip it "
                f"{seen}")
    little = ", too little to tell" if loudness.most > _LOUD else ""
    return (f"an unchanged service would trip it in about {_percent(loudness.about)} of runs, at "
            f"most {_percent(loudness.most)}{little} {seen}")


def _percent(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0") + "%"
