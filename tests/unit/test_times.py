"""Readings of times: percentiles, shares in time, and head beside base."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.judging.measures import MEASURES, Fact, Facts
from gatekeeper.judging.tally import tally
from gatekeeper.model import Fault, Overhead
from gatekeeper.outcome import (
    AttemptJudgement,
    CaseJudgement,
    CaseStatus,
    Doubt,
    GateState,
    Reading,
    SideJudgement,
)
from tests.support.make import judged_gate, make_case

YES = Fact(True)
OPEN, CLOSED, UNDECIDED = GateState.OPEN, GateState.CLOSED, GateState.UNDECIDED
SILENT = AttemptJudgement(1, CaseStatus.ERROR, (), "no whole reply in time")
LOST = AttemptJudgement(1, CaseStatus.ERROR, (), "gatekeeper itself failed", Fault.WORLD)


def took(total: float, number: int = 1, status: str = "passed", **more: object) -> AttemptJudgement:
    """An answered attempt, within every target unless it is said otherwise."""
    return AttemptJudgement(number, CaseStatus(status), (), total_ms=total,
                            **{"in_time": True, **more})  # type: ignore[arg-type]


def side(*attempts: AttemptJudgement) -> SideJudgement:
    worst = next((one for one in attempts if one.status is not CaseStatus.PASSED), attempts[0])
    return SideJudgement(worst.status, attempts, worst.reason, worst.fault)


def facts(*cases: tuple[SideJudgement, SideJudgement | None], repeats: int = 1, **more: object
          ) -> Facts:
    """Facts about cases given as head and base."""
    counts = tally([])
    for head, base in cases:
        counts.add(CaseJudgement(make_case(), head, base, False), repeats)
    given = {"contract": YES, "smoke": YES, "shutdown": YES, "baseline": YES, "repeats": repeats}
    return Facts(counts, **{**given, **more})  # type: ignore[arg-type]


def alone(*attempts: AttemptJudgement, **more: object) -> Facts:
    return facts(*((side(one), None) for one in attempts), **more)


def paired(*times: tuple[float, float], **more: object) -> Facts:
    return facts(*((side(took(head)), side(took(base))) for head, base in times), **more)


def read(name: str, given: Facts) -> Reading:
    return MEASURES[name].read(given)


def test_a_percentile_of_the_first_token_is_of_those_that_came() -> None:
    given = alone(*(took(900, first_token_ms=float(n)) for n in range(1, 61)))
    assert read("ttft.p50", given) == Reading(0.030, 0.030, (), "60 samples")
    assert read("ttft.p95", given) == Reading(0.057, 0.057, (), "60 samples")
    assert read("ttft.p99", given).doubts == (Doubt(Fault.WORLD, "60 samples, 299 would decide"),)


def test_a_service_that_does_not_stream_has_no_first_token_and_not_one_of_0() -> None:
    for name in ("ttft.p50", "inter_token.p50"):
        assert judged_gate(f"{name} <= 1s", facts=alone(*[took(10.0)] * 60)).state is CLOSED
    reading = read("ttft.p50", alone(*[took(10.0)] * 60))
    assert (reading.low, reading.high) == (0, math.inf)
    assert reading.doubts == (Doubt(Fault.CHANGE, "60 × no text was streamed"),)


def test_a_stream_without_text_takes_for_ever() -> None:
    given = alone(*[took(9, first_token_ms=5.0)] * 56, *[took(9)] * 4)
    assert read("ttft.p95", given).low == math.inf
    assert read("ttft.p50", given).low == 0.005


def test_answers_in_one_piece_are_no_samples_of_the_gaps() -> None:
    given = alone(*[took(9, gap_ms=20.0)] * 6, *[took(9)] * 50)
    assert read("inter_token.p50", given) == Reading(0.02, 0.02, (), "6 samples")
    assert judged_gate("inter_token.p95 <= 1s", facts=given).conditions[0].reason == \
        "6 samples, 59 would decide"


def test_tokens_that_are_not_told_are_not_guessed() -> None:
    given = alone(*[took(9)] * 9)
    assert judged_gate("tokens_per_second.p50 >= 1", facts=given).state is CLOSED
    assert read("tokens_per_second.p50", given).doubts == (
        Doubt(Fault.CHANGE, "9 × the service does not say how many tokens it made"),)
    told = alone(*(took(9, tokens_per_second=float(n)) for n in range(1, 10)), SILENT, SILENT)
    reading = read("tokens_per_second.p50", told)
    assert (reading.low, reading.high) == (4, 4)
    unknown = alone(*(took(9, tokens_per_second=float(n)) for n in range(1, 10)), LOST, LOST)
    reading = read("tokens_per_second.p50", unknown)
    assert (reading.low, reading.high) == (4, 6)


@pytest.mark.parametrize(("good", "bad", "condition", "state", "reason"), [
    (59, 0, "goodput >= 95%", OPEN, ""),
    (58, 0, "goodput >= 95%", UNDECIDED,
     "58 attempts leave it between the two; about 59 attempts would decide: `eval.repeats: 2`"),
    (90, 10, "goodput >= 95%", CLOSED, ""),
    (97, 3, "goodput >= 95%", UNDECIDED, None),
    (95, 5, "goodput >= 95%", UNDECIDED, "100 attempts leave it between the two; no number of "
     "attempts tells a share from one that is so near"),
])
def test_goodput_is_what_the_attempts_prove(
    good: int, bad: int, condition: str, state: GateState, reason: str | None
) -> None:
    given = alone(*[took(1)] * good, *[took(1, in_time=False)] * bad)
    result = judged_gate(condition, facts=given).conditions[0]
    assert result.state is state
    assert reason is None or result.reason == reason
    assert f"{good} of {good + bad} attempts" in result.measured


def test_good_is_right_and_in_time_and_answered() -> None:
    given = alone(took(1), took(1, status="failed"), took(1, in_time=False), SILENT, LOST,
                  took(1, status="unmeasured"), took(1, status="unmeasured", in_time=False),
                  took(1, in_time=None))
    times = given.tally.times
    assert (times.good, times.late_or_wrong, times.unjudged.total()) == (1, 5, 2)


def test_the_ratio_is_that_of_the_middle_case_within_what_the_ranks_allow() -> None:
    given = paired(*((100.0 * r, 100.0) for r in (0.9, 1.0, 1.1, 1.2, 1.5)))
    reading = read("latency.ratio", given)
    assert (reading.low, reading.high) == (pytest.approx(0.9), pytest.approx(1.5))
    assert reading.doubts == (Doubt(Fault.WORLD, "5 cases leave it between the two"),)
    assert reading.detail == "middle 1.1 of 5 cases"


@pytest.mark.parametrize(("ratios", "state"), [
    ((1.0,) * 5, OPEN), ((1.3,) * 5, CLOSED), ((1.0, 1.0, 1.1, 1.0, 1.3), UNDECIDED),
    ((1.0, 1.02, 0.97, 1.05, 1.1, 0.95, 1.0, 1.3), OPEN),
    ((1.3, 1.4, 1.25, 1.5, 1.3, 1.35, 1.1, 1.4), CLOSED),
])
def test_a_ratio_passes_or_blocks_where_all_of_its_interval_does(
    ratios: tuple[float, ...], state: GateState
) -> None:
    given = paired(*((100.0 * ratio, 100.0) for ratio in ratios))
    assert judged_gate("latency.ratio <= 1.2", facts=given).state is state


def test_an_undecided_ratio_says_what_would_decide() -> None:
    given = paired(*((100.0 * r, 100.0) for r in (1.0, 1.0, 1.1, 1.0, 1.3)), repeats=1)
    result = judged_gate("latency.ratio <= 1.2", facts=given).conditions[0]
    assert result.measured == "1 to 1.3 (middle 1.05 of 5 cases)"
    assert result.reason == ("5 cases leave it between the two; about 13 cases, or "
                             "`eval.repeats: 3`, would decide")


def test_a_ratio_at_its_threshold_is_told_by_no_number() -> None:
    given = paired(*((100.0 * r, 100.0) for r in (1.1, 1.2, 1.3, 1.2, 1.2, 1.1, 1.31)))
    assert judged_gate("latency.ratio <= 1.2", facts=given).conditions[0].reason.endswith(
        "no number of cases tells a ratio from one that is so near")


def test_a_case_is_the_median_of_its_attempts_on_each_side() -> None:
    heads = side(took(100), took(120, 2), took(900, 3), took(5000, 4))
    bases = side(took(100), took(50, 2), took(110, 3), took(1, 4))
    given = facts(*[(heads, bases)] * 5, repeats=3)
    assert read("latency.ratio", given).low == pytest.approx(1.2)


def test_silence_of_head_is_slower_than_anything_and_that_of_the_world_is_not_known() -> None:
    right = [(side(took(100.0)), side(took(100.0)))] * 7
    silent = read("latency.ratio", facts(*right, *[(side(SILENT), side(took(1.0)))] * 7))
    assert (silent.low, silent.high) == (1, math.inf)
    lost = read("latency.ratio", facts(*right, (side(LOST), side(took(1.0)))))
    assert lost.low <= 1 <= lost.high
    assert Doubt(Fault.WORLD, "1 × gatekeeper itself failed") in lost.doubts
    gone = SideJudgement(CaseStatus.SKIPPED, (took(1.0),), "", Fault.WORLD)
    asked = read("latency.ratio", facts(*right, (gone, side(took(1.0))), repeats=2))
    assert Doubt(Fault.WORLD, "1 × asked 1 of 2 times") in asked.doubts


def test_a_case_that_is_settled_early_is_the_median_of_the_attempts_it_took() -> None:
    given = facts(*[(side(took(120, status="failed")), side(took(100), took(100, 2)))] * 5,
                  repeats=2)
    assert read("latency.ratio", given).low == pytest.approx(1.2)


def test_a_side_that_was_not_asked_is_not_known() -> None:
    never = SideJudgement(CaseStatus.SKIPPED, (), "head's service did not start")
    result = judged_gate("latency.ratio <= 1.2", facts=facts(*[(never, side(took(1.0)))] * 5))
    assert result.state is CLOSED
    lost = SideJudgement(CaseStatus.ERROR, (), "head's service did not start")
    assert read("latency.ratio", facts(*[(lost, side(took(1.0)))] * 5)).low == math.inf


def test_what_base_does_not_answer_by_its_own_fault_is_no_pair() -> None:
    right = [(side(took(100.0)), side(took(100.0)))] * 5
    reading = read("latency.ratio", facts(*right, (side(took(9e9)), side(SILENT))))
    assert (reading.low, reading.high) == (1, 1)
    assert reading.detail == "middle 1 of 5 cases, 1 that base does not answer left out"


@pytest.mark.parametrize("cases", range(5))
def test_fewer_than_five_cases_have_no_ratio(cases: int) -> None:
    result = judged_gate("latency.ratio <= 1.2", facts=paired(*[(9.0, 9.0)] * cases)).conditions[0]
    assert (result.state, result.measured) == (UNDECIDED, "not measured")
    assert result.reason == f"{cases} cases on both sides, 5 would decide"


@pytest.mark.parametrize(("more", "state", "words"), [
    ({"baseline": Fact(True, "first adoption")}, OPEN, "0 (0 of 0 cases: first adoption)"),
    ({"baseline": Fact(None, "no engine", Fault.WORLD)}, UNDECIDED, "not measured"),
    ({"same_run": Fact(None, "an earlier run's", Fault.WORLD)}, UNDECIDED, "not measured"),
])
def test_a_ratio_needs_a_base_of_the_same_run(
    more: dict[str, Fact], state: GateState, words: str
) -> None:
    result = judged_gate("latency.ratio <= 1.2", facts=paired(*[(9.0, 9.0)] * 9, **more))
    assert (result.state, result.conditions[0].measured) == (state, words)


def test_the_ratio_of_first_tokens_is_of_first_tokens() -> None:
    given = facts(*[(side(took(100, first_token_ms=30.0)), side(took(100, first_token_ms=20.0)))]
                  * 5)
    assert read("ttft.ratio", given).low == pytest.approx(1.5)
    assert read("latency.ratio", given).low == 1


OWN = Overhead(2.0, 8.0, 40)


@pytest.mark.parametrize(("condition", "state", "reason"), [
    ("latency.p50 <= 100ms", OPEN, ""),
    ("latency.p50 <= 99ms", UNDECIDED, "up to 2ms of it is the client's own"),
    ("latency.p50 <= 97ms", CLOSED, ""),
    ("latency.p95 <= 93ms", UNDECIDED, "up to 8ms of it is the client's own"),
    ("latency.p95 <= 91ms", CLOSED, ""),
])
def test_what_the_client_itself_may_have_taken_closes_no_gate(
    condition: str, state: GateState, reason: str
) -> None:
    given = alone(*[took(100.0)] * 60, overhead=OWN)
    result = judged_gate(condition, facts=given).conditions[0]
    assert (result.state, result.reason) == (state, reason)
    assert "the client's own part up to" in result.measured


def test_the_clients_own_time_hides_a_ratio_of_quick_services() -> None:
    given = paired(*[(5.0, 4.0)] * 6, overhead=OWN)
    reading = read("latency.ratio", given)
    assert (reading.low, reading.high) == (pytest.approx(1.25), pytest.approx(1.5))
    hidden = read("latency.ratio", paired(*[(5.0, 1.5)] * 6, overhead=OWN))
    assert (hidden.low, hidden.high) == (0, math.inf)


ratios = st.lists(st.floats(0.2, 5), min_size=5, max_size=30)


@given(ratios)
def test_an_interval_holds_the_middle_and_turns_round_with_the_sides(values: list[float]) -> None:
    one = read("latency.ratio", paired(*((100 * value, 100.0) for value in values)))
    other = read("latency.ratio", paired(*((100.0, 100 * value) for value in values)))
    means = [(math.log(a) + math.log(b)) / 2 for i, a in enumerate(values) for b in values[i:]]
    middle = math.exp(statistics.median(means))
    assert one.low <= middle * (1 + 1e-5)
    assert one.high >= middle * (1 - 1e-5)
    assert one.low == pytest.approx(1 / other.high, rel=1e-5)


@given(ratios, st.data())
def test_a_slower_case_never_helps(values: list[float], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(values) - 1))
    slower = [value * 2 if i == at else value for i, value in enumerate(values)]
    before, after = (read("latency.ratio", paired(*((100 * v, 100.0) for v in some)))
                     for some in (values, slower))
    assert after.low >= before.low - 1e-9
    assert after.high >= before.high - 1e-9
