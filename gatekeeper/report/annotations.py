"""What a run has to say about a line of the change: the failing row, the closed gate, the value
that was turned. Plain text; GitHub renders no Markdown in annotations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gatekeeper.errors import FilesNeedMending, GatekeeperError
from gatekeeper.judging.conditions import ADDED
from gatekeeper.judging.judgement import Judgement
from gatekeeper.judging.verdict import said
from gatekeeper.neutral import shortened, visible
from gatekeeper.outcome import GateState
from gatekeeper.report.markdown import run_alone
from gatekeeper.report.rows import make_rows

MAX_TITLE, MAX_MESSAGE = 255, 4000
"""GitHub takes 255 characters of a title and 64 KB of a message; the runner 4,096 characters."""


class Level(StrEnum):
    """GitHub's levels of a check run's annotation."""

    FAILURE = "failure"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Annotation:
    """One remark on one line."""

    level: Level
    path: str
    """In the repository."""
    line: int
    """1-based."""
    title: str
    message: str


def annotate(judgement: Judgement) -> tuple[Annotation, ...]:
    """Every remark of a verdict, what keeps the merge shut first."""
    record = judgement.record
    if record.nothing_changed:
        return ()
    return (*_gates(judgement), *_cases(judgement), *_edits(judgement), *_values(judgement))


def annotate_problems(error: GatekeeperError) -> tuple[Annotation, ...]:
    """Every problem of the files, where they must be mended."""
    if not isinstance(error, FilesNeedMending):
        return ()
    return tuple(
        _annotation(Level.FAILURE, problem.file, problem.line, "must be mended",
                    "\n".join(filter(None, (problem.message, problem.hint))))
        for problem in error.problems if not problem.file.startswith("base:")
    )


def _annotation(level: Level, path: str, line: int, title: str, message: str) -> Annotation:
    lines = "\n".join(map(visible, message.splitlines()))
    return Annotation(level, path, max(line, 1), shortened(visible(title), MAX_TITLE),
                      shortened(lines, MAX_MESSAGE))


def _gates(judgement: Judgement) -> Iterator[Annotation]:
    """Where the condition is written; one that only base has is told at the top of the manifest."""
    lines = judgement.policy.places.conditions
    for gate in judgement.verdict.gates:
        for one in gate.conditions if gate.decides else ():
            if one.state is GateState.OPEN:
                continue
            written = lines.get((gate.name, one.text.removesuffix(ADDED)), 1)
            why = f"\n{one.reason}" if one.reason else ""
            yield _annotation(Level.FAILURE, judgement.record.manifest_path, written,
                              f"gate {gate.name} is {one.state}",
                              f"{one.text}: {said(one)}{why}")


def _cases(judgement: Judgement) -> Iterator[Annotation]:
    """At the row; one that the change removed still runs, and is told at the top of the file."""
    record, lines = judgement.record, judgement.policy.places.cases
    waived = {case.case.case_id for case in judgement.failing if case.waived}
    for row in make_rows(judgement.failing):
        line = lines.get(row.case_id.partition("@")[0], 1)
        level = Level.WARNING if row.case_id in waived else Level.FAILURE
        alone = run_alone(row.again, record.manifest_path)
        yield _annotation(level, record.cases_path, line,
                          f"{row.case_id} ({row.risk}, {row.since})",
                          f"expected: {row.expected}\ngot: {row.got}"
                          + (f"\nrun it alone: {alone}" if alone else ""))


def _edits(judgement: Judgement) -> Iterator[Annotation]:
    """What the change does to its own judge."""
    record, lines = judgement.record, judgement.policy.places.cases
    for edit in judgement.policy.waiting:
        case = edit.path.removeprefix("cases.")
        path, line = record.manifest_path, 1
        if case != edit.path:
            path, line = record.cases_path, lines.get(case, 1)
        yield _annotation(Level.WARNING, path, line, "does not count until accepted", str(edit))


def _values(judgement: Judgement) -> Iterator[Annotation]:
    """The turned value beside what came of it; a whole file has no line that says more."""
    if judgement.failing:
        for change in judgement.record.changes:
            if change.head_line and change.path != judgement.record.manifest_path:
                yield _annotation(Level.NOTICE, change.path, change.head_line,
                                  f"{change.kind} changed", str(change))
