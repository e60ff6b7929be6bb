"""Signed ranks against published tables and against counting everything out."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.statistics import ranks
from gatekeeper.statistics.ranks import signed_rank, walsh_average

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
    monkeypatch.setattr(ranks, "EXACT_PAIRS", 0)
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
