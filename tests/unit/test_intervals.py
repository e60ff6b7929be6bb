"""Exact statistics against brute force: sums over every table there is."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.statistics.intervals import (
    ALPHA,
    as_good,
    at_least,
    at_most,
    cases_for_margin,
    chance,
    highest_rate,
    loss_bounds,
    lowest_rate,
    pairs_that_decide,
    pmf,
)

rates = st.sampled_from([0.0, 1e-6, 0.01, 0.05, 0.2, 0.5, 0.73, 0.99, 1.0])


def exactly(k: int, n: int, p: float) -> Fraction:
    """A binomial probability without rounding."""
    share = Fraction(p)
    return math.comb(n, k) * share**k * (1 - share) ** (n - k)


@given(st.integers(0, 40), st.data(), rates)
@settings(max_examples=200, deadline=None)
def test_binomial_sums(n: int, data: st.DataObject, p: float) -> None:
    k = data.draw(st.integers(-1, n + 1))
    below = sum((exactly(i, n, p) for i in range(min(k, n) + 1)), Fraction(0))
    assert at_most(k, n, p) == pytest.approx(float(below), rel=1e-9, abs=1e-12)
    above = sum((exactly(i, n, p) for i in range(max(k, 0), n + 1)), Fraction(0))
    assert at_least(k, n, p) == pytest.approx(float(above), rel=1e-9, abs=1e-12)
    if 0 <= k <= n:
        assert pmf(k, n, p) == pytest.approx(float(exactly(k, n, p)), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(0, 40, 0.0, 0.0722), (0, 20, 0.0, 0.1391), (1, 40, 0.0013, 0.1132), (40, 40, 0.9278, 1.0),
     (5, 10, 0.2224, 0.7776)],
)
def test_what_a_count_proves(k: int, n: int, low: float, high: float) -> None:
    """Clopper and Pearson, one-sided; the values are those of tables of the beta distribution."""
    assert (round(lowest_rate(k, n), 4), round(highest_rate(k, n), 4)) == (low, high)


@given(st.integers(1, 60), rates)
@settings(max_examples=100, deadline=None)
def test_a_bound_is_wrong_no_more_often_than_it_says(n: int, p: float) -> None:
    wrong_high = sum(pmf(k, n, p) for k in range(n + 1) if highest_rate(k, n) < p - 1e-9)
    wrong_low = sum(pmf(k, n, p) for k in range(n + 1) if lowest_rate(k, n) > p + 1e-9)
    assert wrong_high <= ALPHA + 1e-9
    assert wrong_low <= ALPHA + 1e-9


def table_chance(lost: int, won: int, pairs: int, loses: float, wins: float) -> float:
    """Probability of one result."""
    same = pairs - lost - won
    ways = math.comb(pairs, lost) * math.comb(pairs - lost, won)
    return float(ways * loses**lost * wins**won * max(1 - loses - wins, 0.0) ** same)


def tables(pairs: int) -> list[tuple[int, int]]:
    """Every result there can be."""
    return [(lost, won) for lost in range(pairs + 1) for won in range(pairs + 1 - lost)]


SHARES = [(loses / 20, wins / 20) for loses in range(21) for wins in range(21 - loses)]
RARE = [(loses / 200, wins / 200) for loses in range(0, 21, 2) for wins in range(0, 21, 2)]


@pytest.mark.parametrize("pairs", [1, 2, 3, 5, 8, 13])
def test_the_loss_is_within_its_bounds_as_often_as_they_say(pairs: int) -> None:
    """Exact: over every result, for every pair of shares on a grid."""
    bounds = {table: loss_bounds(*table, pairs) for table in tables(pairs)}
    for loses, wins in SHARES + RARE:
        loss = loses - wins
        above = sum(table_chance(*table, pairs, loses, wins)
                    for table, (_, high) in bounds.items() if high < loss - 1e-6)
        below = sum(table_chance(*table, pairs, loses, wins)
                    for table, (low, _) in bounds.items() if low > loss + 1e-6)
        assert above <= ALPHA + 1e-4
        assert below <= ALPHA + 1e-4


@given(st.integers(1, 12), st.data(), st.integers(0, 20), st.integers(0, 20))
@settings(max_examples=60, deadline=None)
def test_the_chance_of_a_region_is_the_sum_over_its_tables(
    pairs: int, data: st.DataObject, loses: int, wins: int
) -> None:
    lost = data.draw(st.integers(0, pairs))
    won = data.draw(st.integers(0, pairs - lost))
    region = as_good(lost, won, pairs)
    assert region[won] >= lost
    assert region == sorted(region)
    shares = (loses / 40, wins / 40)
    brute = sum(table_chance(one, other, pairs, *shares) for one, other in tables(pairs)
                if one <= region[other])
    assert chance(region, *shares) == pytest.approx(brute, abs=1e-9)


@given(st.integers(1, 60), st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_lost_raises_both_bounds_and_what_is_won_lowers_them(
    pairs: int, data: st.DataObject
) -> None:
    lost = data.draw(st.integers(0, pairs - 1))
    won = data.draw(st.integers(0, pairs - 1 - lost))
    low, high = loss_bounds(lost, won, pairs)
    worse, better = loss_bounds(lost + 1, won, pairs), loss_bounds(lost, won + 1, pairs)
    assert -1 <= low <= (lost - won) / pairs <= high <= 1
    assert low <= worse[0] + 1e-4
    assert high <= worse[1] + 1e-4
    assert better[1] <= high + 1e-4
    assert better[0] <= low + 1e-4


def test_the_bounds_are_each_others_mirror() -> None:
    for lost, won in tables(12):
        low, high = loss_bounds(lost, won, 12)
        assert loss_bounds(won, lost, 12) == (-high, -low)


@pytest.mark.parametrize("pairs", [5, 40, 149, 1000])
def test_nothing_lost_proves_what_the_rule_of_three_says(pairs: int) -> None:
    assert loss_bounds(0, 0, pairs)[1] == pytest.approx(highest_rate(0, pairs), abs=1e-6)


def test_no_pairs_prove_nothing() -> None:
    assert loss_bounds(0, 0, 0) == (-1.0, 1.0)


@pytest.mark.parametrize(("margin", "pairs"), [(0.5, 5), (0.1, 29), (0.05, 59), (0.02, 149),
                                               (0.01, 299)])
def test_how_many_cases_a_margin_needs(margin: float, pairs: int) -> None:
    assert cases_for_margin(margin) == pairs
    assert highest_rate(0, pairs) <= margin < highest_rate(0, pairs - 1)


def test_how_many_would_decide() -> None:
    assert pairs_that_decide(0, 0, 5, 0.02) == 149
    assert pairs_that_decide(3, 0, 150, 0.02) is None  # it is at the margin itself
    within, beyond = pairs_that_decide(1, 0, 90, 0.05), pairs_that_decide(5, 0, 60, 0.05)
    assert within is not None
    assert beyond is not None
    assert loss_bounds(math.ceil(within / 90), 0, within)[1] <= 0.05
    assert loss_bounds(round(beyond / 12), 0, beyond)[0] == pytest.approx(0.05, abs=0.006)
