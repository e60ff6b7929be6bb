"""Which cases come first where a budget may not reach all of them. Pure.

Rows that the change adds or edits, then risk by risk: a condition on one risk is decided only once
all its rows are asked, so the gravest risk is finished before the next is begun.
"""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.model import Case, Risk

GRAVEST_FIRST = (Risk.SAFETY, Risk.FORMAT, Risk.GROUNDING, Risk.REGRESSION, Risk.PERFORMANCE)


def by_worth(cases: Iterable[Case]) -> tuple[Case, ...]:
    """The cases in that order; within a risk as they stand in their file."""
    return tuple(sorted(cases, key=lambda case: (
        not (case.added or "@" in case.case_id), GRAVEST_FIRST.index(case.risk))))
