"""One thing that both a service and its tree say, and whether they say the same. Pure."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any

from gatekeeper.formats.structured import MISSING

KEPT = 200
"""Characters of a value; of a longer one the digest tells whether two are the same."""
CLOSE = 1e-6
"""Relative. Services keep settings as 32-bit floats, and report 0.7 as 0.699999988079071."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """One thing that both the service and its tree say."""

    reported: str
    """Where the service says it: path, `#`, JSON pointer."""
    declared: str
    """Where the tree says it: file, `#`, JSON pointer."""
    expected: str | None
    """As the tree says it; None where it does not."""
    got: str | None
    """As the service says it; None where it does not."""
    reason: str = ""
    """Why the service does not say it."""
    unmeasured: bool = False
    """Gatekeeper itself could not ask."""

    @property
    def holds(self) -> bool:
        """Both say it, and the same."""
        return (self.expected is not None and self.got is not None
                and agree(self.expected, self.got))


def agree(one: str, other: str) -> bool:
    """Whether two values are the same as text, or as numbers of a service's precision."""
    if one == other:
        return True
    try:
        return math.isclose(float(one), float(other), rel_tol=CLOSE)
    except ValueError:
        return False


def as_text(value: Any) -> str | None:
    """A value of JSON, YAML or TOML as text: a string as it is, anything else as JSON has it."""
    if value is MISSING:
        return None
    if isinstance(value, str):
        text = str(value)
    else:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    if len(text) <= KEPT:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return f"{text[:KEPT // 2]}… (sha256:{digest})"
