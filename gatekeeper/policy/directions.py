"""Which way one key's edit points: tighter, looser, or neither that can be proven. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from gatekeeper.cases.reducers import is_easier
from gatekeeper.policy.tighten import as_number


class Direction(StrEnum):
    """Whether head's policy asks more or less than base's."""

    TIGHTER = "tighter"
    """Provably; it counts at once."""
    LOOSER = "looser"
    """It does not count until it is accepted."""
    REPLACED = "replaced"
    """Neither can be proven; it does not count until it is accepted."""
    MOVED = "moved"
    """The same, elsewhere."""


_LOWER_IS_TIGHTER = frozenset({
    "contract.limits.latency_target", "contract.limits.first_token_target",
    "service.resources.memory", "service.resources.cpus", "service.resources.processes",
    "service.ready.timeout",
})
_FEWER_IS_LOOSER = frozenset({"eval.repeats"})
"""More is no proof of more: a base that is asked more often passes fewer cases."""
_EASIER_IS_LOOSER = frozenset({"eval.reducer"})
"""Stricter is no proof of more either: base must pass by it too, or it has nothing to lose."""
_TIGHTEST = {"service.egress": "none", "service.sandbox.read_only": True}
"""Keys with a value that is tighter than every other."""
_DECLARING_IS_TIGHTER = ("contract.limits.", "contract.stop_path.", "service.identity.",
                         "route.kind")
"""Promises: making one where there was none adds to what the service is held to."""
_ASKING_FOR_LESS = ("service.secrets.",)
"""Secrets: a service that asks for one no longer is not given it."""
UNSET: tuple[Any, ...] = (None, "", [], {})
"""Values of a key that nobody set."""


def direction_of(path: str, before: Any, after: Any) -> Direction:
    """The direction of one key's edit; both values as JSON data, None where unset."""
    if path.startswith(_DECLARING_IS_TIGHTER) and (before in UNSET or after in UNSET):
        return Direction.TIGHTER if before in UNSET else Direction.LOOSER
    if path.startswith(_ASKING_FOR_LESS) and after in UNSET:
        return Direction.TIGHTER
    if path in _TIGHTEST:
        return Direction.TIGHTER if after == _TIGHTEST[path] else Direction.LOOSER
    if path in _FEWER_IS_LOOSER and after < before:
        return Direction.LOOSER
    if path in _EASIER_IS_LOOSER and is_easier(after, before):
        return Direction.LOOSER
    if path in _LOWER_IS_TIGHTER:
        return Direction.TIGHTER if after < before else Direction.LOOSER
    if path == "service.build_secrets":
        return Direction.TIGHTER if {*(after or ())} < {*(before or ())} else Direction.LOOSER
    if path == "service.resources.gpus":
        return Direction.TIGHTER if as_number(after or 0) < as_number(before or 0) \
            else Direction.LOOSER
    return Direction.REPLACED
