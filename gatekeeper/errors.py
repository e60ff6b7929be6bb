"""Exit codes, located problems, and the errors that end a run.

Expected outcomes (a failing case, a closed gate) are values and never raised. What is raised here
means "could not continue"; it carries the exit code and a line of help for the person who reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from gatekeeper.neutral import visible


class ExitCode(IntEnum):
    """What the process says to its caller; documented in docs/exit-codes.md."""

    PASS = 0
    BLOCK = 1
    USAGE = 2
    UNDECIDED = 3
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with a file, found before anything was started."""

    file: str
    """Path as the user knows it."""
    line: int
    """1-based; 0 when the problem is the file itself."""
    column: int
    """1-based; 0 when the problem is the file itself."""
    message: str
    """What is wrong, with the offending text."""
    hint: str = ""
    """What to write instead."""

    def __str__(self) -> str:
        # The texts are a file's: one line each, whatever is in them, so that none can forge a line.
        file, message, hint = map(visible, (self.file, self.message, self.hint))
        place = f"{file}:{self.line}:{self.column}" if self.line else file
        return f"{place}: {message}" + (f"\n    help: {hint}" if hint else "")


class GatekeeperError(Exception):
    """Could not continue. Subclasses say whose turn it is to act."""

    exit_code = ExitCode.UNDECIDED

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class UsageError(GatekeeperError):
    """An argument or a file must be mended."""

    exit_code = ExitCode.USAGE


class FilesNeedMending(UsageError):
    """The manifest or the cases are wrong; every problem of every file is listed at once."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class CouldNotMeasure(GatekeeperError):
    """Something outside the change stood in the way: no engine, no network, no base commit."""

    exit_code = ExitCode.UNDECIDED


class Interrupted(GatekeeperError):
    """The run was cancelled; the services are gone and what was measured is kept."""

    exit_code = ExitCode.INTERRUPTED
