"""Waivers: cases that may fail until a day. Pure.

1. Base's waivers count; where head waives the same case for less long, head's day counts, and where
   head keeps the case and no longer waives it, nothing does: that is tighter. A case that head
   removes still runs, and base's waiver with it.
2. Head may waive a case that head itself adds.
3. A waiver counts up to and on its last day (UTC); then it merely ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gatekeeper.manifest.types import Waiver
from gatekeeper.model import Case


def combined(
    base: tuple[Waiver, ...], head: tuple[Waiver, ...], before: Iterable[Case],
    after: Iterable[Case],
) -> tuple[Waiver, ...]:
    """The waivers that count while base decides; `before` and `after` are both sides' rows."""
    heads = {waiver.case: waiver for waiver in head}
    known, left = {case.case_id for case in before}, {case.case_id for case in after}
    kept = [replace(one, expires=min(one.expires, heads.get(one.case, one).expires))
            for one in base if one.case in heads or one.case not in left]
    return (*kept, *(waiver for waiver in head if waiver.case not in known))


def waiver_of(waivers: tuple[Waiver, ...], case: Case, day: str) -> Waiver | None:
    """The waiver in force for a case on a day (`2027-01-31`); both versions of an edited case."""
    name = case.case_id.partition("@")[0]
    return next((waiver for waiver in waivers
                 if waiver.case == name and not expired(waiver, day)), None)


def expired(waiver: Waiver, day: str) -> bool:
    """Whether a waiver has ended; days in ISO form compare as text."""
    return day > waiver.expires
