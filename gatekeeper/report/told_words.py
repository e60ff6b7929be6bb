"""What a service's files tell of it, in raw sentences for every report; the renderer neutralises
them."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.routes.overclaims import OVERCLAIMS
from gatekeeper.routes.telling import Told


def told_lines(told: Told) -> Iterator[str]:
    """What is owed and what is claimed too much, one a line; nothing where no route is declared."""
    for one in told.owed:
        yield f"owes {one.name}: {one.fact.reason}"
    for claim in told.claims:
        yield str(claim)


def not_known(kind: str) -> str:
    """What a route cannot tell of the service, in a sentence."""
    names = [rule.name for rule in OVERCLAIMS.get(kind, ())]
    return f"On the route {kind} this was not shown: {', '.join(names)}." if names else ""
