"""Who may have a secret, and whom others may be asked for. Pure.

Which secrets there are, under which name, and who is sent them is base's to say. Where head's
policy decides and nobody has accepted it, it must not choose; and a fork's code is given none.
"""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.model import Side
from gatekeeper.policy.resolve import Origin, Policy


def unsettled(policy: Policy, fork: bool) -> Origin | None:
    """The origin of a policy that decides and may not say who is sent what; None where it may."""
    if policy.origin is Origin.UNREADABLE and policy.acceptance is None:
        return Origin.UNREADABLE
    return Origin.ADOPTED if policy.origin is Origin.ADOPTED and fork else None


_WHY: Mapping[Origin, str] = {
    Origin.UNREADABLE: "base's policy cannot be used, and nobody has accepted head's",
    Origin.ADOPTED: "base has no policy, and a fork's says nothing of secrets here",
}


def withheld(policy: Policy, fork: bool) -> str:
    """Why no service of a run is given a secret; empty where it may be."""
    origin = unsettled(policy, fork)
    if origin is not None:
        return _WHY[origin]
    return "the change comes from a fork, whose code is given none" if fork else ""


def chooses_address(policy: Policy) -> bool:
    """Whether head names an address of its own to which requests, with their key, would be sent,
    and base's policy judges: nobody has accepted that."""
    base, head = policy.services.get(Side.BASE), policy.services[Side.HEAD]
    return policy.origin is Origin.BASE and bool(head.url) and \
        (base is None or base.url != head.url)
