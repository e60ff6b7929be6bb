"""Intervals against published tables and against counting everything out."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper import intervals
from gatekeeper.intervals import (
    least_share,
    most_share,
    perfect_samples,
    signed_rank,
    walsh_average,
)

CRITICAL = {5: 0, 6: 2, 7: 3, 8: 5, 9: 8, 10: 10, 11: 13, 12: 17, 13: 21, 14: 25, 15: 30, 16: 35,
            17: 41, 18: 47, 19: 53, 20: 60, 21: 67, 22: 75, 23: 83, 24: 91, 25: 100, 30: 151}
"""Wilcoxon's signed ranks, one-sided 0.05, as the textbooks print them."""


@pytest.mark.parametrize(("pairs", "critical"), CRITICAL.items())
def test_ranks_are_those_of_the_tables(pairs: int, critical: int) -> None:
    assert signed_rank(pairs) == critical + 1


@pytest.mark.parametrize("pairs", range(5))
def test_fewer_than_five_pairs_bound_nothing(pairs: int) -> None:
    assert signed_rank(pairs) == 0


@pytest.mark.parametrize("pairs", range(1, 13))
def test_ranks_are_those_of_counting_out(pairs: int) -> None:
    """Every way the signs can fall: how often the statistic is below the rank."""
    sums = [sum(rank for rank, sign in enumerate(signs, 1) if sign)
            for signs in itertools.product((False, True), repeat=pairs)]
    rank = signed_rank(pairs)
    assert sum(one < rank for one in sums) <= 0.05 * len(sums)
    assert sum(one <= rank for one in sums) > 0.05 * len(sums)


@pytest.mark.parametrize("pairs", [60, 80, 99, 100])
def test_beyond_what_is_counted_out_the_rank_is_off_by_one_at_most(
    pairs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = signed_rank(pairs)
    monkeypatch.setattr(intervals, "EXACT_PAIRS", 0)
    assert abs(signed_rank.__wrapped__(pairs) - exact) <= 1


numbers = st.lists(st.floats(-5, 5) | st.sampled_from([0.0, 1.0]), min_size=1, max_size=15)


@given(numbers, st.data())
@settings(max_examples=200)
def test_a_mean_is_that_of_making_them_all(values: list[float], data: st.DataObject) -> None:
    means = sorted((a + b) / 2 for a, b in itertools.combinations_with_replacement(values, 2))
    rank = data.draw(st.integers(1, len(means)))
    assert walsh_average(values, rank) == pytest.approx(means[rank - 1], abs=1e-9)


def test_equal_differences_have_no_width() -> None:
    assert walsh_average([0.25] * 9, 1) == walsh_average([0.25] * 9, 45) == 0.25


def exactly(good: int, total: int, share: float) -> float:
    return sum(math.comb(total, k) * share**k * (1 - share) ** (total - k)
               for k in range(good, total + 1))


@pytest.mark.parametrize(("good", "total", "least", "most"), [
    (0, 10, 0.0, 0.2589), (1, 10, 0.0051, 0.3942), (5, 10, 0.2224, 0.7776),
    (9, 10, 0.6058, 0.9949), (10, 10, 0.7411, 1.0), (20, 20, 0.8609, 1.0), (0, 30, 0.0, 0.0950),
])
def test_shares_are_those_of_the_tables(good: int, total: int, least: float, most: float) -> None:
    """Clopper and Pearson, two-sided 90 %."""
    assert least_share(good, total) == pytest.approx(least, abs=5e-5)
    assert most_share(good, total) == pytest.approx(most, abs=5e-5)


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))))
def test_at_its_end_a_share_shows_so_many_one_time_in_twenty(pair: tuple[int, int]) -> None:
    good, total = pair
    assert exactly(good, total, least_share(good, total)) == pytest.approx(0.05, abs=1e-6)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
@settings(max_examples=60)
def test_what_was_seen_lies_within(good: int, bad: int) -> None:
    total = good + bad
    if total:
        assert 0 <= least_share(good, total) <= good / total <= most_share(good, total) <= 1


@pytest.mark.parametrize(("share", "samples"), [(0.5, 5), (0.9, 29), (0.95, 59), (0.99, 299)])
def test_how_many_prove_a_share_where_all_are_good(share: float, samples: int) -> None:
    assert perfect_samples(share) == samples
    assert least_share(samples, samples) >= share > least_share(samples - 1, samples - 1)


def test_of_nothing_nothing_is_known() -> None:
    assert (least_share(0, 0), most_share(0, 0)) == (0.0, 1.0)
