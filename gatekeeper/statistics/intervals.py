"""Exact statistics of few trials: what a count proves about the rate behind it.

No normal approximation decides anything: with fewer than a few hundred trials it is far too sure of
itself (Bowyer, Aitchison and Ivanova 2025, arXiv 2503.01747). Every bound holds with at least the
confidence it is given, whatever the rate is. Sources, and what was measured:
docs/design/0009-statistics.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

ALPHA = 0.05
"""Chance that a bound is wrong; each side of an interval has its own."""
_Z = 1.6448536269514722
"""95th percentile of the normal distribution; it orders tables, and no bound rests on it."""
_TINY = 1e-12
_FEW = 150
"""Cases up to which it is told exactly how many would decide; of more a score interval tells it
well enough."""
_MOST = 10**6
"""Cases beyond which no number is named."""


def pmf(k: int, n: int, p: float) -> float:
    """Probability of exactly k of n, each with probability p."""
    if not 0 <= k <= n:
        return 0.0
    if p in (0.0, 1.0):
        return float(k == (n if p else 0))
    log = (math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
           + k * math.log(p) + (n - k) * math.log1p(-p))
    return math.exp(log)


def at_most(k: int, n: int, p: float) -> float:
    """Probability of at most k of n, each with probability p."""
    if k < 0:
        return 0.0
    if k >= n or p <= 0.0:
        return 1.0
    if p >= 1.0:
        return 0.0
    if k < n * p:
        return _sum_down(k, n, p)
    return max(1.0 - _sum_down(n - k - 1, n, 1.0 - p), 0.0)


def _sum_down(k: int, n: int, p: float) -> float:
    """The terms from k down to 0, until they no longer matter."""
    term = total = pmf(k, n, p)
    odds = (1.0 - p) / p
    for j in range(k, 0, -1):
        term *= j / (n - j + 1) * odds
        total += term
        if term < _TINY * total:
            break
    return min(total, 1.0)


def at_least(k: int, n: int, p: float) -> float:
    """Probability of at least k of n, each with probability p."""
    return at_most(n - k, n, 1.0 - p)


def highest_rate(k: int, n: int, alpha: float = ALPHA) -> float:
    """Upper bound of the rate behind k of n (Clopper and Pearson 1934); of 0 of n about 3 / n, the
    rule of three."""
    if k >= n:
        return 1.0
    if k == 0:
        return float(1.0 - alpha ** (1.0 / n))
    return _cross(lambda p: at_most(k, n, p) > alpha)


def lowest_rate(k: int, n: int, alpha: float = ALPHA) -> float:
    """Lower bound of the rate behind k of n."""
    return 1.0 - highest_rate(n - k, n, alpha) if k else 0.0


def _cross(holds: Callable[[float], bool], low: float = 0.0, high: float = 1.0) -> float:
    """Where a condition that holds at first stops holding; never before that."""
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return high


# Loss: the share of pairs in which base passes and head does not, less the reverse.


def loss_bounds(lost: int, won: int, pairs: int) -> tuple[float, float]:
    """Lower and upper bound of the loss behind so many pairs lost and won, each with confidence
    1 - ALPHA. From -1 to 1.

    Exact and unconditional: the upper bound is the largest loss under which a result that speaks as
    well for head as this one, or better, has a chance of ALPHA or more, whatever share of the pairs
    is won (Buehler 1957; Lloyd and Moldovan 2007). How well a result speaks is told by the interval
    of Agresti and Min 2005.
    """
    if not pairs:
        return -1.0, 1.0
    return -_highest_loss(won, lost, pairs), _highest_loss(lost, won, pairs)


def _standing(lost: float, won: float, pairs: float) -> float:
    """The upper limit of Agresti and Min, times pairs + 2: the lower, the better for head."""
    spread = lost + won + 1.0 - (lost - won) ** 2 / (pairs + 2.0)
    return lost - won + _Z * math.sqrt(max(spread, 0.0))


def as_good(lost: int, won: int, pairs: int) -> list[int]:
    """For every number of pairs won: the most that may be lost in a result that speaks as well for
    head. Never falls, so that the region's chance falls with what is lost and grows with what is
    won."""
    limit, most, most_lost = _standing(lost, won, pairs) + 1e-9, [], -1
    for one in range(pairs + 1):
        while most_lost < pairs and _standing(most_lost + 1, one, pairs) <= limit:
            most_lost += 1
        most.append(most_lost)
    return most


def chance(most: list[int], loses: float, wins: float) -> float:
    """Chance of a result within a region, where a pair is lost and won with these probabilities.
    What is too rare to be added up counts as within."""
    pairs = len(most) - 1
    rest = 1.0 - wins
    share = min(loses / rest, 1.0) if rest > 0 else 0.0
    spread = 8.0 * math.sqrt(pairs * wins * rest) + 12.0
    first = max(math.floor(pairs * wins - spread), 0)
    last = min(math.ceil(pairs * wins + spread), pairs)
    total = seen = 0.0
    for won in range(first, last + 1):
        weight = pmf(won, pairs, wins)
        seen += weight
        if weight > _TINY:
            total += weight * at_most(most[won], pairs - won, share)
    return total + max(1.0 - seen, 0.0)


@lru_cache(maxsize=4096)
def _highest_loss(lost: int, won: int, pairs: int) -> float:
    most = as_good(lost, won, pairs)
    steps = max(40, math.ceil(3 * math.sqrt(pairs)))
    # Where every pair is lost or won the chance grows with what is won: the corner by itself.
    at = 1.0 - _cross(lambda p: chance(most, p, 1.0 - p) > ALPHA)
    best = 1.0 - 2.0 * at
    for step in range(steps):
        best, at = _better(most, (step / steps) ** 2, best, at)
    width = (2.0 * math.sqrt(at) + 1.0 / steps) / steps
    for _ in range(4):  # ever closer to where it is largest
        middle, width = at, width / 3
        for step in range(-6, 7):
            best, at = _better(most, min(max(middle + width * step / 2, 0.0), 1.0), best, at)
    return best


def _better(most: list[int], wins: float, best: float, at: float) -> tuple[float, float]:
    """The larger loss, and the share won under which it is still thinkable."""
    start = max(wins + best + 1e-7, 0.0)
    if start > 1.0 - wins or chance(most, start, wins) <= ALPHA:
        return best, at
    loses = _cross(lambda p: chance(most, p, wins) > ALPHA, start, 1.0 - wins)
    return loses - wins, wins


def cases_for_margin(margin: float) -> int:
    """The fewest pairs of which none is lost or won that prove a loss of at most `margin`."""
    pairs = max(math.ceil(math.log(ALPHA) / math.log1p(-margin)) - 1, 1)
    while highest_rate(0, pairs) > margin:
        pairs += 1
    return pairs


def _about_highest(lost: float, won: float) -> float:
    """Upper limit of what is lost, less what is won: Wilson's score interval, for counts."""
    turned = lost + won
    shift = _Z**2 / 2 * ((lost - won) / turned if turned else 1.0)
    return lost - won + shift + _Z * math.sqrt(turned + _Z**2 / 4)


def pairs_that_decide(lost: int, won: int, pairs: int, margin: float) -> int | None:
    """About how many pairs would decide, were they lost and won at the same rate; None where no
    number up to a million would: the loss is at the margin itself."""
    if not lost and not won:
        return cases_for_margin(margin)
    within = lost - won <= margin * pairs

    one, other = (lost, won) if within else (won, lost)

    def decides(number: int) -> bool:
        grown = number / pairs
        if number <= _FEW:
            limit = _highest_loss(math.ceil(one * grown), math.floor(other * grown), number)
        else:
            limit = _about_highest(one * grown, other * grown) / number
        return limit <= margin if within else -limit > margin

    low, high = pairs, pairs + 1
    while not decides(high):
        low, high = high, high * 2
        if high > _MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if decides(middle) else (middle, high)
    return high
