"""A drill as a timeline: what happened when, as plain lines that each report draws its own way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gatekeeper.drill.outcome import CALLERS, DrillJudgement, Recovery


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a timeline. The text is anybody's: it is neutralised where it is shown."""

    at: float | None
    """Seconds since the failure; None where it has no time of its own."""
    text: str
    mark: str = ""
    """`good`, `bad`, `odd`, or empty."""
    inside: bool = False
    """It belongs to the moment above."""


def timeline(judged: DrillJudgement, brief: bool = False) -> Iterator[Moment]:
    """What happened, in the order in which it did. `brief`: first checks that point at nothing
    share a line."""
    one = judged.drilled
    if one.injected:
        yield Moment(0.0, f"broken: {one.injected}", "bad")
    for seen in sorted(one.sightings, key=lambda seen: seen.after):
        late = seen.after > one.bound
        who = {"engine": "the engine says", "start": "whoever started it was told"}.get(
            seen.by, f"noticed by {seen.by}")
        yield Moment(seen.after, f"{who}: {seen.saw}" + (" (too late)" if late else ""),
                     "good" if seen.by in CALLERS and not late else "")
    if one.injected and one.noticed is None:
        yield Moment(one.bound, "nobody who asks the service noticed", "bad")
    if one.checks:
        yield Moment(one.checked_after, "first checks")
    for check in one.checks:
        if check.suspicious or not brief:
            yield Moment(None, f"{check.check}: {check.found}", "odd" if check.suspicious else "",
                         inside=True)
    plain = [check.check for check in one.checks if not check.suspicious]
    if plain and brief:
        yield Moment(None, f"nothing odd: {', '.join(plain)}", inside=True)
    if one.fallback is not None:
        yield _recovered("fallback", one.fallback)
    if one.rollback is not None:
        yield _recovered("rollback", one.rollback)
        held = judged.held
        if held is not None and one.rollback.done_after is not None:
            passed = held.due - len(held.lost) - len(held.unknown)
            yield Moment(one.rollback.done_after,
                         f"rollback passes {passed} of {held.due} cases that base passes",
                         "good" if passed == held.due else "bad")
    if one.left:
        yield Moment(None, f"left behind: {', '.join(one.left)}", "bad")


def _recovered(word: str, found: Recovery) -> Moment:
    if found.reason or found.answered_after is None:
        return Moment(None, f"{word} did not come up ({found.what}): "
                      f"{found.reason or 'it did not answer'}", "bad")
    return Moment(found.answered_after, f"{word} passes smoke: {found.what}", "good")


def seconds(value: float | None) -> str:
    """A time as all reports of drills write it; empty where there is none."""
    return "" if value is None else f"{value:.2f} s"


def recovered_after(judged: DrillJudgement) -> float | None:
    """Seconds until the rollback had passed its cases, or where there is none, the fallback its
    smoke."""
    one = judged.drilled
    if one.rollback is not None:
        return one.rollback.done_after
    return one.fallback.answered_after if one.fallback else None
