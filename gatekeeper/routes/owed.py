"""What each route owes: one table, and what of it is there. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gatekeeper.judging.measure import Fact
from gatekeeper.manifest.told import COLAB, LOCAL_CPU, RENTED_GPU, Route
from gatekeeper.model import Fault


@dataclass(frozen=True, slots=True)
class Shown:
    """What a run and its tree show of where the model ran. What a run measures is None where it
    was not measured, with whose doing that is."""

    environment: Fact
    smoke: Fact
    answered: Fact
    """At least one case was."""
    stopped: Fact
    """The service that gatekeeper started is gone."""
    stop: str
    """The stop command."""
    notebook: Fact
    outputs: Fact
    shutdown: Fact
    """The rented instance is gone."""


@dataclass(frozen=True, slots=True)
class Due:
    """One thing a route owes."""

    name: str
    given: Callable[[Route, Shown], Fact]


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing that is owed and missing."""

    name: str
    fact: Fact


def _measured(name: str) -> Callable[[Route, Shown], Fact]:
    """It is there once it was measured, whatever came of it: that is the gates' to judge."""

    def given(_: Route, shown: Shown) -> Fact:
        fact: Fact = getattr(shown, name)
        return Fact(True) if fact.holds is not None else fact

    return given


def _told(name: str) -> Callable[[Route, Shown], Fact]:
    def given(route: Route, _: Shown) -> Fact:
        told = getattr(route, name)
        return Fact(told not in ("", None), f"`route.{name}` is not declared")

    return given


def _of_tree(name: str) -> Callable[[Route, Shown], Fact]:
    def given(_: Route, shown: Shown) -> Fact:
        fact: Fact = getattr(shown, name)
        return fact

    return given


def _stop(_: Route, shown: Shown) -> Fact:
    return Fact(bool(shown.stop), "`contract.stop_path.stop` is not declared")


def _shutdown(_: Route, shown: Shown) -> Fact:
    """The instance's, or that of a service which gatekeeper itself has stopped."""
    return Fact(True) if shown.stopped.holds else shown.shutdown


OWED: dict[str, tuple[Due, ...]] = {
    LOCAL_CPU: (
        Due("environment report", _measured("environment")),
        Due("smoke test", _measured("smoke")),
        Due("eval CSV", _measured("answered")),
        Due("stop command", _stop),
    ),
    COLAB: (
        Due("notebook copy", _of_tree("notebook")),
        Due("runtime type", _told("runtime_type")),
        Due("outputs copied back", _of_tree("outputs")),
        Due("reset risk", _told("reset_risk")),
    ),
    RENTED_GPU: (
        Due("instance type", _told("instance")),
        Due("exposed ports", _told("ports")),
        Due("tunnel or private network", _told("access")),
        Due("eval result", _measured("answered")),
        Due("shutdown proof", _shutdown),
    ),
}
"""Kind of route -> what it owes."""


def owed(route: Route, shown: Shown) -> tuple[Owed, ...]:
    """What is missing, in the table's order."""
    facts = ((due.name, due.given(route, shown)) for due in OWED.get(route.kind, ()))
    return tuple(Owed(name, fact) for name, fact in facts if not fact.holds)


def completeness(route: Route, missing: tuple[Owed, ...]) -> Fact:
    """Whether all of it is there."""
    if not route.kind:
        return Fact(False, "no route is declared")
    if not missing:
        count = len(OWED[route.kind])
        return Fact(True, f"{count} of {count} given")
    words = "; ".join(f"{one.name}: {one.fact.reason}" for one in missing)
    ours = all(one.fact.holds is None and one.fact.fault is Fault.WORLD for one in missing)
    return Fact(None, words, Fault.WORLD) if ours else Fact(False, words)
