"""What a report says beside the verdict: true, worth knowing, and not blocking by itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from gatekeeper.judging.measure import Fact
from gatekeeper.judging.stopping import proof_of
from gatekeeper.model import Side


def remarks_on(effective: Fact, base_differs: Iterable[str], shutdown: Any) -> Iterator[str]:
    """One sentence each. `effective`: whether the change shows in replies, where both sides were
    compared; `base_differs`: what base's service says otherwise than its tree."""
    if effective.holds is not True and effective.reason:
        yield effective.reason
    for words in base_differs:
        yield f"base's service is not what its tree declares: {words}"
    for side in reversed(Side):
        proof = proof_of(shutdown, side)
        if proof is not None and proof.get("killed") is True:
            yield (f"{side}'s service did not end within its grace time of SIGTERM and was killed")
