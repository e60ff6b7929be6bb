"""What was found, and where: every value that a draft is made of keeps its file and line. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """A value, and the line on which it stands."""

    value: str
    file: str = ""
    line: int = 0
    """1-based; 0 where the whole file is meant."""

    @property
    def place(self) -> str:
        """`file:line`, or the file."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def saying(self, value: str) -> Found:
        """Another value that follows from the same line."""
        return Found(value, self.file, self.line)


@dataclass(frozen=True, slots=True)
class Guess:
    """One thing that a draft says, and why."""

    key: str
    """The manifest's key, or the file and row."""
    value: str
    why: str
    """Where it came from, or what is usual."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """One thing that nothing in the repository tells."""

    key: str
    words: str
    """What to write, and where it is known."""
