"""One thing that a run needs, and whether it is there. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from gatekeeper.errors import ExitCode
from gatekeeper.neutral import for_terminal


class State(StrEnum):
    """What was found."""

    OK = "ok"
    WARN = "warn"
    """A run can do without, or it cannot be told from here."""
    MISSING = "missing"
    """A run cannot do without."""
    WRONG = "wrong"
    """A file that must be mended."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's."""

    name: str
    state: State
    words: str
    todo: str = ""
    """What to do; empty where nothing needs to be done."""


_MARKS = {State.OK: "✓", State.WARN: "!", State.MISSING: "✗", State.WRONG: "✗"}


def ok(name: str, words: str) -> Finding:
    """It is there."""
    return Finding(name, State.OK, words)


def warn(name: str, words: str, todo: str = "") -> Finding:
    """A run can do without it."""
    return Finding(name, State.WARN, words, todo)


def missing(name: str, words: str, todo: str) -> Finding:
    """A run cannot do without it."""
    return Finding(name, State.MISSING, words, todo)


def exit_code(findings: Iterable[Finding]) -> ExitCode:
    """0 where all that is needed is there, 2 where a file must be mended, 3 where something is
    missing."""
    states = {one.state for one in findings}
    if State.WRONG in states:
        return ExitCode.USAGE
    return ExitCode.UNDECIDED if State.MISSING in states else ExitCode.PASS


def rendered(findings: Iterable[Finding]) -> Iterator[str]:
    """A line each, with what to do below it."""
    for one in findings:
        for number, line in enumerate(one.words.splitlines() or [""]):
            head = f"{_MARKS[one.state]} {one.name}: " if number == 0 else "    "
            yield f"{head}{for_terminal(line, 240)}"
        if one.todo:
            yield f"    → {for_terminal(one.todo, 240)}"
