"""The time of a reply held against a target."""

from __future__ import annotations

import pytest

from gatekeeper.checks.table import run_call
from gatekeeper.model import CheckCall
from tests.support.builders import exchange, find


@pytest.mark.parametrize(
    ("call", "total_ms", "status", "expected", "got"),
    [
        ("latency:500ms", 500.0, "held", "a reply within 500ms", "500ms"),
        ("latency:500ms", 500.1, "broken", "a reply within 500ms", "500.1ms"),
        ("latency:2s", 812.04, "held", "a reply within 2s", "812ms"),
        ("latency:2s", 2001.0, "broken", "a reply within 2s", "2.001s"),
        ("latency:2m", 60_000.0, "held", "a reply within 2m", "1m"),
        ("latency(500)", 499.0, "held", "a reply within 500ms", "499ms"),
        ("latency(500)", 812.0, "broken", "a reply within 500ms", "812ms"),
        ("not-latency:1s", 812.0, "broken", "not: a reply within 1s", "812ms"),
    ],
)
def test_the_target_is_the_longest_a_reply_may_take(
    call: str, total_ms: float, status: str, expected: str, got: str
) -> None:
    finding = find(call, exchange("x", total_ms=total_ms))
    assert (str(finding.status), finding.expected, finding.got) == (status, expected, got)


@pytest.mark.parametrize("negated", [False, True])
def test_without_a_target_nothing_is_measured(negated: bool) -> None:
    finding = run_call(CheckCall("latency", negated=negated), exchange("x"))
    assert (str(finding.status), finding.got) == ("unmeasured", "none declared")
