"""How often an unchanged service trips a gate, against brute force over everything it may say."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.cases.reducers import Rule, Score
from gatekeeper.model import Risk
from gatekeeper.statistics.loudness import (
    Habit,
    Turn,
    allowed_losses,
    how_loud,
    in_words,
    more_than,
    shows,
    turns_red,
)

rules = st.builds(Rule, st.integers(1, 4), st.sampled_from(["all", "majority", "at-least-2"]))
chances = st.sampled_from([0.0, 0.05, 0.3, 0.5, 0.9, 1.0])


def weight(said: tuple[bool, ...], p: float) -> float:
    """Chance of a run of attempts."""
    total = 1.0
    for passed in said:
        total *= p if passed else 1 - p
    return total


def passes(said: tuple[bool, ...], needed: int) -> bool:
    """Whether enough of them passed."""
    return sum(said) >= needed


def red(turn: Turn, rule: Rule, extra: int, said: tuple[tuple[bool, ...], ...]) -> bool:
    """Whether a case turns red: base's and head's attempts, then the extra ones of both."""
    base, head, bases, heads = said
    lost = not passes(head, rule.needed)
    if turn is Turn.FAILS:
        return lost
    more = rule.needed_of_extra(extra)
    red = lost and passes(base, rule.needed) and (not extra or passes(bases, more))
    return red and (turn is not Turn.FLIPS or not extra or not passes(heads, more))


@given(st.sampled_from(list(Turn)), rules, st.integers(0, 2), chances)
@settings(max_examples=60, deadline=None)
def test_how_often_a_case_turns_red_by_chance(
    turn: Turn, rule: Rule, extra: int, p: float
) -> None:
    def runs(n: int) -> list[tuple[bool, ...]]:
        return list(product((True, False), repeat=n))

    brute = sum(
        weight(base + head + bases + heads, p)
        for base in runs(rule.repeats) for head in runs(rule.repeats)
        for bases in runs(extra) for heads in runs(extra)
        if red(turn, rule, extra, (base, head, bases, heads)))
    assert turns_red(turn, rule, extra, p) == pytest.approx(brute, abs=1e-9)


@given(st.sampled_from(list(Turn)), rules, chances)
@settings(deadline=None)
def test_how_often_base_shows_that_a_case_is_unsteady(turn: Turn, rule: Rule, p: float) -> None:
    brute = 0.0
    for said in product((True, False), repeat=rule.repeats):
        asked: tuple[bool, ...] = ()
        while more := Score(sum(asked), len(asked) - sum(asked), 0, rule.repeats,
                            rule.needed).more:
            asked = said[: len(asked) + more]
        mixed = not all(asked) and (any(asked) or turn is Turn.FAILS)
        brute += weight(said, p) * mixed
    assert shows(turn, rule, p) == pytest.approx(brute, abs=1e-9)


@given(st.lists(chances, max_size=6), st.integers(-1, 6))
def test_more_than_so_many_of_independent_events(given_chances: list[float], most: int) -> None:
    brute = sum(
        weight_of for said in product((True, False), repeat=len(given_chances))
        if sum(said) > most
        for weight_of in [_all(said, given_chances)])
    assert more_than(most, Counter(given_chances)) == pytest.approx(brute, abs=1e-9)


def _all(said: tuple[bool, ...], given_chances: list[float]) -> float:
    total = 1.0
    for happens, chance in zip(said, given_chances, strict=True):
        total *= chance if happens else 1 - chance
    return total


def habit(repeats: int = 3, confirmations: int = 2, reducer: str = "all") -> Habit:
    """One rule for every risk."""
    return Habit(dict.fromkeys(Risk, Rule(repeats, reducer)), confirmations)


def tried(*found: tuple[int, int, int]) -> dict[Risk, Counter[tuple[int, int]]]:
    """Passed, lost, number of cases."""
    return {Risk.FORMAT: Counter({(passed, lost): n for passed, lost, n in found})}


def test_a_steady_base_makes_a_quiet_gate_and_says_how_sure_that_is() -> None:
    loud = how_loud(Turn.FLIPS, 0, tried((3, 0, 33)), habit())
    assert loud is not None
    assert (loud.about, loud.flaky, loud.cases) == (0.0, 0, 33)
    assert 0.2 < loud.most < 0.6
    more = how_loud(Turn.FLIPS, 0, tried((10, 0, 33)), habit(10))
    assert more is not None
    assert more.most < loud.most


def test_a_case_that_base_fails_always_trips_a_gate_without_tolerance() -> None:
    loud = how_loud(Turn.FAILS, 0, tried((3, 0, 32), (0, 1, 1)), habit())
    assert loud is not None
    assert loud.about == 1.0


def test_a_case_that_base_always_fails_is_unsteady_for_failures_alone() -> None:
    found = tried((3, 0, 8), (2, 1, 1), (0, 1, 1))
    shown = {turn: how_loud(turn, 0, found, habit()) for turn in Turn}
    assert {turn: loud.flaky for turn, loud in shown.items() if loud} == {
        Turn.FAILS: 2, Turn.NEW: 1, Turn.FLIPS: 1, Turn.LOST: 1}


def test_a_confirmed_flip_is_quieter_than_one_that_is_not() -> None:
    flaky = tried((3, 0, 30), (2, 1, 3))
    confirmed, at_once = (how_loud(turn, 0, flaky, habit()) for turn in (Turn.FLIPS, Turn.NEW))
    unconfirmed = how_loud(Turn.FLIPS, 0, flaky, habit(confirmations=0))
    assert confirmed is not None
    assert at_once is not None
    assert unconfirmed is not None
    assert confirmed.about < at_once.about < unconfirmed.about


def test_of_cases_that_were_asked_once_no_flip_is_known() -> None:
    assert how_loud(Turn.FLIPS, 0, tried((1, 0, 33)), habit(1)) is None
    assert in_words(None, habit(1)) == ("how often an unchanged service would trip it is not "
                                        "known: base was asked each case once")
    assert how_loud(Turn.FLIPS, 0, {}, habit(3)) is None
    loud = how_loud(Turn.FAILS, 0, tried((1, 0, 33)), habit(1))
    assert in_words(loud, habit(1)) == (
        "too few cases or repeats to tell how often an unchanged service would trip it (base "
        "unsteady in 0 of 33 cases)")


def test_how_many_losses_a_margin_allows() -> None:
    assert [allowed_losses(149, 0.02), allowed_losses(148, 0.02), allowed_losses(1000, 0.02)] == [
        0, -1, 12]


@given(st.sampled_from(list(Turn)), st.integers(0, 3), rules.filter(lambda rule: rule.repeats > 1),
       st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)).filter(any), min_size=1,
                max_size=8))
@settings(deadline=None, max_examples=100)
def test_at_most_is_never_less_than_about(
    turn: Turn, most: int, rule: Rule, found: list[tuple[int, int]]
) -> None:
    one = Habit(dict.fromkeys(Risk, rule), 2)
    loud = how_loud(turn, most, {Risk.SAFETY: Counter(found)}, one)
    looser = how_loud(turn, most + 1, {Risk.SAFETY: Counter(found)}, one)
    assert loud is not None
    assert looser is not None
    assert 0 <= loud.about <= loud.most <= 1
    assert looser.about <= loud.about


@pytest.mark.parametrize(("steady", "p"), [(20, 0.9), (0, 0.95), (28, 0.6)])
def test_the_bound_holds_as_often_as_it_says(steady: int, p: float) -> None:
    """30 cases, some of them flaky: over every number that shows itself, the bound is too low for
    what really happens no more often than 1 time in 20."""
    rule = Rule(3, "all")
    cases = 30
    really = more_than(0, {turns_red(Turn.FLIPS, rule, 2, p): cases - steady})
    shown = shows(Turn.FLIPS, rule, p)
    wrong = 0.0
    for flaky in range(cases - steady + 1):
        loud = how_loud(Turn.FLIPS, 0, tried((3, 0, cases - flaky), (2, 1, flaky)), habit())
        assert loud is not None
        if loud.most < really:
            wrong += more_than(flaky - 1, {shown: cases - steady}) - more_than(
                flaky, {shown: cases - steady})
    assert wrong <= 0.05
