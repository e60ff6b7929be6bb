"""From attempts to one result, and how many of them it takes."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.cases.reducers import ALL, MAJORITY, Rule, Score, asks_for, is_easier, is_reducer
from gatekeeper.cases.sampling import Sampling, counted_in_full
from gatekeeper.judging.conditions import Condition
from gatekeeper.model import Risk, Side
from tests.support.make import make_case, make_condition, make_gate

REDUCERS = (ALL, MAJORITY, "at-least-1", "at-least-2", "at-least-3")


def score(said: str, rule: Rule) -> Score:
    """Attempts as letters: passed, lost, unknown."""
    return Score(said.count("p"), said.count("l"), said.count("u"), rule.repeats, rule.needed)


@pytest.mark.parametrize(
    ("reducer", "needed", "of_extra"),
    [(ALL, [1, 2, 3, 4, 5], [1, 2, 3]), (MAJORITY, [1, 2, 2, 3, 3], [1, 2, 2]),
     ("at-least-2", [1, 2, 2, 2, 2], [1, 1, 2])],
)
def test_how_many_must_pass(reducer: str, needed: list[int], of_extra: list[int]) -> None:
    assert [Rule(n, reducer).needed for n in range(1, 6)] == needed
    assert [Rule(5, reducer).needed_of_extra(n) for n in range(1, 4)] == of_extra


@pytest.mark.parametrize("word", ["", "any", "All", "at-least-0", "at-least-", "at-least-2.5",
                                  "at-least--1", "at-least-02", "at-least-99999"])
def test_what_is_no_reducer(word: str) -> None:
    assert not is_reducer(word)


def test_what_asks_for_less_whatever_the_number_of_attempts() -> None:
    pairs = {(one, other) for one, other in product(REDUCERS, REDUCERS) if is_easier(one, other)}
    for one, other in pairs:
        assert all(Rule(n, one).needed <= Rule(n, other).needed for n in range(1, 30))
    assert (MAJORITY, ALL) in pairs
    assert ("at-least-2", "at-least-3") in pairs
    assert ("at-least-2", MAJORITY) not in pairs
    assert asks_for("at-least-12") == 12


rules = st.builds(Rule, st.integers(1, 6), st.sampled_from(REDUCERS))


@given(rules, st.text("plu", min_size=6, max_size=6))
def test_what_is_not_asked_could_have_changed_nothing(rule: Rule, outcomes: str) -> None:
    """Whatever comes, stopping early reaches what asking all of them would have."""
    asked = outcomes[: max(score("", rule).more, 1)]
    while more := score(asked, rule).more:
        asked = outcomes[: len(asked) + more]
    whole = outcomes[: rule.repeats]
    assert len(asked) <= rule.repeats
    assert score(asked, rule).result == score(whole, rule).result


@given(rules, st.text("plu", max_size=5))
def test_no_batch_holds_an_attempt_that_was_not_needed(rule: Rule, said: str) -> None:
    now = score(said[: rule.repeats], rule)
    if now.more > 1:
        for outcomes in product("plu", repeat=now.more - 1):
            assert score(said + "".join(outcomes), rule).result is None


@given(rules, st.text("plu", min_size=6, max_size=6), st.integers(0, 5))
def test_a_loss_in_place_of_a_pass_never_helps(rule: Rule, outcomes: str, place: int) -> None:
    order = [False, None, True]
    before = outcomes[: rule.repeats]
    for worse in "lu":
        after = (outcomes[:place] + worse + outcomes[place + 1 :])[: rule.repeats]
        if outcomes[place] == "p":
            assert order.index(score(after, rule).result) <= order.index(score(before, rule).result)


@given(rules, st.text("pl", min_size=6, max_size=6))
def test_what_passes_by_all_passes_by_every_reducer(rule: Rule, outcomes: str) -> None:
    said = outcomes[: rule.repeats]
    if score(said, Rule(rule.repeats, ALL)).result:
        assert score(said, rule).result
    if not score(said, rule).result:
        assert not score(said, Rule(rule.repeats, ALL)).result


def sampling(repeats: int, reducer: str, *conditions: str) -> Sampling:
    """A sampling under a gate."""
    gates = {"share": make_gate(*conditions)} if conditions else {}
    return Sampling(dict.fromkeys(Risk, Rule(repeats, reducer)), 2, counted_in_full(gates))


@pytest.mark.parametrize(
    ("reducer", "repeats", "first"),
    [(ALL, 3, 1), (MAJORITY, 3, 2), (MAJORITY, 5, 3), ("at-least-4", 5, 2), ("at-least-1", 3, 1)],
)
def test_a_case_is_first_asked_as_often_as_any_outcome_needs(
    reducer: str, repeats: int, first: int
) -> None:
    made = sampling(repeats, reducer, "failures == 0")
    assert made.first(make_case(), Side.HEAD) == range(1, first + 1)


def test_a_percentile_gets_its_samples() -> None:
    made = sampling(59, ALL, "latency.p95 <= 2s")
    assert made.first(make_case(), Side.HEAD) == range(1, 60)
    assert made.first(make_case(), Side.BASE) == range(1, 2)
    assert made.words.endswith("head was asked in full for latency.p95")


def test_a_reply_that_is_held_against_base_may_be_like_any_of_bases() -> None:
    case = make_case("c1", Risk.REGRESSION, "same-as-baseline")
    made = sampling(3, MAJORITY, "failures == 0")
    assert made.first(case, Side.BASE) == range(1, 4)
    assert made.first(case, Side.HEAD) == range(1, 3)


def test_a_condition_without_samples_counts_nothing_in_full() -> None:
    condition = make_condition("failures == 0")
    assert isinstance(condition, Condition)
    assert counted_in_full({"share": make_gate("failures == 0", "smoke.passed")}) == {}
