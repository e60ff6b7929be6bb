"""JUnit XML as its readers read it."""

from __future__ import annotations

import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterable

from hypothesis import given

from gatekeeper.model import Risk
from gatekeeper.outcome import CaseJudgement, CaseStatus, SideJudgement
from gatekeeper.report.junit import Suite
from tests.support.builders import (
    BLIND,
    NO_ANSWER,
    NOT_ASKED,
    PASSED,
    UNVERIFIED,
    attempt,
    failed,
    hostile_text,
    judged,
)

EVERYTHING = [
    judged("ok", PASSED), judged("wrong", failed("14 days"), risk=Risk.GROUNDING),
    judged("none", NO_ANSWER), judged("skipped", NOT_ASKED), judged("blind", BLIND),
    judged("open", UNVERIFIED, risk=Risk.SAFETY),
]


def render(cases: Iterable[CaseJudgement]) -> str:
    """The whole document."""
    suite = Suite()
    elements = [suite.add(case) for case in cases]
    return "".join(suite.document(elements))


def read(text: str) -> ET.Element:
    """The one suite of a document."""
    root = ET.fromstring(text.encode())
    assert root.tag == "testsuites"
    suite, = root
    return suite


def test_one_test_case_a_case_with_the_risk_in_its_class() -> None:
    suite = read(render(EVERYTHING))
    assert [(one.get("classname"), one.get("name")) for one in suite] == [
        ("gatekeeper.format", "ok"), ("gatekeeper.grounding", "wrong"),
        ("gatekeeper.format", "none"), ("gatekeeper.format", "skipped"),
        ("gatekeeper.format", "blind"), ("gatekeeper.safety", "open")]


def test_a_wrong_answer_is_a_failure_and_anything_else_not_passed_an_error() -> None:
    suite = read(render(EVERYTHING))
    assert [(one.get("name"), child.tag, child.get("type"), child.get("message"))
            for one in suite for child in one] == [
        ("wrong", "failure", "grounding", "14 days"),
        ("none", "error", "error", "no answer: HTTP 500"),
        ("skipped", "error", "skipped", "head's service did not start"),
        ("blind", "error", "unmeasured", "base was not asked"),
        ("open", "error", "unverified", "no check speaks of it")]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors"), suite.get("skipped")
            ) == ("6", "1", "4", "0")


def test_the_text_says_what_was_expected_and_what_came() -> None:
    case, = read(render([judged("a", failed("14\ndays"))]))
    assert case[0].text == "expected: expected 1\ngot: 14\ndays"


def test_the_time_is_that_of_every_answered_attempt() -> None:
    attempts = (attempt(status="passed", ms=100.5), attempt(status="passed", number=2, ms=20.25))
    case, = read(render([judged("a", SideJudgement(CaseStatus.PASSED, attempts))]))
    assert float(case.get("time", "nan")) == 0.12075
    assert read(render([judged("a", NOT_ASKED)]))[0].get("time") is None


def test_no_case_is_a_document_too() -> None:
    assert read(render([])).get("tests") == "0"


@given(hostile_text, hostile_text)
def test_whatever_was_said_it_is_one_document_that_parses(case_id: str, got: str) -> None:
    case, = read(render([judged(case_id or "x", failed(got))]))
    failure, = case
    assert (failure.text or "").startswith("expected: expected 1\ngot: ")
    for text in (case.get("name"), failure.get("message"), failure.text):
        assert not {unicodedata.category(char) for char in (text or "") if char != "\n"} & {
            "Cc", "Cf", "Cs", "Cn"}


def test_markup_comes_back_as_text() -> None:
    hostile = "<b>&amp;</b>]]><!-- x --><![CDATA[y]]>\"'"
    case, = read(render([judged("a", failed(hostile))]))
    assert case[0].get("message") == hostile
    assert (case[0].text or "").endswith(f"got: {hostile}")
