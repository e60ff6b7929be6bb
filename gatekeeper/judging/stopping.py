"""What became of head's service when it was stopped, from the pack. Pure."""

from __future__ import annotations

from typing import Any

from gatekeeper.judging.measure import Fact
from gatekeeper.model import Fault

ENDED_WELL = (0, 143, -15)
"""Exit codes of a service that SIGTERM ended, by its own doing or by the signal's."""


def proof_of(shutdown: Any, side: str) -> dict[str, Any] | None:
    """One side's part of `shutdown_proof.json`; None where it is none."""
    proof = shutdown.get(side) if isinstance(shutdown, dict) else None
    return proof if isinstance(proof, dict) and isinstance(proof.get("gone"), dict) else None


def read_shutdown(proof: dict[str, Any] | None, unmeasured: Fact) -> Fact:
    """Whether everything that was looked for is gone."""
    if proof is None:
        return unmeasured
    left = [name for name, gone in proof["gone"].items() if gone is not True]
    if left:
        return Fact(False, f"still there: {', '.join(left)}")
    return Fact(bool(proof["gone"]), f"{', '.join(proof['gone'])} gone")


def read_clean(proof: dict[str, Any] | None, unmeasured: Fact) -> Fact:
    """Whether it ended by itself, with a code that says so, and left no caller unanswered."""
    if proof is None:
        return unmeasured
    code, flight = proof.get("exit_code"), proof.get("in_flight")
    if proof.get("killed") is True:
        return Fact(False, "it did not end within its grace time and was killed")
    if code not in ENDED_WELL:
        return Fact(False, f"it ended with exit code {code}" if isinstance(code, int) else
                    "how it ended is not known")
    if not isinstance(flight, dict):
        return Fact(None, "nothing was asked of it while it was stopped", Fault.WORLD)
    counts = [(name, flight.get(key)) for name, key in
              (("answered", "answered"), ("refused", "refused"), ("cut off", "cut_off"))]
    said = ", ".join(f"{n} {name}" for name, n in counts if isinstance(n, int) and n)
    detail = f"exit code {code}; in flight: {said or 'nothing'}"
    return Fact(not flight.get("cut_off"), detail)
