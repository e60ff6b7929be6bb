"""How much of a report is shown where it is read: GitHub refuses what is too long.

A report is cut in steps, whole rows at a time and never inside one, and every list that was cut
says how much of it is not shown. Limits measured by others: a comment may have 65,536 characters, a
check run's summary 65,535 characters and as many bytes, a job summary 1 MiB.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a report shows of a judgement."""

    rows: int = 200
    """Of every list and table."""
    cell: int = 300
    """Characters of one text."""
    log: int = 12
    """Last lines of a service that did not start."""


WHOLE = Limits()
STEPS = (WHOLE, Limits(100, 200), Limits(50, 160), Limits(25, 120, 8), Limits(12, 80, 6),
         Limits(6, 60, 4), Limits(3, 40, 2), Limits(1, 20, 0))
COMMENT_CHARACTERS, COMMENT_BYTES = 60_000, 65_000
SUMMARY_BYTES = 1_000_000


def fitting(render: Callable[[Limits], str], characters: int, size: int) -> str:
    """The fullest rendering of at most so many characters and bytes."""
    for limits in STEPS:
        text = render(limits)
        if len(text) <= characters and len(text.encode("utf-8")) <= size:
            return text
    raise ValueError("a report does not fit with one short row of everything")
