"""Gates over readings: open on proof only."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.cases.reducers import Rule
from gatekeeper.judging.gates import judge_condition, judge_gates
from gatekeeper.judging.measures import MEASURES, Fact
from gatekeeper.model import Fault, Risk
from gatekeeper.outcome import Doubt, GateState, Reading
from gatekeeper.statistics.loudness import Habit
from tests.support.make import WORDS, judged_gate, make_condition, make_facts, make_gate

OPEN, CLOSED, UNDECIDED = GateState.OPEN, GateState.CLOSED, GateState.UNDECIDED
ORDER = [OPEN, UNDECIDED, CLOSED]


@pytest.mark.parametrize(
    ("words", "base", "condition", "state", "shown"),
    [
        ("ok ok", "", "failures == 0", OPEN,
         "0 (0 of 2 cases; up to 77.7% could still fail at 95%)"),
        ("ok FAIL", "", "failures == 0", CLOSED, "1 (1 of 2 cases)"),
        ("ok FAIL", "", "failures <= 1", OPEN, "1 (1 of 2 cases)"),
        ("ok err", "", "failures == 0", CLOSED, "0 to 1 (0 of 2 cases)"),
        ("ok gate", "", "failures == 0", UNDECIDED, "0 to 1 (0 of 2 cases)"),
        ("ok skip", "", "failures == 0", UNDECIDED, "0 to 1 (0 of 2 cases)"),
        ("ok dead", "", "failures == 0", CLOSED, "0 to 1 (0 of 2 cases)"),
        ("ok open", "", "failures == 0", CLOSED, "0 to 1 (0 of 2 cases)"),
        ("FAIL gate", "", "failures == 0", CLOSED, "1 to 2 (1 of 2 cases)"),
        ("ok err", "", "errors == 0", CLOSED, "1 (1 of 2 cases)"),
        ("ok skip", "", "errors == 0", UNDECIDED, "0 to 1 (0 of 2 cases)"),
        ("ok", "", "failures.safety == 0", CLOSED, "not measured"),
        ("FAIL ok", "ok ok", "regressions == 0", CLOSED, "1 (1 of 2 cases that base passes)"),
        ("FAIL ok", "FAIL ok", "regressions == 0", OPEN, "0 (0 of 1 cases that base passes)"),
        ("err", "ok", "regressions == 0", CLOSED, "1 (1 of 1 cases that base passes)"),
        ("FAIL", "gate", "regressions == 0", UNDECIDED, "0 to 1 (0 of 0 cases that base passes)"),
        ("skip", "ok", "regressions == 0", UNDECIDED, "0 to 1 (0 of 1 cases that base passes)"),
        ("skip", "FAIL", "regressions == 0", OPEN, "0 (0 of 0 cases that base passes)"),
        ("blind", "ok", "regressions == 0", UNDECIDED, "0 to 1 (0 of 1 cases that base passes)"),
        ("FAIL FAIL", "FAIL ok", "new_failures == 0", CLOSED, "1 (1 of 2 cases)"),
        ("FAIL", "FAIL", "new_failures == 0", OPEN, "0 (0 of 1 cases)"),
        ("FAIL", "", "new_failures == 0", CLOSED, "1 (1 of 1 cases)"),
        ("gate", "ok", "new_failures == 0", UNDECIDED, "0 to 1 (0 of 1 cases)"),
        ("ok ok FAIL", "", "cases.count >= 3", OPEN, "3 (3 of 3 answered)"),
        ("ok ok err", "", "cases.count >= 3", CLOSED, "2 (2 of 3 answered)"),
    ],
)
def test_a_count(words: str, base: str, condition: str, state: GateState, shown: str) -> None:
    result = judged_gate(condition, facts=make_facts(words, base)).conditions[0]
    assert (result.state, result.measured) == (state, shown)


@pytest.mark.parametrize(
    ("fact", "state"),
    [
        (Fact(True), OPEN),
        (Fact(False, "no health"), CLOSED),
        (Fact(None, "did not run", Fault.WORLD), UNDECIDED),
        (Fact(None, "head did not start", Fault.CHANGE), CLOSED),
    ],
)
def test_a_fact(fact: Fact, state: GateState) -> None:
    assert judged_gate("smoke.passed", facts=make_facts(smoke=fact)).state is state


def test_without_a_baseline_regressions_are_undecided() -> None:
    facts = make_facts("ok", baseline=Fact(None, "base could not be measured", Fault.WORLD))
    result = judged_gate("regressions == 0", facts=facts)
    assert result.state is UNDECIDED
    assert result.conditions[0].reason == "base could not be measured"


def test_on_adoption_regressions_are_none_of_none() -> None:
    facts = make_facts("ok", baseline=Fact(True, "first adoption"))
    result = judged_gate("regressions == 0", facts=facts).conditions[0]
    assert (result.state, result.measured) == (OPEN, "0 (0 of 0: first adoption)")


def test_too_few_samples_say_how_many_would_decide() -> None:
    facts = make_facts("")
    facts.tally.latencies.extend([100.0] * 58)
    result = judged_gate("latency.p95 <= 2s", facts=facts).conditions[0]
    assert result.state is UNDECIDED
    assert result.reason == "58 samples, 59 would decide"
    facts.tally.latencies.append(3000.0)
    result = judged_gate("latency.p95 <= 2s", facts=facts).conditions[0]
    assert (result.state, result.measured) == (OPEN, "100ms (59 samples)")


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_never_opens(number: float) -> None:
    for text in ("failures == 0", "failures <= 5", "cases.count >= 1"):
        reading = Reading(number, number)
        state = judge_condition(make_condition(text), reading).state
        assert state is not OPEN or (text == "failures <= 5" and number == -math.inf) \
            or (text == "cases.count >= 1" and number == math.inf)


@pytest.mark.parametrize(
    ("lost", "won", "number", "margin", "state"),
    [(0, 0, 149, 2, OPEN), (0, 0, 148, 2, UNDECIDED), (1, 0, 149, 2, UNDECIDED),
     (12, 0, 149, 2, CLOSED), (3, 3, 300, 5, OPEN), (0, 9, 60, 2, OPEN)],
)
def test_a_rate_is_open_or_closed_by_its_bound_and_else_undecided(
    lost: int, won: int, number: int, margin: float, state: GateState
) -> None:
    words = ["FAIL"] * lost + ["ok"] * (number - lost)
    bases = ["ok"] * (number - won) + ["FAIL"] * won
    facts = make_facts(" ".join(words), " ".join(bases))
    assert judged_gate(f"loss <= {margin}%", facts=facts).state is state


def test_an_undecided_rate_says_how_many_cases_would_decide() -> None:
    facts = make_facts("ok " * 99 + "FAIL", "ok " * 100)
    result = judged_gate("loss <= 2%", facts=facts).conditions[0]
    assert result.measured == "-1.81% to 4.66% (1 lost, 0 won of 100 cases)"
    assert result.reason == "100 cases tell it no closer; at this rate about 542 cases would decide"
    facts = make_facts("ok " * 98 + "FAIL " * 2, "ok " * 100)
    assert judged_gate("loss <= 2%", facts=facts).conditions[0].reason.endswith(
        "the loss measured is 2% itself: no number of cases would decide")


HABIT = Habit(dict.fromkeys(Risk, Rule(3)), 2)


def test_a_condition_that_chance_can_trip_says_how_often_it_would() -> None:
    facts = make_facts("ok " * 60)
    facts.tally.tried[Risk.FORMAT].update({(3, 0): 59, (2, 1): 1})
    facts.tally.tried[Risk.SAFETY].update({(0, 1): 1})
    assert judged_gate("failures.format == 0", facts=facts).conditions[0].loudness == ""
    told = replace(facts, habit=HABIT)

    def about(condition: str) -> str:
        return judged_gate(condition, facts=told).conditions[0].loudness.partition(" of runs")[0]

    said = "an unchanged service would trip it in about "
    assert about("failures == 0") == f"{said}100%"
    assert about("failures.format == 0") == f"{said}70.4%"
    assert about("failures <= 1") == about("failures < 2") == f"{said}70.4%"
    assert about("failures.format <= 1") == f"{said}0%"
    assert about("regressions == 0") == f"{said}5.1%"
    assert about("loss.format <= 10%") == f"{said}0%"
    assert about("loss.format <= 5%") == f"{said}9.3%"
    assert about("loss.format <= 4%") == f"{said}100%"
    assert about("failures.regression == 0") == ""
    assert about("smoke.passed") == ""


def test_of_many_doubts_the_first_three_are_named() -> None:
    doubts = tuple(Doubt(Fault.WORLD, f"why {n}") for n in range(5))
    for number, words in ((3, "why 0; why 1; why 2"),
                          (5, "why 0; why 1; why 2; and 2 more reasons")):
        result = judge_condition(make_condition("failures == 0"), Reading(0, 1, doubts[:number]))
        assert (result.reason, result.state) == (words, UNDECIDED)
    owed = (*doubts[:1], Doubt(Fault.CHANGE, "the service's"))
    assert judge_condition(make_condition("failures == 0"), Reading(0, 1, owed)).state is CLOSED


@pytest.mark.parametrize("reading", [Reading(math.nan, 1), Reading(0, math.nan)])
def test_half_a_number_is_none(reading: Reading) -> None:
    result = judge_condition(make_condition("failures <= 5"), reading)
    assert (result.state, result.reason) == (UNDECIDED, "not a number")


def test_a_rate_without_a_baseline_is_not_measured() -> None:
    gone = Fact(None, "no baseline was asked for", Fault.WORLD)
    result = judged_gate("loss <= 2%", facts=make_facts("ok", baseline=gone)).conditions[0]
    assert (result.state, result.measured, result.reason) == (
        UNDECIDED, "not measured", "no baseline was asked for")


def test_a_gate_that_does_not_block_the_event_is_shown_and_does_not_decide() -> None:
    gates = {"later": make_gate("failures == 0", blocks=("release",))}
    result = judge_gates(gates, frozenset({"merge"}), make_facts("FAIL"))[0]
    assert (result.decides, result.state) == (False, CLOSED)


words = st.lists(st.sampled_from(sorted(WORDS)), min_size=1, max_size=8)
counts = st.sampled_from([m for m in MEASURES if m != "failures.repeated" and m.startswith((
    "failures", "errors", "regress", "new_failures"))])
limits = st.integers(0, 5)


@given(words=words, bases=words, measure=counts, limit=limits, worse=st.sampled_from(sorted(WORDS)))
@settings(deadline=None, max_examples=300)
def test_a_case_that_does_not_pass_never_helps(
    words: list[str], bases: list[str], measure: str, limit: int, worse: str
) -> None:
    bases = (bases * 8)[: len(words)]
    condition = f"{measure} <= {limit}"
    before = judged_gate(condition, facts=make_facts(" ".join(words), " ".join(bases))).state
    for place, word in enumerate(words):
        if word == "ok":
            changed = [*words[:place], worse, *words[place + 1 :]]
            facts = make_facts(" ".join(changed), " ".join(bases))
            after = judged_gate(condition, facts=facts).state
            assert ORDER.index(after) >= ORDER.index(before)


@given(words=words, bases=words, margin=st.sampled_from([10, 40, 80]), worse=st.sampled_from(
    sorted(WORDS)))
@settings(deadline=None, max_examples=100)
def test_a_case_that_does_not_pass_never_helps_a_rate(
    words: list[str], bases: list[str], margin: int, worse: str
) -> None:
    """But for one that is held to nothing: it is no pair, and blocks by itself."""
    bases = (bases * 8)[: len(words)]
    condition = f"loss <= {margin}%"
    before = judged_gate(condition, facts=make_facts(" ".join(words), " ".join(bases))).state
    for place, word in enumerate(words):
        if word == "ok" and worse != "open":
            changed = [*words[:place], worse, *words[place + 1 :]]
            facts = make_facts(" ".join(changed), " ".join(bases))
            after = judged_gate(condition, facts=facts).state
            assert ORDER.index(after) >= ORDER.index(before)


@given(words=words, measure=counts, limit=limits, data=st.data())
@settings(deadline=None, max_examples=100)
def test_the_order_of_the_cases_does_not_matter(
    words: list[str], measure: str, limit: int, data: st.DataObject
) -> None:
    turned = data.draw(st.permutations(words))
    condition = f"{measure} <= {limit}"
    assert judged_gate(condition, facts=make_facts(" ".join(words))) == \
        judged_gate(condition, facts=make_facts(" ".join(turned)))


@given(low=st.floats(0, 50), spread=st.floats(0.001, 50), fault=st.sampled_from(list(Fault)),
       limit=limits)
@settings(deadline=None, max_examples=200)
def test_what_is_not_exactly_known_opens_only_where_every_value_would(
    low: float, spread: float, fault: Fault, limit: int
) -> None:
    reading = Reading(low, low + spread, (Doubt(fault, "why"),))
    state = judge_condition(make_condition(f"failures <= {limit}"), reading).state
    assert (state is OPEN) == (low + spread <= limit)
