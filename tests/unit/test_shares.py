"""Bounds of a share against published tables and against counting everything out."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.shares import least_share, most_share, perfect_samples


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
