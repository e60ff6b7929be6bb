"""Judgements folded into counts that are kept apart and never averaged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.judging.tally import Tally, tally
from gatekeeper.model import Fault, Risk
from gatekeeper.outcome import CaseJudgement, CaseStatus, Doubt, SideJudgement
from tests.support.builders import (
    BLIND,
    NO_ANSWER,
    NOT_ASKED,
    PASSED,
    UNVERIFIED,
    attempt,
    failed,
    judged,
)

GATE = SideJudgement(CaseStatus.ERROR, (), "gatekeeper itself failed", Fault.WORLD)
SIDES = [PASSED, failed("x"), NO_ANSWER, NOT_ASKED, BLIND, UNVERIFIED, GATE]


def test_every_status_is_counted_apart_and_by_risk() -> None:
    counts = tally([judged("a", side, risk=risk) for side in SIDES for risk in
                    (Risk.SAFETY, Risk.FORMAT)])
    assert counts.counts[Risk.SAFETY] == counts.counts[Risk.FORMAT] == {
        CaseStatus.PASSED: 1, CaseStatus.FAILED: 1, CaseStatus.ERROR: 2, CaseStatus.SKIPPED: 1,
        CaseStatus.UNMEASURED: 1, CaseStatus.UNVERIFIED: 1}
    assert not counts.counts[Risk.GROUNDING]
    assert (counts.total(), counts.total(CaseStatus.ERROR), counts.total(
        CaseStatus.ERROR, CaseStatus.FAILED, risk=Risk.SAFETY)) == (14, 4, 3)


@pytest.mark.parametrize(
    ("head", "base", "new", "compared", "undecided"),
    [
        (failed("x"), PASSED, 1, 1, 0),
        (NO_ANSWER, PASSED, 1, 1, 0),
        (failed("x"), failed("y"), 0, 0, 0),
        (failed("x"), NO_ANSWER, 0, 0, 0),
        (failed("x"), None, 1, 0, 0),
        (failed("x"), NOT_ASKED, 0, 0, 1),
        (failed("x"), GATE, 0, 0, 1),
        (PASSED, PASSED, 0, 1, 0),
        (PASSED, GATE, 0, 0, 0),
        (PASSED, None, 0, 0, 0),
        (GATE, PASSED, 0, 1, 1),
        (GATE, failed("x"), 0, 0, 0),
        (NOT_ASKED, None, 0, 0, 1),
        (BLIND, PASSED, 0, 1, 1),
    ],
)
def test_what_head_lost_is_told_from_what_is_not_known(
    head: SideJudgement, base: SideJudgement | None, new: int, compared: int, undecided: int
) -> None:
    counts = tally([judged("a", head, base)])
    assert (counts.new_failures.total(), counts.compared, counts.undecided_pairs.total()) == (
        new, compared, undecided)


def test_why_it_is_not_known_is_kept_with_whose_doing_it_is() -> None:
    counts = tally([judged("a", failed("x"), GATE), judged("b", GATE, PASSED)])
    assert counts.pair_doubts[Risk.FORMAT] == {
        Doubt(Fault.WORLD, "base: gatekeeper itself failed"): 1,
        Doubt(Fault.WORLD, "gatekeeper itself failed"): 1}
    assert counts.doubts[Risk.FORMAT] == {Doubt(Fault.WORLD, "gatekeeper itself failed"): 1}


def test_times_are_those_of_the_attempts_that_were_due() -> None:
    """One that confirms a flip is no sample: a quick second try would hide a slow first one."""
    attempts = (attempt(status="passed", ms=10.0), attempt("x", ms=30.0, number=2))
    head = SideJudgement(CaseStatus.FAILED, attempts)
    assert list(tally([judged("a", head, PASSED), judged("b", NOT_ASKED)]).latencies) == [10]


def test_a_waived_failure_is_counted_as_waived_and_nowhere_else() -> None:
    waived = "until 2027-01-31, by @ann: known"
    counts = tally([judged("a", failed("x"), PASSED, flipped=True, waived=waived),
                    judged("b", NO_ANSWER, None, waived=waived),
                    judged("c", PASSED, PASSED, waived=waived)])
    assert counts.counts[Risk.FORMAT] == {CaseStatus.WAIVED: 2, CaseStatus.PASSED: 1}
    assert (counts.new_failures.total(), counts.regressions, counts.compared) == (0, 0, 1)
    assert not counts.doubts[Risk.FORMAT]


def test_cases_that_head_adds_make_a_service_neither_quicker_nor_better_tried() -> None:
    case = judged("a", PASSED)
    added = replace(case, case=replace(case.case, head_only=True))
    counts = tally([case, added, added])
    assert (list(counts.latencies), counts.answered, counts.total()) == ([10.0], 1, 3)


sides = st.sampled_from(SIDES)
cases = st.lists(st.builds(
    lambda head, base, risk: judged("c", head, base, risk, flipped=(
        base is PASSED and head.is_loss)),
    sides, st.none() | sides, st.sampled_from(list(Risk))), max_size=10)


@given(cases)
def test_no_case_is_lost_and_none_is_counted_twice(judgements: list[CaseJudgement]) -> None:
    counts = tally(judgements)
    assert counts.total() == len(judgements)
    assert sum(counts.total(status) for status in CaseStatus) == len(judgements)
    assert sum(counts.total(risk=risk) for risk in Risk) == len(judgements)
    assert counts.regressions <= counts.new_failures.total()
    assert counts.regressions <= counts.compared
    assert counts.new_failures.total() + counts.undecided_pairs.total() <= len(judgements)


@given(cases, st.randoms())
def test_the_order_of_the_cases_does_not_matter(judgements: list[CaseJudgement], turn: object
                                                ) -> None:
    turned = [*judgements]
    turn.shuffle(turned)  # type: ignore[attr-defined]
    one, other = tally(judgements), tally(turned)
    one.latencies, other.latencies = (type(one.latencies)("d", sorted(counts.latencies))
                                      for counts in (one, other))
    assert one == other


def test_a_stream_is_folded_as_it_comes() -> None:
    def stream() -> Iterator[CaseJudgement]:
        yield judged("a", PASSED)
        yield judged("b", failed("x"))

    assert tally(stream()).total() == 2


def test_attempts_that_are_owed_or_gave_no_answer_are_counted_as_untimed() -> None:
    silent = replace(attempt(status="error"), total_ms=None, reason="HTTP 500")
    nothing = replace(attempt(status="error", number=2), total_ms=None)
    counts = Tally()
    counts.add(judged("a", SideJudgement(CaseStatus.ERROR, (silent, nothing), "HTTP 500")), 3)
    counts.add(judged("b", SideJudgement(CaseStatus.PASSED, (attempt(status="passed"),))), 3)
    counts.add(judged("c", NOT_ASKED), 3)
    assert counts.untimed == {
        Doubt(Fault.CHANGE, "HTTP 500"): 2,  # one said it, one is owed for the same reason
        Doubt(Fault.CHANGE, "no answer"): 1,
        Doubt(Fault.WORLD, "not asked"): 2,  # settled before all were asked: nobody's fault
        Doubt(Fault.CHANGE, "head's service did not start"): 3}
    assert list(counts.latencies) == [10.0]


def test_what_base_was_tried_with_tells_how_steady_it_is() -> None:
    base = SideJudgement(CaseStatus.PASSED, (
        attempt(status="passed"), attempt(status="passed", number=2), attempt("x", number=3),
        attempt("x", number=4)))
    counts = Tally()
    for one in (judged("a", PASSED, base), judged("b", PASSED, NOT_ASKED), judged("c", PASSED)):
        counts.add(one, 3)
    assert counts.tried[Risk.FORMAT] == {(2, 1): 1}
