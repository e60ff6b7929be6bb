"""Whether the service that was measured is the one its tree declares, from the pack. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gatekeeper.judging.measure import Fact
from gatekeeper.model import Fault, Side
from gatekeeper.service.likeness import Likeness

SERVICES = "services"
"""Key of `environment.json`: side -> what ran there."""


def likenesses_in(environment: Any, side: Side) -> dict[str, Likeness]:
    """What one side's service and tree said, by where the service says it; what is no such row is
    left out."""
    services = environment.get(SERVICES) if isinstance(environment, dict) else None
    found = services.get(str(side)) if isinstance(services, dict) else None
    rows = found.get("identity") if isinstance(found, dict) else None
    read = (_row(row) for row in rows) if isinstance(rows, list) else ()
    return {one.reported: one for one in read if one is not None}


def _row(row: Any) -> Likeness | None:
    if not isinstance(row, dict):
        return None
    reported, declared, expected, got, reason = (
        row.get(name) for name in ("reported", "declared", "expected", "got", "reason"))
    if not (isinstance(reported, str) and isinstance(declared, str) and isinstance(reason, str)
            and isinstance(expected, str | None) and isinstance(got, str | None)):
        return None
    return Likeness(reported, declared, expected, got, reason, row.get("unmeasured") is True)


def differences(found: Mapping[str, Likeness], known_by: Mapping[str, str]) -> Iterator[str]:
    """What the service says otherwise than its tree, in words."""
    for reported in known_by:
        one = found.get(reported)
        if one is not None and not one.holds and not one.unmeasured:
            got = f"`{one.got}`" if one.got is not None else f"nothing: {one.reason}"
            expected = f"`{one.expected}`" if one.expected is not None else "nothing"
            yield f"{one.reported} says {got}, {one.declared} says {expected}"


def read_identity(
    found: Mapping[str, Likeness], known_by: Mapping[str, str], not_started: Fact | None
) -> Fact:
    """Whether everything that is declared of head's service was said by it too."""
    if not known_by:
        return Fact(None, "`service.identity` declares nothing to know the service by")
    differing = list(differences(found, known_by))
    if differing:
        return Fact(False, "; ".join(differing))
    missing = [one for one in known_by if one not in found or found[one].unmeasured]
    if missing:
        return not_started or Fact(None, f"not asked: {', '.join(missing)}", Fault.WORLD)
    same = ", ".join(f"{one} is {found[one].got}" for one in known_by)
    return Fact(True, f"{len(known_by)} of {len(known_by)}: {same}")
