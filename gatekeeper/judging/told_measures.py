"""Measures of what a service's files tell of it, and of what earlier runs tell. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable

from gatekeeper.judging.learning import TRIED
from gatekeeper.judging.measure import (
    NOBODY_LOOKED,
    Domain,
    Fact,
    Facts,
    Measure,
    Tighter,
    ToldFacts,
)
from gatekeeper.model import Fault
from gatekeeper.outcome import Doubt, Reading

CLAIMS = "claims.outside_route"


def _fact(get: Callable[[ToldFacts], Fact]) -> Callable[[Facts], Reading]:
    def read(facts: Facts) -> Reading:
        fact = get(facts.told)
        if fact.holds is None:
            return Reading(0, 1, (Doubt(fact.fault, fact.reason),))
        return Reading(float(fact.holds), float(fact.holds), detail=fact.reason)

    return read


def _count(get: Callable[[ToldFacts], Reading | None]) -> Callable[[Facts], Reading]:
    def read(facts: Facts) -> Reading:
        nobody_looked = Doubt(Fault.WORLD, NOBODY_LOOKED.reason)
        return get(facts.told) or Reading(0, math.inf, (nobody_looked,))

    return read


def _tried(what: str) -> Measure:
    return Measure(
        f"tried.{what}", Domain.FACT, Tighter.TRUE, "earlier runs",
        f"An earlier run of the declared `history` changed {TRIED[what][0]}, and a case that "
        "still fails failed in it.", "nobody looked",
        _fact(lambda told: told.tried.get(what, NOBODY_LOOKED)))


TOLD_MEASURES = (
    Measure("route.complete", Domain.FACT, Tighter.TRUE, "head",
            "A route is declared, and all that it owes is there; see [routes](routes.md). Where "
            "one is declared this blocks without a gate, too.", "the run did not measure it",
            _fact(lambda told: told.route)),
    Measure(CLAIMS, Domain.COUNT, Tighter.LOWER, "head",
            "Sentences of README, notes and manifest that claim what the route cannot know.",
            "no route is declared", _count(lambda told: told.claims)),
    Measure("runbook.complete", Domain.FACT, Tighter.TRUE, "head",
            "The README has a runbook's sections; see [evidence pack](evidence.md).", "never",
            _fact(lambda told: told.runbook)),
    Measure("stop_time.declared", Domain.FACT, Tighter.TRUE, "head",
            "`route.stop_by` says when the machine is shut down, and is yet to come.", "never",
            _fact(lambda told: told.stop_time)),
    *map(_tried, TRIED),
    Measure("failures.repeated", Domain.COUNT, Tighter.HIGHER, "earlier runs",
            "Cases that failed in two or more earlier runs of the declared `history`, the last "
            "that asked them included.", "nobody looked", _count(lambda told: told.repeated)),
)
