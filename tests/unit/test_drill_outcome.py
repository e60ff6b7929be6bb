"""Whether a drill was survived: hidden, unrecovered and untried are three ways of not passing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.drill.first_checks import CheckFinding
from gatekeeper.drill.outcome import (
    CasesHeld,
    Drilled,
    DrillState,
    NoRollback,
    Recovery,
    Sighting,
    fact_of,
    judge_drilled,
    read_drilled,
)
from gatekeeper.formats.canonical import plain, to_json
from gatekeeper.model import Fault

UP = Recovery("base abc", 1.0, 2.0)
DRILLED = Drilled(
    "killed", "killed", 10.0,
    (Sighting("engine", 0.1, "exited"), Sighting("health", 0.2, "refused")),
    (CheckFinding("port", "refused", True),), 0.3, rollback=UP)
HELD = CasesHeld(3)
ADOPTION = NoRollback("base has no manifest", rightly=True)
NOT_ASKED = NoRollback("no baseline was asked for", rightly=False)


def judged(one: Drilled = DRILLED, nothing: NoRollback | None = None,
           held: CasesHeld | None = HELD, fallback: bool = False, **changed: Any
           ) -> tuple[DrillState, str]:
    """State and reasons of a drill in which everything went well, but for what is changed."""
    found = judge_drilled(replace(one, **changed), nothing, held, fallback)
    return found.state, "; ".join(found.reasons)


def test_noticed_and_rolled_back_is_passed() -> None:
    assert judged() == (DrillState.PASSED, "")


@pytest.mark.parametrize(("sightings", "words"), [
    ((), "hidden: nobody who asks the service noticed within 10 s"),
    ((Sighting("engine", 0.1, "exited"),),
     "hidden: nobody who asks the service noticed within 10 s; the engine knew after 0.10 s"),
    ((Sighting("request", 10.5, "dropped"),),
     "hidden: nobody who asks the service noticed within 10 s"),
])
def test_what_nobody_who_asks_notices_in_time_is_hidden(
    sightings: tuple[Sighting, ...], words: str
) -> None:
    assert judged(sightings=sightings) == (DrillState.FAILED, words)


def test_the_first_who_asks_has_noticed() -> None:
    assert DRILLED.noticed == Sighting("health", 0.2, "refused")


@pytest.mark.parametrize(("changed", "state", "words"), [
    ({"rollback": None}, DrillState.UNMEASURED, "the rollback was not tried"),
    ({"rollback": Recovery("base abc", reason="exited")}, DrillState.FAILED,
     "the rollback (base abc) did not come up: exited"),
    ({"rollback": Recovery("base abc", reason="no engine", fault=Fault.WORLD)},
     DrillState.UNMEASURED, "the rollback (base abc) did not come up: no engine"),
    ({"rollback": Recovery("base abc")}, DrillState.FAILED,
     "the rollback (base abc) did not come up: it did not answer"),
    ({"held": CasesHeld(3, ("a",))}, DrillState.FAILED,
     "the rollback does not pass 1 of 3 cases that base passes: a"),
    ({"held": CasesHeld(3, (), ("a", "b"))}, DrillState.UNMEASURED,
     "of the rollback 2 of 3 cases are not known: a, b"),
    ({"held": CasesHeld(0)}, DrillState.UNMEASURED,
     "base passes none of its cases, so nothing can be held against the rollback"),
    ({"held": None}, DrillState.UNMEASURED,
     "base passes none of its cases, so nothing can be held against the rollback"),
    ({"fallback": True}, DrillState.UNMEASURED, "the fallback was not tried"),
    ({"left": ("network of copy",)}, DrillState.FAILED, "left behind: network of copy"),
    ({"unmeasured": "no engine"}, DrillState.UNMEASURED, "no engine"),
    ({"nothing": ADOPTION}, DrillState.UNMEASURED,
     "base has no manifest; a `drill.fallback` would be something to recover to"),
    ({"nothing": NOT_ASKED}, DrillState.UNMEASURED, "no baseline was asked for"),
])
def test_what_is_missing_is_never_passed(
    changed: dict[str, Any], state: DrillState, words: str
) -> None:
    assert judged(**changed) == (state, words)


def with_fallback(found: Recovery | None) -> Drilled:
    """A drill of a policy that declares a fallback."""
    return replace(DRILLED, fallback=found)


def test_on_adoption_the_fallback_alone_decides() -> None:
    up, down = with_fallback(Recovery("image small", 1.0)), Recovery("image small", reason="exited")
    assert judged(up, ADOPTION, None, True) == (DrillState.PASSED, "base has no manifest")
    assert judged(with_fallback(down), ADOPTION, None, True)[0] is DrillState.FAILED
    assert judged(up, NOT_ASKED, None, True)[0] is DrillState.UNMEASURED


def test_every_failure_that_is_due_has_to_be_drilled() -> None:
    passed = judge_drilled(DRILLED, None, HELD, False)
    assert fact_of([passed], ["killed"]).holds is True
    assert fact_of([passed], ["killed", "hung"]).reason == "hung: not drilled"
    assert fact_of([passed], ["killed", "hung"]).holds is None
    assert fact_of([], []).holds is None


def test_a_failed_drill_outweighs_one_that_is_unmeasured() -> None:
    failed = judge_drilled(replace(DRILLED, sightings=()), None, HELD, False)
    unknown = judge_drilled(replace(DRILLED, failure="hung", unmeasured="no engine"), None, None,
                            False)
    assert fact_of([failed, unknown], ["killed", "hung"]).holds is False
    assert fact_of([unknown], ["hung"]).fault is Fault.WORLD


# From the pack


def test_a_drill_is_read_back_as_it_was_written() -> None:
    whole = with_fallback(Recovery("url http://h", None, None, "no key", Fault.WORLD))
    assert read_drilled(json.loads(to_json(plain(whole)))) == whole


@pytest.mark.parametrize("damage", [
    {"failure": 3}, {"bound": "10"}, {"bound": True}, {"bound": -1}, {"sightings": {}},
    {"sightings": [{"by": "health", "after": float("inf"), "saw": ""}]}, {"checks": [3]},
    {"rollback": []}, {"rollback": {"what": "base"}}, {"left": "network"}, {"fault": "nobody"},
    {"checked_after": "soon"},
])
def test_a_damaged_drill_is_refused(damage: dict[str, Any]) -> None:
    data = {**plain(DRILLED), **damage}
    with pytest.raises((KeyError, TypeError, ValueError)):
        read_drilled(data)


_SECONDS = st.floats(0, 100)
_RECOVERIES = st.none() | st.builds(
    Recovery, st.just("x"), st.none() | _SECONDS, st.none() | _SECONDS, st.sampled_from(["", "no"]),
    st.sampled_from(Fault))


@given(
    sightings=st.lists(st.builds(Sighting, st.sampled_from(["engine", "health", "request", "x"]),
                                 _SECONDS, st.just("")), max_size=3),
    rollback=_RECOVERIES, fallback=_RECOVERIES, wants=st.booleans(),
    nothing=st.sampled_from([None, ADOPTION, NOT_ASKED]),
    held=st.none() | st.builds(CasesHeld, st.integers(0, 3), st.sampled_from([(), ("a",)]),
                               st.sampled_from([(), ("b",)])),
)
def test_a_passed_drill_was_noticed_and_something_came_up(
    sightings: list[Sighting], rollback: Recovery | None, fallback: Recovery | None, wants: bool,
    nothing: NoRollback | None, held: CasesHeld | None,
) -> None:
    one = replace(DRILLED, sightings=tuple(sightings), rollback=rollback, fallback=fallback)
    if judge_drilled(one, nothing, held, wants).state is not DrillState.PASSED:
        return
    assert any(s.by in ("health", "request") and s.after <= 10 for s in sightings)
    came_up = [found for found in (rollback if nothing is None else None,
                                   fallback if wants else None) if found is not None]
    assert came_up
    assert all(found.answered_after is not None and not found.reason for found in came_up)
    assert nothing is not None or (held is not None and held.due and not held.lost + held.unknown)
