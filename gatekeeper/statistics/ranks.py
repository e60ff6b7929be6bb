"""Wilcoxon's signed ranks: an interval for the middle of differences of which no distribution is
assumed but that they scatter evenly. Pure.

Each end holds with 95 %: a gate decides in one direction at a time, so it passes what is beyond its
threshold, or blocks what is within it, at most 1 time in 20.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

ALPHA = 0.05
"""How often an end of an interval may lie on the wrong side of the truth."""
EXACT_PAIRS = 100
"""Pairs up to which the signed-rank distribution is counted out; beyond, the normal one is within
one rank of it."""
_Z = 1.6448536269514722
"""Normal quantile of 1 - ALPHA."""
_HALVINGS = 200


@lru_cache
def signed_rank(pairs: int) -> int:
    """Rank, from either end, of the Walsh average that bounds the middle of so many differences; 0
    where none does. From 5 pairs on there is one.

    Hollander, Wolfe, Chicken, Nonparametric Statistical Methods, 3.1 and 3.3: the largest k with
    P(T < k) <= ALPHA, T being Wilcoxon's signed-rank statistic with no difference."""
    most = pairs * (pairs + 1) // 2
    if pairs > EXACT_PAIRS:
        return int(most / 2 - _Z * math.sqrt(most * (2 * pairs + 1) / 12))
    ways = [1] + [0] * most
    for rank in range(1, pairs + 1):
        for total in range(most, rank - 1, -1):
            ways[total] += ways[total - rank]
    allowed, seen = ALPHA * 2**pairs, 0
    for total, count in enumerate(ways):
        seen += count
        if seen > allowed:
            return total
    return 0


def walsh_average(differences: Sequence[float], rank: int) -> float:
    """The rank-th smallest, from 1, of the means of all pairs of some differences, each with itself
    too. By halving: the n²/2 means are counted and never made."""
    ordered = sorted(differences)

    def at_most(value: float) -> int:
        count, j = 0, len(ordered) - 1
        for i, one in enumerate(ordered):
            while j >= i and (one + ordered[j]) / 2 > value:
                j -= 1
            if j < i:
                break
            count += j - i + 1
        return count

    low, high = ordered[0], ordered[-1]
    if at_most(low) >= rank:
        return low
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if at_most(middle) >= rank:
            high = middle
        else:
            low = middle
    return high
