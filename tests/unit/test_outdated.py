"""Expectations that are tied to a source which changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gatekeeper.cases.outdated import outdated_by
from gatekeeper.cases.requirements import read_requirements
from gatekeeper.model import Answer
from tests.support.make import make_case

BEFORE = {"refund": "Refunds are paid within 30 days.", "escalation": "Call the lead."}
AFTER = {**BEFORE, "refund": "Refunds are paid within 14 days."}


def tied(checks: str, said: str = "", after: dict[str, str] = AFTER) -> str:
    """The source that a case with these checks is tied to, after base said something."""
    case = replace(make_case(), requirements=read_requirements(checks))
    return outdated_by(case, [Answer(said)] if said else [], BEFORE, after)


@pytest.mark.parametrize("checks", [
    "contains:30 days", "icontains:WITHIN 30 DAYS", "contains-any:soon,30 days",
    "contains-all:Refunds,30 days", "is-json || contains:30 days",
])
def test_a_text_that_the_source_no_longer_has(checks: str) -> None:
    assert tied(checks) == "refund"


@pytest.mark.parametrize("checks", ["contains:Refunds", "contains:90 days", "not-contains:30 days",
                                    "is-json"])
def test_a_text_that_it_still_has_or_never_had(checks: str) -> None:
    assert tied(checks) == ""


def test_a_number_that_base_said_from_it() -> None:
    assert tied("same-as-baseline", "It takes 30 days.") == "refund"
    assert tied("same-as-baseline", "It takes a while.") == ""


def test_base_cited_it() -> None:
    assert tied("same-as-baseline", "It takes a while [refund].") == "refund"
    assert tied("same-as-baseline", "Call somebody [escalation].") == ""


def test_a_source_that_is_gone() -> None:
    assert tied("contains:lead", after={"refund": BEFORE["refund"]}) == "escalation"


def test_where_no_source_changed_nothing_is_outdated() -> None:
    assert tied("contains:30 days", "30 [refund]", after=BEFORE) == ""
