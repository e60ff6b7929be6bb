"""Waivers: cases that may fail until a day. Pure.

1. Base's waivers count; where head waives the same case for less long, head's day counts, and where
   head no longer waives it, nothing does: that is tighter.
2. Head may waive a case that head itself adds.
3. A waiver counts up to and on its last day (UTC); then it merely ends.
"""

from __future__ import annotations

from dataclasses import replace

from gatekeeper.manifest.types import Waiver
from gatekeeper.model import Case


def combined(
    base: tuple[Waiver, ...], head: tuple[Waiver, ...], cases: tuple[Case, ...]
) -> tuple[Waiver, ...]:
    """The waivers that count while base decides; `cases` are the merged ones."""
    heads = {waiver.case: waiver for waiver in head}
    kept = [replace(waiver, expires=min(waiver.expires, heads[waiver.case].expires))
            for waiver in base if waiver.case in heads]
    added = {case.case_id for case in cases if case.added}
    return (*kept, *(waiver for waiver in head if waiver.case in added))


def waiver_of(waivers: tuple[Waiver, ...], case: Case, day: str) -> Waiver | None:
    """The waiver in force for a case on a day (`2027-01-31`); both versions of an edited case."""
    name = case.case_id.partition("@")[0]
    return next((waiver for waiver in waivers
                 if waiver.case == name and not expired(waiver, day)), None)


def expired(waiver: Waiver, day: str) -> bool:
    """Whether a waiver has ended; days in ISO form compare as text."""
    return day > waiver.expires
