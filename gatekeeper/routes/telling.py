"""What a service's files tell of it, judged: what its route owes, what it claims outside of it,
what its README lacks as a runbook. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gatekeeper.judging.measure import Fact
from gatekeeper.manifest.told import Route
from gatekeeper.model import Fault
from gatekeeper.outcome import Doubt, Reading
from gatekeeper.routes.claims import Claim
from gatekeeper.routes.documents import is_readme
from gatekeeper.routes.owed import Owed
from gatekeeper.routes.runbook import missing_sections

MAX_NAMED = 3


@dataclass(frozen=True, slots=True)
class Told:
    """What head's files tell."""

    route: Route = Route()
    """Head's own, of the kind that the policy decides."""
    owed: tuple[Owed, ...] = ()
    claims: tuple[Claim, ...] = ()


def claims_reading(told: Told) -> Reading:
    """How many claims are outside the route."""
    if not told.route.kind:
        nothing = Doubt(Fault.CHANGE, "no route is declared")
        return Reading(0, float("inf"), (nothing,))
    count = len(told.claims)
    named = ", ".join(f"{one.file}:{one.line}" for one in told.claims[:MAX_NAMED])
    more = ", …" if count > MAX_NAMED else ""
    return Reading(count, count, detail=named + more)


def runbook_fact(documents: Iterable[tuple[str, str]]) -> Fact:
    """Whether the README, the first of these by path and text, has a runbook's sections."""
    readme = next(((path, text) for path, text in documents if is_readme(path)), None)
    if readme is None:
        return Fact(False, "there is no README beside the manifest or at the top")
    missing = missing_sections(readme[1])
    if missing:
        return Fact(False, f"{readme[0]} lacks {', '.join(missing)}")
    return Fact(True, f"{readme[0]} has all sections")


def stop_time_fact(route: Route, now: str) -> Fact:
    """Whether it is written when the machine is shut down, and that is yet to come."""
    if not route.stop_by:
        return Fact(False, "`route.stop_by` is not declared")
    if route.stop_by <= now:
        return Fact(False, f"`route.stop_by` {route.stop_by} is over")
    return Fact(True, f"by {route.stop_by}")
