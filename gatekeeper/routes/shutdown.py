"""The proof that a rented instance was shut down: what it must say to be one. Pure."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass

GONE = ("stopped", "terminated", "deleted", "destroyed")
MAX_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Shutdown:
    """One instance, gone since a moment."""

    instance: str
    state: str
    at: str
    """UTC, as `2026-10-02T18:04:00Z`."""


def read_shutdown(content: bytes) -> Shutdown | str:
    """`{"instance": …, "state": …, "at": …}` with whatever else the provider said, or why it is no
    proof."""
    if len(content) > MAX_BYTES:
        return f"it is larger than {MAX_BYTES} bytes"
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return "it is not JSON"
    if not isinstance(data, dict):
        return "it is not a JSON object"
    instance, state, at = (data.get(name) for name in ("instance", "state", "at"))
    if not isinstance(instance, str) or not instance.strip():
        return "it does not name the `instance`"
    if state not in GONE:
        return f"its `state` is none of {', '.join(GONE)}"
    try:
        moment = datetime.datetime.fromisoformat(str(at))
    except ValueError:
        return "its `at` is no moment, as 2026-10-02T18:04:00Z"
    if moment.tzinfo is None:
        return "its `at` has no time zone"
    return Shutdown(instance, str(state),
                    moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
