"""The failure table as rows: what did not pass, why, and since when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model import Fault, Risk
from gatekeeper.outcome import CaseJudgement, CaseStatus, SideJudgement
from gatekeeper.report.rows import csv_results, make_rows, since
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


def row(case: CaseJudgement) -> tuple[str, str, str]:
    """Expected, got and since of a single case's row."""
    one, = make_rows([case])
    return one.expected, one.got, one.since


@pytest.mark.parametrize(
    ("head", "expected", "got", "word"),
    [
        (failed("14 days"), "expected 1", "14 days", "no"),
        (failed("14 days", "no source"), "expected 1", "14 days (and check-2)", "no"),
        (failed("a", "b", "c"), "expected 1", "a (and check-2, check-3)", "no"),
        (NO_ANSWER, "an answer", "no answer: HTTP 500", "error"),
        (BLIND, "expected 1", "base was not asked", "undecided"),
        (UNVERIFIED, "a check that can be executed", "no check speaks of it", "unverified"),
    ],
)
def test_a_row_says_what_was_expected_and_what_came(
    head: SideJudgement, expected: str, got: str, word: str
) -> None:
    case = judged("a", head)
    assert row(case)[:2] == (expected, got)
    assert csv_results(case) == (word, f"expected {expected}; got {got}")


def test_the_first_attempt_that_decided_is_shown_with_how_many_there_were() -> None:
    attempts = (attempt(status="passed"), attempt("14 days", number=2), attempt("15", number=3))
    assert row(judged("a", SideJudgement(CaseStatus.FAILED, attempts)))[1] == \
        "14 days (2 of 3 attempts)"


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (judged("a", failed("x"), PASSED, flipped=True), "new"),
        (judged("a", failed("x"), PASSED, unconfirmed=True), "new (not confirmed: flaky)"),
        (judged("a", NO_ANSWER, PASSED, flipped=True), "new"),
        (judged("a", failed("x"), failed("y")), "also on base"),
        (judged("a", failed("x"), NO_ANSWER), "also on base"),
        (judged("a", failed("x")), "no baseline"),
        (judged("a", failed("x"), NOT_ASKED), "no baseline"),
        (judged("a", failed("x"), SideJudgement(CaseStatus.ERROR, fault=Fault.WORLD)),
         "no baseline"),
        (judged("a", failed("x"), failed("y"), added=True), "added, fails on base too"),
        (judged("a", failed("x"), PASSED, added=True, flipped=True), "new"),
        (judged("a", NOT_ASKED, PASSED), "–"),
        (judged("a", BLIND, PASSED), "–"),
        (judged("a", UNVERIFIED), "–"),
        (judged("a", SideJudgement(CaseStatus.ERROR, fault=Fault.WORLD), PASSED), "–"),
    ],
)
def test_a_row_says_whether_base_did_the_same(case: CaseJudgement, words: str) -> None:
    assert since(case) == words


def test_rows_stand_by_risk_and_then_in_the_order_of_the_cases() -> None:
    cases = [judged("s1", failed("x"), risk=Risk.SAFETY), judged("f2", failed("x")),
             judged("r1", NO_ANSWER, risk=Risk.REGRESSION), judged("f1", failed("x")),
             judged("g1", failed("x"), risk=Risk.GROUNDING)]
    assert [one.case_id for one in make_rows(cases)] == ["f2", "f1", "g1", "s1", "r1"]


def test_cases_that_were_not_asked_for_one_reason_share_a_row() -> None:
    rows = make_rows([judged("a", NOT_ASKED), judged("c", NOT_ASKED),
                      judged("d", NOT_ASKED, risk=Risk.SAFETY)])
    assert [(one.risk, one.case_id, one.got, one.again) for one in rows] == [
        ("format", "2 cases", "not asked: head's service did not start", ""),
        ("safety", "d", "not asked: head's service did not start", ""),
    ]


def test_a_case_that_passes_is_told_in_one_word() -> None:
    assert csv_results(judged("a", PASSED)) == ("yes", "")


def test_a_case_that_was_not_asked_is_told_as_that_and_not_as_failed() -> None:
    assert csv_results(judged("a", NOT_ASKED)) == (
        "not asked", "expected to be asked; got head's service did not start")


sides = st.sampled_from([failed("x"), NO_ANSWER, NOT_ASKED, BLIND, UNVERIFIED])
cases = st.lists(st.builds(lambda side, base, risk: judged("c", side, base, risk), sides,
                           st.none() | sides | st.just(PASSED), st.sampled_from(list(Risk))),
                 max_size=8)


@given(cases)
def test_no_case_vanishes_from_the_table(failing: list[CaseJudgement]) -> None:
    rows = make_rows(failing)
    alone = [one for one in rows if not one.case_id.endswith(" cases")]
    together = sum(int(one.case_id.split()[0]) for one in rows if one not in alone)
    assert len(alone) + together == len(failing)
    assert all(one.expected and one.got and one.since for one in rows)
