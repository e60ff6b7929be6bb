"""Which cases are asked where, when a run is split over machines. Pure.

A case's shard follows from its id alone, by sha256: it is the same on every machine, with every
version of Python, and whatever else is in the cases file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

MAX_SHARDS = 256
"""GitHub starts no more jobs of one matrix."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several runs that share the cases: `3/8`."""

    number: int
    """1-based."""
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of <= MAX_SHARDS:
            raise ValueError(f"there is no shard {self.number} of {self.of}; write 1/{self.of} to "
                             f"{self.of}/{self.of}, of at most {MAX_SHARDS}")

    def holds(self, case_id: str) -> bool:
        """Whether a case is this shard's to ask."""
        return shard_of(case_id, self.of) == self.number

    @property
    def limit(self) -> str:
        """Why its own verdict is undecided at best."""
        return (f"only shard {self} of the cases was asked; `gatekeeper judge` with the packs of "
                f"all {self.of} decides")

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def shard_of(case_id: str, of: int) -> int:
    """The number of a case's shard, 1-based. Both versions of an edited case are in the same."""
    own = case_id.partition("@")[0].encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(own).digest(), "big") % of + 1


def read_shard(text: str) -> Shard:
    """`3/8`; ValueError where it is none."""
    number, slash, of = text.strip().partition("/")
    if not (slash and all(one.isascii() and one.isdecimal() and len(one) < 6
                          for one in (number, of))):
        raise ValueError(f"`{text}` is not a shard; write for instance 3/8")
    return Shard(int(number), int(of))
