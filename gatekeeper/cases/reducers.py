"""From the attempts of one case on one side to one result: at least so many of so many must pass.

`all` of n is n of n, `majority` is more than half of them, `at-least-k` is k. A result is settled
as soon as no attempt that is still to come can change it, and then none is asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ALL, MAJORITY = "all", "majority"
_AT_LEAST = re.compile(r"at-least-([1-9][0-9]{0,3})")


def is_reducer(word: str) -> bool:
    """Whether a word is one of `all`, `majority` and `at-least-k`."""
    return word in (ALL, MAJORITY) or _AT_LEAST.fullmatch(word) is not None


def asks_for(reducer: str) -> int | None:
    """The k of `at-least-k`; None for the others."""
    found = _AT_LEAST.fullmatch(reducer)
    return int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Rule:
    """How often a case is asked on a side, and how many of these attempts must pass."""

    repeats: int = 1
    reducer: str = ALL

    @property
    def needed(self) -> int:
        """Passes among the repeats; never more than there are attempts."""
        return self._share(self.repeats)

    def _share(self, attempts: int) -> int:
        if self.reducer == ALL:
            return attempts
        if self.reducer == MAJORITY:
            return attempts // 2 + 1
        return min(asks_for(self.reducer) or attempts, attempts)

    def needed_of_extra(self, attempts: int) -> int:
        """Passes among extra attempts, which confirm a flip: the same share, rounded up."""
        k = asks_for(self.reducer)
        if k is None:
            return self._share(attempts)
        return -(-min(k, self.repeats) * attempts // self.repeats)

    @property
    def words(self) -> str:
        """As a report says it: `3 of 3`."""
        return f"{self.needed} of {self.repeats}"


@dataclass(frozen=True, slots=True)
class Score:
    """What came of the attempts so far, of so many of which so many must pass."""

    passed: int
    lost: int
    """Wrong answers, and none by the service's own doing."""
    unknown: int
    """Attempts that the world took, or that had nothing to be held against."""
    attempts: int
    needed: int

    @property
    def result(self) -> bool | None:
        """Passed, lost, or (None) not settled."""
        if self.passed >= self.needed:
            return True
        return False if self.lost > self.attempts - self.needed else None

    @property
    def more(self) -> int:
        """Attempts to ask for next: as many as any outcome would need, 0 where none can matter."""
        left = self.attempts - self.passed - self.lost - self.unknown
        if self.result is not None or left <= 0:
            return 0
        to_pass = self.needed - self.passed
        to_lose = self.attempts - self.needed + 1 - self.lost
        within = [way for way in (to_pass, to_lose) if way <= left]
        return min(within, default=0)


def is_easier(one: str, other: str) -> bool:
    """Whether the one asks for less than the other, however many attempts there are."""
    if other == ALL:
        return one != ALL
    k, others = asks_for(one), asks_for(other)
    return k is not None and others is not None and k < others
