"""The first line of a release's notes, which says what it is a release of. Pure.

It is how a run that is done again finds what an earlier one has made. Whoever may write releases
can write it too; it gives nothing that they do not have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARK = re.compile(r"<!-- gatekeeper release commit=([0-9a-f]{40}|[0-9a-f]{64}) "
                   r"pack=(sha256:[0-9a-f]{64}) -->")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a release is of."""

    commit: str
    pack_digest: str

    def __str__(self) -> str:
        return f"<!-- gatekeeper release commit={self.commit} pack={self.pack_digest} -->"


def read_mark(body: str) -> Mark | None:
    """The mark of some notes; None where they are somebody else's."""
    found = _MARK.match(body)
    return Mark(found[1], found[2]) if found else None
