"""The time of a reply held against a target."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gatekeeper.checks.table import run_call
from gatekeeper.model import CheckCall
from tests.support.builders import exchange, find, refusal_of


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


@pytest.mark.parametrize(
    ("call", "first_ms", "status", "expected", "got"),
    [
        ("time-to-first-token:300ms", 300.0, "held", "a first token within 300ms", "300ms"),
        ("time-to-first-token:300ms", 300.1, "broken", "a first token within 300ms", "300.1ms"),
        ("time-to-first-token(300)", 812.0, "broken", "a first token within 300ms", "812ms"),
        ("not-time-to-first-token:1s", 812.0, "broken", "not: a first token within 1s", "812ms"),
        ("time-to-first-token:1s", None, "unmeasured", "a first token within 1s",
         "no text was streamed"),
        ("not-time-to-first-token:1s", None, "unmeasured", "not: a first token within 1s",
         "no text was streamed"),
    ],
)
def test_the_first_token_is_held_to_its_own_target_and_is_never_taken_for_0(
    call: str, first_ms: float | None, status: str, expected: str, got: str
) -> None:
    finding = find(call, exchange("x", total_ms=9000.0, first_token_ms=first_ms))
    assert (str(finding.status), finding.expected, finding.got) == (status, expected, got)


def test_of_the_two_times_each_check_reads_its_own() -> None:
    said = exchange("x", total_ms=900.0, first_token_ms=100.0)
    assert str(find("latency:500ms", said).status) == "broken"
    assert str(find("time-to-first-token:500ms", said).status) == "held"


@pytest.mark.parametrize(("total_ms", "status", "got"), [
    (500.0, "held", "500ms"),
    (501.0, "unmeasured", "501ms, and up to 3ms of it is the client's own"),
    (503.0, "unmeasured", "503ms, and up to 3ms of it is the client's own"),
    (503.1, "broken", "503.1ms"),
])
def test_what_the_client_itself_may_have_taken_is_held_against_no_reply(
    total_ms: float, status: str, got: str
) -> None:
    said = replace(exchange("x", total_ms=total_ms, first_token_ms=total_ms), own_ms=3.0)
    for name in ("latency", "time-to-first-token"):
        finding = find(f"{name}:500ms", said)
        assert (str(finding.status), finding.got) == (status, got)
        turned = {"held": "broken", "broken": "held"}.get(status, status)
        assert str(find(f"not-{name}:500ms", said).status) == turned


@pytest.mark.parametrize("name", ["latency", "time-to-first-token"])
@pytest.mark.parametrize("negated", [False, True])
def test_without_a_target_nothing_is_measured(name: str, negated: bool) -> None:
    finding = run_call(CheckCall(name, negated=negated), exchange("x", first_token_ms=1.0))
    assert (str(finding.status), finding.got) == ("unmeasured", "none declared")


@pytest.mark.parametrize(("call", "told"), [
    ("latency:24h", ""), ("latency(86400000)", ""), ("latency:1ms", ""),
    ("latency(86400001)", "a target must be above 0 and at most 24h"),
    ("latency(0)", "a target must be above 0 and at most 24h"),
    ("latency:0s", "a target must be above 0 and at most 24h"),
])
def test_a_target_that_no_reply_can_miss_or_meet_is_refused(call: str, told: str) -> None:
    assert refusal_of(call) == told
