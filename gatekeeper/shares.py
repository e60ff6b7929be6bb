"""What so many good ones of so many prove about their share in general: exact bounds. Pure."""

from __future__ import annotations

import math
from functools import lru_cache

from gatekeeper.ranks import ALPHA

_HALVINGS = 200
_NOTHING = 1e-18


def _tail(good: int, total: int, share: float) -> float:
    """P(at least `good` of `total`) where each is good with probability `share`."""
    if share in (0.0, 1.0) or good <= 0:
        return float(good <= 0 or share == 1.0)
    first = (math.lgamma(total + 1) - math.lgamma(good + 1) - math.lgamma(total - good + 1)
             + good * math.log(share) + (total - good) * math.log1p(-share))
    terms = term = 1.0
    for k in range(good, total):
        term *= (total - k) / (k + 1) * share / (1 - share)
        terms += term
        if term < terms * _NOTHING:
            break
    return math.exp(first + math.log(terms))


@lru_cache
def least_share(good: int, total: int) -> float:
    """The least share of good ones in general that may well show so many: P(at least `good`) is
    ALPHA there. Clopper and Pearson, Biometrika 26 (1934), one end."""
    low, high = 0.0, 1.0 if total else 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if _tail(good, total, middle) < ALPHA else (low, middle)
    return low if good else 0.0


def most_share(good: int, total: int) -> float:
    """The greatest share of good ones that may well show so many."""
    return 1 - least_share(total - good, total)


def perfect_samples(share: float) -> int:
    """How many there must be, all of them good, to prove at least that share (below 1)."""
    return math.ceil(math.log(ALPHA) / math.log(share)) if share > 0 else 1
