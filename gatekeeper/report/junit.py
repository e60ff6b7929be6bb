"""JUnit XML: one test case a case, the risk in its class name."""

from __future__ import annotations

from collections.abc import Iterable

from junit_xml import TestCase, TestSuite, to_xml_report_string

from gatekeeper.neutral import for_xml
from gatekeeper.outcome import CaseJudgement, CaseStatus
from gatekeeper.report.rows import what_came


def _test_case(case: CaseJudgement) -> TestCase:
    times = [attempt.total_ms for attempt in case.head.attempts if attempt.total_ms is not None]
    test = TestCase(
        for_xml(case.case.case_id),
        classname=f"gatekeeper.{case.case.risk}",
        elapsed_sec=round(sum(times) / 1000, 6) if times else None,
    )
    status = case.head.status
    if status is CaseStatus.PASSED:
        return test
    expected, got = what_came(case)
    text = for_xml(f"expected: {expected}\ngot: {got}")
    message = for_xml(got, 300)
    if case.waived:
        test.add_skipped_info(message=for_xml(f"waived {case.waived}", 300), output=text)
    elif status is CaseStatus.FAILED:
        test.add_failure_info(message, text, failure_type=str(case.case.risk))
    else:
        # Not asked and unverified are errors here, not skips: readers of JUnit count skips as fine.
        test.add_error_info(message, text, error_type=str(status))
    return test


def render(cases: Iterable[CaseJudgement]) -> str:
    """The document."""
    suite = TestSuite("gatekeeper", [_test_case(case) for case in cases])
    return str(to_xml_report_string([suite], encoding="utf-8"))
