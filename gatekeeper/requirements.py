"""How a check is written: `type`, `type:value`, `type(threshold):value`, `not-…`, `a || b`.

The syntax is promptfoo's for CSV assertions, with ` || ` for alternatives added.
Source: promptfoo `site/docs/configuration/expected-outputs`, section CSV.
"""

from __future__ import annotations

import re
from dataclasses import replace

from gatekeeper.checks import table
from gatekeeper.model import CheckCall, Requirement
from gatekeeper.spelling import nearest

_CALL = re.compile(r"(?P<not>not-)?(?P<name>[a-z][a-z-]*)(?:\((?P<threshold>[^)]*)\))?"
                   r"(?::(?P<argument>.*))?", re.DOTALL)


def read_call(text: str) -> CheckCall:
    """One check; ValueError with the likely fix when it is unknown, misused or can never fail."""
    match = _CALL.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"`{text.strip()}` is not a check; write `name`, `name:value` "
                         "or `name(threshold):value`")
    name = match["name"]
    check = table.CHECKS.get(name)
    if check is None:
        raise ValueError(f"unknown check `{name}`: {nearest(name, table.CHECKS)}")
    call = CheckCall(
        name, (match["argument"] or "").strip(), _threshold(match["threshold"]), bool(match["not"])
    )
    complaint = check.complaint(call)
    if complaint:
        raise ValueError(f"`{call}`: {complaint}")
    return call


def _threshold(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"`{text}` is not a number") from None


def read_requirement(text: str) -> Requirement:
    """One check, or several joined by ` || ` of which one is enough."""
    calls = tuple(read_call(part) for part in re.split(r"\s\|\|\s", text))
    for call in calls:
        if not call.negated and replace(call, negated=True) in calls:
            raise ValueError(f"`{text.strip()}`: one of the two always holds, so it can never fail")
    return Requirement(calls)


def read_requirements(cell: str) -> tuple[Requirement, ...]:
    """The `checks` column: one requirement a line; all must hold."""
    lines = [line for line in cell.splitlines() if line.strip()]
    return tuple(read_requirement(line) for line in lines)
