"""The one comment of a gate on a pull request: how it is known again, and what it says.

Anybody may write what looks like it, so it counts only with its author; see `publish.py`. What an
earlier run noted in it is a hint against writing older results over newer ones, and no more.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from gatekeeper.errors import ExitCode, GatekeeperError
from gatekeeper.judging.judgement import Judgement
from gatekeeper.neutral import for_markdown
from gatekeeper.report.limits import COMMENT_BYTES, COMMENT_CHARACTERS, WHOLE, Limits, fitting
from gatekeeper.report.markdown import closing, headline, render
from gatekeeper.report.visit import NO_VISIT, Visit

_FIRST_LINE = re.compile(
    r"<!-- gatekeeper:([0-9a-f]{16}) head=([0-9a-f]{40,64}) run=([0-9]{1,18})\.([0-9]{1,9}) "
    r"at=([0-9]{1,12}) -->")


@dataclass(frozen=True, slots=True)
class Mark:
    """The first line of a comment: which gate's it is, and which run's results stand in it."""

    gate: str
    """Digest of the gate's name, which is a person's to choose and could be any markup."""
    head_sha: str
    run: int
    attempt: int
    began: int
    """When the job began, in seconds since 1970: a run's number says nothing of when it was run
    again."""

    def __str__(self) -> str:
        return f"<!-- gatekeeper:{self.gate} head={self.head_sha} run={self.run}.{self.attempt} " \
               f"at={self.began} -->"

    def is_newer_than(self, other: Mark) -> bool:
        """Whether these results are of a job that began later."""
        return self.began > other.began


def gate_digest(name: str) -> str:
    """What stands for a gate's name in a mark."""
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16]


def read_mark(body: str) -> Mark | None:
    """The mark a comment begins with, if it begins with one."""
    found = _FIRST_LINE.fullmatch(body.partition("\n")[0].rstrip("\r"))
    return Mark(found[1], found[2], int(found[3]), int(found[4]), int(found[5])) \
        if found else None


def make_body(judgement: Judgement, mark: Mark, visit: Visit) -> str:
    """The comment of a verdict, cut in steps until GitHub takes it."""
    return _body(mark, lambda limits: render(judgement, limits, visit))


def make_complaint(error: GatekeeperError, mark: Mark, visit: Visit) -> str:
    """The comment of a run that reached no verdict."""
    return _body(mark, lambda limits: complaint(error, limits, visit))


def complaint(error: GatekeeperError, limits: Limits = WHOLE, visit: Visit = NO_VISIT) -> str:
    """Why there is no verdict, and what to do."""
    word = "files must be mended" if error.exit_code is ExitCode.USAGE else "could not judge"
    lines = [headline("❔", f"{word}, and therefore blocked", visit), ""]
    told = [line for line in error.message.splitlines() if line.strip()]
    lines += [f"- {for_markdown(line.strip(), limits.cell * 2)}" for line in told[: limits.rows]]
    if len(told) > limits.rows:
        lines.append(f"- and {len(told) - limits.rows} more, in the log")
    if error.help:
        lines += ["", f"Help: {for_markdown(error.help, limits.cell * 2)}"]
    return "\n".join([*lines, *closing(visit, limits)]) + "\n"


def _body(mark: Mark, text: Callable[[Limits], str]) -> str:
    return fitting(lambda limits: f"{mark}\n{text(limits)}", COMMENT_CHARACTERS, COMMENT_BYTES)
