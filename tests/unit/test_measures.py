"""Readings of the measures: intervals that what was not measured widens."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.judging.measures import MEASURES, P50_SAMPLES, P95_SAMPLES, Fact, Facts
from gatekeeper.judging.tally import Tally, tally
from gatekeeper.model import Fault, Risk
from gatekeeper.outcome import Doubt, Reading
from gatekeeper.statistics.paired import Pairs
from tests.support.make import WORDS, make_facts, make_judged

YES = Fact(True)


def of_risks(**words: str) -> Facts:
    """Facts in which every risk has the outcomes of some words."""
    counts = tally(make_judged(word, risk=Risk(risk))
                   for risk, said in words.items() for word in said.split())
    return Facts(counts, contract=YES, smoke=YES, shutdown=YES, baseline=YES)


def read(name: str, facts: Facts) -> Reading:
    """One measure's reading."""
    return MEASURES[name].read(facts)


def test_a_risk_is_counted_by_itself() -> None:
    facts = of_risks(safety="FAIL FAIL ok", format="FAIL skip", grounding="ok")
    assert [(read(f"failures.{risk}", facts).low, read(f"failures.{risk}", facts).high)
            for risk in ("safety", "format", "grounding", "performance")] == [
        (2, 2), (1, 2), (0, 0), (0, math.inf)]
    total = read("failures", facts)
    assert (total.low, total.high, total.detail) == (3, 4, "3 of 6 cases")


def test_no_failure_says_what_it_still_allows() -> None:
    assert read("failures.safety", of_risks(safety="ok " * 40)).detail == \
        "0 of 40 cases; up to 7.3% could still fail at 95%"
    assert read("failures.safety", of_risks(safety="ok FAIL")).detail == "1 of 2 cases"
    assert read("failures.safety", of_risks(safety="ok skip")).detail == "0 of 2 cases"


def losing(head: str, base: str, **more: Fact) -> Reading:
    """The loss over pairs of words."""
    return read("loss", make_facts(head, base, **more))


def test_a_loss_is_an_interval_around_what_was_lost_less_what_was_won() -> None:
    reading = losing("ok " * 39 + "FAIL", "ok " * 40)
    assert (reading.low, reading.high) == (-4.3, 11.32)
    assert reading.detail == "1 lost, 0 won of 40 cases"
    assert losing("ok " * 40, "ok " * 40).high == 7.22
    assert losing("FAIL " * 40, "FAIL " * 40).high == 7.22
    assert losing("err " * 40, "ok " * 40).low > 80


def test_a_loss_of_which_no_case_speaks_is_the_changes_doing() -> None:
    assert read("loss.safety", make_facts("ok", "ok")) == Reading(
        -100, 100, (Doubt(Fault.CHANGE, "no case speaks of it"),))
    unknown = read("loss", make_facts("gate", "ok"))
    assert unknown.doubts[0] == Doubt(Fault.WORLD, "1 × gatekeeper itself failed")


def test_what_no_failure_still_allows_is_left_away_where_it_says_nothing() -> None:
    assert read("failures", make_facts("ok gate", "ok ok")).detail == "0 of 2 cases"


def test_a_pair_of_which_a_side_is_not_known_may_be_lost_or_won() -> None:
    known, unknown = losing("ok " * 40, "ok " * 40), losing("ok " * 39 + "gate", "ok " * 40)
    assert unknown.low < known.low < known.high < unknown.high
    assert unknown.doubts[0] == Doubt(Fault.WORLD, "1 × gatekeeper itself failed")
    assert losing("ok " * 40, "ok " * 39 + "gate").high == unknown.high


def test_without_a_baseline_nothing_is_known_of_a_loss() -> None:
    gone = Fact(None, "base could not be measured", Fault.WORLD)
    assert losing("ok", "", baseline=gone) == Reading(-100, 100, (
        Doubt(Fault.WORLD, "base could not be measured"),))
    assert losing("ok", "", baseline=Fact(True, "first adoption")) == Reading(
        0, 0, detail="0 of 0: first adoption")


def test_cases_that_head_adds_dilute_no_loss() -> None:
    case = make_judged("ok", "ok")
    added = replace(case, case=replace(case.case, head_only=True))
    cases = [case] * 9 + [make_judged("FAIL", "ok")] + [added] * 500
    diluted, whole = tally(cases), Tally(whole=True)
    for one in cases:
        whole.add(one)
    assert diluted.pairs[Risk.FORMAT].decided == 10
    assert whole.pairs[Risk.FORMAT].decided == 510


def test_a_waived_case_is_no_pair() -> None:
    waived = replace(make_judged("FAIL", "ok"), waived="until 2027-01-31, by @ann: known")
    assert tally([waived]).pairs[Risk.FORMAT] == Pairs()


def test_no_answer_is_an_error_and_not_a_wrong_answer() -> None:
    facts = of_risks(safety="err gate FAIL ok")
    assert (read("errors", facts).low, read("errors", facts).high) == (2, 2)
    assert (read("failures", facts).low, read("failures", facts).high) == (1, 3)


def test_why_it_is_not_known_is_counted_and_the_changes_doing_stands_first() -> None:
    facts = of_risks(safety="gate gate err", format="err dead")
    assert read("failures", facts).doubts == (
        Doubt(Fault.CHANGE, "2 × HTTP 500"),
        Doubt(Fault.CHANGE, "1 × head's service did not start"),
        Doubt(Fault.WORLD, "2 × gatekeeper itself failed"))


def test_only_answered_cases_count_as_cases() -> None:
    reading = read("cases.count", of_risks(safety="ok FAIL blind err skip open gate"))
    assert (reading.low, reading.high, reading.detail) == (3, 3, "3 of 7 answered")


@pytest.mark.parametrize("name", ["contract.complete", "smoke.passed", "shutdown.proven"])
@pytest.mark.parametrize(
    ("fact", "low", "high"),
    [(Fact(True), 1, 1), (Fact(False, "no"), 0, 0), (Fact(None, "did not run"), 0, 1)])
def test_a_fact_is_yes_no_or_unknown(name: str, fact: Fact, low: float, high: float) -> None:
    reading = read(name, make_facts("ok", **{name.partition(".")[0]: fact}))
    assert (reading.low, reading.high) == (low, high)
    assert bool(reading.doubts) is (fact.holds is None)


@pytest.mark.parametrize(("name", "samples"), [("latency.p50", P50_SAMPLES),
                                               ("latency.p95", P95_SAMPLES)])
def test_a_percentile_of_too_few_is_not_known(name: str, samples: int) -> None:
    facts = make_facts("")
    assert read(name, facts) == Reading(
        0, math.inf, (Doubt(Fault.CHANGE, "no attempt was answered"),))
    facts.tally.latencies.extend([100.0] * (samples - 1))
    assert read(name, facts) == Reading(0, math.inf, (
        Doubt(Fault.WORLD, f"{samples - 1} samples, {samples} would decide"),))
    facts.tally.latencies.append(100.0)
    assert read(name, facts) == Reading(0.1, 0.1, (), f"{samples} samples")


@given(st.lists(st.integers(1, 10_000), min_size=P95_SAMPLES, max_size=200))
def test_a_percentile_is_a_sample_with_its_share_at_or_below_it(samples: list[int]) -> None:
    facts = make_facts("")
    facts.tally.latencies.extend(samples)
    for name, share in (("latency.p50", 0.5), ("latency.p95", 0.95)):
        value = read(name, facts).low * 1000
        assert min(abs(value - sample) for sample in samples) < 1e-6
        assert sum(one <= value + 1e-6 for one in samples) >= share * len(samples)
        assert sum(one < value - 1e-6 for one in samples) < share * len(samples)


@pytest.mark.parametrize(
    ("fault", "low", "high"),
    [(Fault.CHANGE, math.inf, math.inf), (Fault.WORLD, 0.1, math.inf)],
)
def test_attempts_without_an_answer_do_not_flatter_a_percentile(
    fault: Fault, low: float, high: float
) -> None:
    """41 of 100 time out: the p95 of the other 59 says nothing about the service."""
    facts = make_facts("")
    facts.tally.latencies.extend([100.0] * P95_SAMPLES)
    facts.tally.untimed[Doubt(fault, "no whole reply in time")] += 41
    assert read("latency.p95", facts) == Reading(
        low, high, (Doubt(fault, "41 × no whole reply in time"),),
        "59 samples, 41 without an answer")


words = st.lists(st.sampled_from(sorted(WORDS)), max_size=6).map(" ".join)
facts_of = st.builds(
    lambda risks, known: Facts(of_risks(**risks).tally, contract=known, smoke=known,
                               shutdown=known, baseline=known),
    st.dictionaries(st.sampled_from([str(risk) for risk in Risk]), words),
    st.sampled_from([Fact(True), Fact(False), Fact(None, "why", Fault.WORLD)]),
)


@given(facts_of)
def test_a_reading_is_an_interval_that_is_wide_only_for_a_reason(facts: Facts) -> None:
    for measure in MEASURES.values():
        reading = measure.read(facts)
        assert (-100 if measure.domain == "rate" else 0) <= reading.low <= reading.high
        assert reading.low == reading.high or reading.doubts


@given(facts_of)
def test_all_risks_together_are_their_sum(facts: Facts) -> None:
    for name in ("failures", "new_failures"):
        parts = [read(f"{name}.{risk}", facts) for risk in Risk]
        known = [part for part in parts if part.high < math.inf]
        total = read(name, facts)
        assert total.low == sum(part.low for part in parts)
        assert not known or total.high == sum(part.high for part in known)
