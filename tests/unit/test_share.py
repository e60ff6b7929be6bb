"""Shares of the cases, and the order in which a budget spends itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.cases.order import by_worth
from gatekeeper.cases.share import MAX_SHARDS, Shard, read_shard, shard_of
from gatekeeper.judging.case_judging import LEFT_OUT
from gatekeeper.judging.unreached import Unreached
from gatekeeper.model import Fault, Risk
from gatekeeper.outcome import CaseStatus, SideJudgement
from tests.support.builders import PASSED, attempt, judged
from tests.support.make import make_case

ids = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


@given(ids, st.integers(1, MAX_SHARDS))
def test_every_case_is_in_one_shard_and_its_versions_in_the_same(case_id: str, of: int) -> None:
    held = [n for n in range(1, of + 1) if Shard(n, of).holds(case_id)]
    assert held == [shard_of(case_id, of)]
    own = case_id.partition("@")[0]
    assert shard_of(f"{own}@base", of) == shard_of(f"{own}@head", of) == shard_of(own, of)


def test_the_share_is_the_same_on_every_machine() -> None:
    """These numbers may never change: packs of two versions would not fit together."""
    assert [shard_of(f"case_{n:02}", 8) for n in range(10)] == [6, 2, 3, 6, 5, 6, 5, 7, 2, 1]


def test_shares_are_about_as_large_as_each_other() -> None:
    sizes = Counter(shard_of(f"case-{n}", 8) for n in range(8000))
    assert len(sizes) == 8
    assert 850 < min(sizes.values()) <= max(sizes.values()) < 1150


@given(st.integers(1, MAX_SHARDS), st.data())
def test_a_shard_is_read_as_it_is_written(of: int, data: st.DataObject) -> None:
    shard = Shard(data.draw(st.integers(1, of)), of)
    assert read_shard(str(shard)) == shard


@pytest.mark.parametrize("text", ["", "/", "1/", "/8", "0/8", "9/8", "1/257", "+1/8", "1/8/8",
                                  "1.0/8", "¹/8", "1/99999999"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="shard"):
        read_shard(text)


def test_changed_rows_come_first_and_then_the_gravest_risk() -> None:
    cases = [make_case("p", Risk.PERFORMANCE), make_case("s", Risk.SAFETY),
             make_case("f1"), make_case("e@base", Risk.PERFORMANCE),
             replace(make_case("n", Risk.REGRESSION), added=True), make_case("f2")]
    assert [case.case_id for case in by_worth(cases)] == ["n", "e@base", "s", "f1", "f2", "p"]


def skipped(reason: str, attempts: int = 0) -> SideJudgement:
    """A side that was not asked, or not often enough."""
    made = tuple(attempt(status="passed", number=n + 1) for n in range(attempts))
    return SideJudgement(CaseStatus.SKIPPED, made, reason, Fault.WORLD)


def test_what_was_not_reached_is_counted_and_named() -> None:
    unreached = Unreached()
    for n in range(5):
        unreached.add(judged(f"c{n}", skipped("not asked: the budget of 1s was spent")))
    unreached.add(judged("once", skipped("asked 1 of 3 times", attempts=1)))
    unreached.add(judged("passed", PASSED))
    unreached.add(judged("another shard's", skipped(LEFT_OUT)))
    assert unreached.words("the budget of 1s") == (
        "the budget of 1s was spent: 5 of 7 cases were not asked (c0, c1, c2, …), 1 was asked "
        "fewer times than due")
