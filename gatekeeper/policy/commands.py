"""Whether the commands that a manifest declares may be run. Pure.

They run beside whatever the job holds, so they are base's, or those of a commit that is its own
root of trust; at a desk also those of the change, which a person is looking at.
"""

from __future__ import annotations

from gatekeeper.github.event import Event
from gatekeeper.policy.resolve import Origin

_TRUSTED = (Origin.BASE, Origin.ACCEPTED, Origin.COMMIT)


def withheld(origin: Origin, event: Event) -> str:
    """Why declared commands are not run; empty where they are."""
    if event.fork:
        return "the change comes from a fork"
    if origin in _TRUSTED or event.name == "desk":
        return ""
    return "they are the change's own, and nobody has accepted them"
