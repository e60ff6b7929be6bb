"""What became of one drill, as it is written to the pack and read back, and whether it was passed.
Pure, and fails closed:

1. It fails when nobody who asks the service noticed in time, when the fallback did not come up,
   when the rollback did not come up or lost a case that base passes, or when something was left.
2. What was not tried, or could not be told, is unmeasured, and has not passed.
3. Where there is rightly nothing to roll back to, the fallback alone decides; without one there is
   nothing that was recovered to, and it is unmeasured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gatekeeper.drill.first_checks import CheckFinding
from gatekeeper.judging.measure import Fact
from gatekeeper.model import Fault

ENGINE, HEALTH, REQUEST, START = "engine", "health", "request", "start"
CALLERS = (HEALTH, REQUEST, START)
"""Who notices as those do who depend on the service. That the engine knows helps nobody who does
not ask it."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Who saw that something is wrong, when, and what."""

    by: str
    """`health`, `request`, `engine`, or `start`: whoever started it was told."""
    after: float
    """Seconds since the failure."""
    saw: str


@dataclass(frozen=True, slots=True)
class Recovery:
    """A service that was started, or asked, in place of the broken one."""

    what: str
    """Which one, in words."""
    answered_after: float | None = None
    """Seconds since the failure until it had passed smoke; None where it did not."""
    done_after: float | None = None
    """Seconds since the failure until its cases were asked too; None where there were none."""
    reason: str = ""
    """Why it did not pass smoke; empty where it did."""
    fault: Fault = Fault.CHANGE


@dataclass(frozen=True, slots=True)
class Drilled:
    """One failure, from the moment it was brought about to the last look at what was left."""

    failure: str
    injected: str = ""
    """What was done, in words."""
    bound: float = 0.0
    """Seconds within which it had to be noticed."""
    sightings: tuple[Sighting, ...] = ()
    checks: tuple[CheckFinding, ...] = ()
    checked_after: float | None = None
    fallback: Recovery | None = None
    rollback: Recovery | None = None
    left: tuple[str, ...] = ()
    """What was still there after everything of it was stopped."""
    unmeasured: str = ""
    """Why it could not be brought about, or followed to its end."""
    fault: Fault = Fault.WORLD
    """Whose doing that is."""

    @property
    def noticed(self) -> Sighting | None:
        """The first sighting by somebody who asks the service, within the bound."""
        callers = [one for one in self.sightings if one.by in CALLERS and one.after <= self.bound]
        return min(callers, key=lambda one: one.after, default=None)


@dataclass(frozen=True, slots=True)
class NoRollback:
    """Why there is nothing to roll back to."""

    reason: str
    rightly: bool
    """There is rightly nothing; else there should be something, and it was not asked for."""


@dataclass(frozen=True, slots=True)
class CasesHeld:
    """The cases that base passes, asked of the rollback."""

    due: int
    lost: tuple[str, ...] = ()
    """Ids of those it did not pass, also not when asked again."""
    unknown: tuple[str, ...] = ()
    """Ids of those that were not asked, or whose answer says nothing."""


class DrillState(StrEnum):
    """What a drill comes to."""

    PASSED = "passed"
    FAILED = "failed"
    UNMEASURED = "unmeasured"


@dataclass(frozen=True, slots=True)
class DrillJudgement:
    """One drill, judged."""

    drilled: Drilled
    state: DrillState
    reasons: tuple[str, ...]
    """Why it is not passed; where it is, what it was judged without."""
    fault: Fault
    """Whose doing it is that it is unmeasured."""
    held: CasesHeld | None = None


def judge_drilled(
    one: Drilled, no_rollback: NoRollback | None, held: CasesHeld | None, wants_fallback: bool
) -> DrillJudgement:
    """One drill. `held` is what the rollback's replies come to; None where it has none."""
    if one.unmeasured:
        return DrillJudgement(one, DrillState.UNMEASURED, (one.unmeasured,), one.fault)
    failed, doubts, notes = _Reasons(), _Reasons(), _Reasons()
    if one.noticed is None:
        failed.add(_hidden(one))
    if one.left:
        failed.add(f"left behind: {', '.join(one.left)}")
    if wants_fallback:
        _judge_recovery("fallback", one.fallback, failed, doubts)
    if no_rollback is not None:
        if no_rollback.rightly and wants_fallback:
            notes.add(no_rollback.reason)
        elif no_rollback.rightly:
            doubts.add(f"{no_rollback.reason}; a `drill.fallback` would be something to recover to",
                       Fault.WORLD)
        else:
            doubts.add(no_rollback.reason, Fault.WORLD)
    else:
        _judge_recovery("rollback", one.rollback, failed, doubts)
        if one.rollback is not None and not one.rollback.reason:
            _judge_cases(held, failed, doubts)
    if failed.words:
        return DrillJudgement(one, DrillState.FAILED, (*failed.words, *doubts.words), Fault.CHANGE,
                              held)
    if doubts.words:
        return DrillJudgement(one, DrillState.UNMEASURED, (*doubts.words,), doubts.fault, held)
    return DrillJudgement(one, DrillState.PASSED, (*notes.words,), Fault.CHANGE, held)


class _Reasons:
    """Sentences, and the worst fault among them."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.fault = Fault.WORLD

    def add(self, words: str, fault: Fault = Fault.CHANGE) -> None:
        self.words.append(words)
        if fault is Fault.CHANGE:
            self.fault = fault


def _hidden(one: Drilled) -> str:
    told = next((s for s in one.sightings if s.by == ENGINE), None)
    engine = f"; the engine knew after {told.after:.2f} s" if told else ""
    return f"hidden: nobody who asks the service noticed within {one.bound:g} s{engine}"


def _judge_recovery(word: str, found: Recovery | None, failed: _Reasons, doubts: _Reasons) -> None:
    if found is None:
        doubts.add(f"the {word} was not tried", Fault.WORLD)
    elif found.reason or found.answered_after is None:
        why = f"the {word} ({found.what}) did not come up: {found.reason or 'it did not answer'}"
        (failed if found.fault is Fault.CHANGE else doubts).add(why, found.fault)


def _judge_cases(held: CasesHeld | None, failed: _Reasons, doubts: _Reasons) -> None:
    if held is None or not held.due:
        doubts.add("base passes none of its cases, so nothing can be held against the rollback",
                   Fault.WORLD)
        return
    if held.lost:
        failed.add(f"the rollback does not pass {len(held.lost)} of {held.due} cases that base "
                   f"passes: {_some(held.lost)}")
    if held.unknown:
        doubts.add(f"of the rollback {len(held.unknown)} of {held.due} cases are not known: "
                   f"{_some(held.unknown)}", Fault.WORLD)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def fact_of(judged: Sequence[DrillJudgement], due: Sequence[str]) -> Fact:
    """`drill.passed`: every failure that is due was drilled, and each drill passed."""
    done = {one.drilled.failure: one for one in judged}
    failed = [f"{name}: {'; '.join(done[name].reasons)}" for name in due
              if name in done and done[name].state is DrillState.FAILED]
    if failed:
        return Fact(False, " | ".join(failed))
    doubts = [one for name in due if (one := done.get(name)) and
              one.state is DrillState.UNMEASURED]
    missing = [name for name in due if name not in done]
    if doubts or missing or not due:
        words = [f"{one.drilled.failure}: {'; '.join(one.reasons)}" for one in doubts]
        words += [f"{name}: not drilled" for name in missing]
        owed = any(one.fault is Fault.CHANGE for one in doubts)
        return Fact(None, " | ".join(words) or "no drill was run",
                    Fault.CHANGE if owed else Fault.WORLD)
    return Fact(True, f"noticed and recovered from: {', '.join(due)}")


def read_drilled(data: Any) -> Drilled:
    """One drill out of a pack, which may be anybody's; KeyError, TypeError or ValueError where it
    is none."""
    return Drilled(
        failure=_text(data["failure"]), injected=_text(data["injected"]),
        bound=_seconds(data["bound"]),
        sightings=tuple(Sighting(_text(one["by"]), _seconds(one["after"]), _text(one["saw"]))
                        for one in _list(data["sightings"])),
        checks=tuple(CheckFinding(_text(one["check"]), _text(one["found"]),
                                  one["suspicious"] is True) for one in _list(data["checks"])),
        checked_after=_perhaps(data["checked_after"]),
        fallback=_recovery(data["fallback"]), rollback=_recovery(data["rollback"]),
        left=tuple(map(_text, _list(data["left"]))), unmeasured=_text(data["unmeasured"]),
        fault=Fault(data["fault"]),
    )


def _recovery(data: Any) -> Recovery | None:
    if data is None:
        return None
    return Recovery(_text(data["what"]), _perhaps(data["answered_after"]),
                    _perhaps(data["done_after"]), _text(data["reason"]), Fault(data["fault"]))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r:.40} is no text")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r:.40} is no list")
    return value


def _seconds(value: Any) -> float:
    sound = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not sound or not 0 <= value < math.inf:
        raise ValueError(f"{value!r:.40} is no time")
    return float(value)


def _perhaps(value: Any) -> float | None:
    return None if value is None else _seconds(value)
