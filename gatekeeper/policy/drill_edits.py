"""What a change does to the drill that it has to survive, in words, and what of that counts at
once. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gatekeeper.formats.units import format_duration
from gatekeeper.manifest.drill import Drill
from gatekeeper.policy.directions import Direction
from gatekeeper.policy.edits import Edit


def drill_edits(base: Drill | None, head: Drill | None) -> Iterator[Edit]:
    """Every difference between two drills."""
    if base is None or head is None:
        if head is not None:
            yield Edit(Direction.TIGHTER, "drill", f"a drill is added: {_named(head.failure)}")
            if head.fallback and head.fallback.url:
                yield Edit(Direction.REPLACED, "drill.fallback",
                           "the drill falls back to a URL, which is not asked until then")
        elif base is not None:
            yield Edit(Direction.LOOSER, "drill", f"the drill is dropped: {_named(base.failure)}")
        return
    for direction, failures, words in (
        (Direction.LOOSER, _without(base, head), "the drill no longer breaks"),
        (Direction.TIGHTER, _without(head, base), "the drill also breaks"),
    ):
        if failures:
            yield Edit(direction, "drill.failure", f"{words}: {_named(failures)}")
    if base.notice != head.notice:
        yield Edit(Direction.LOOSER if head.notice > base.notice else Direction.TIGHTER,
                   "drill.notice", f"a failure has to be noticed within "
                   f"{format_duration(head.notice)} in place of {format_duration(base.notice)}")
    for name in ("first_checks", "fallback", "wrong"):
        if getattr(base, name) != getattr(head, name):
            yield Edit(Direction.REPLACED, f"drill.{name}", f"drill.{name} is replaced")


def tighter_drill(base: Drill | None, head: Drill | None) -> Drill | None:
    """Base's drill with what head asks more. An address to fall back to is not head's to choose: we
    would send it requests."""
    if head is None:
        return base
    if base is None:
        return replace(head, fallback=None) if head.fallback and head.fallback.url else head
    return replace(base, failure=(*base.failure, *_without(head, base)),
                   notice=min(base.notice, head.notice))


def _without(one: Drill, other: Drill) -> tuple[str, ...]:
    return tuple(name for name in one.failure if name not in other.failure)


def _named(failures: tuple[str, ...]) -> str:
    return ", ".join(failures)
