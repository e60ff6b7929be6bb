"""JUnit XML: one test case a case, the risk in its class name; written case by case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from junit_xml import TestCase, TestSuite

from gatekeeper.neutral import for_xml
from gatekeeper.outcome import CaseJudgement, CaseStatus
from gatekeeper.report.rows import what_came

_COUNTED = ("disabled", "errors", "failures", "skipped", "tests")


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


@dataclass(slots=True)
class Suite:
    """The counts of a document whose test cases are written as they come."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED, 0))
    seconds: float = 0.0

    def add(self, case: CaseJudgement) -> str:
        """Count one case; its element, on lines of its own."""
        suite = TestSuite("gatekeeper", [_test_case(case)]).build_xml_doc()
        for name in _COUNTED:
            self.counts[name] += int(suite.get(name, 0))
        self.seconds += float(suite.get("time", 0))
        return f"\t\t{ElementTree.tostring(suite[0], encoding='unicode')}\n"

    def document(self, elements: Iterable[str]) -> Iterator[str]:
        """The document in pieces; `elements` are those that `add` returned."""
        counted = {**self.counts, "time": round(self.seconds, 6)}
        said = "".join(f" {name}={quoteattr(str(value))}" for name, value in counted.items())
        yield f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites{said}>\n'
        yield f'\t<testsuite name="gatekeeper"{said}>\n'
        yield from elements
        yield "\t</testsuite>\n</testsuites>\n"
