"""Rows of a cases file that is made, and what of another tool's file did not become one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from gatekeeper.cases.file import COLUMNS, Standards, read_cases
from gatekeeper.cases.requirements import read_expected, read_requirements
from gatekeeper.formats.csvtext import as_line
from gatekeeper.model import Risk

_NOT_IN_ID = re.compile(r"[^\w]+")
MAX_ID = 40


@dataclass(frozen=True, slots=True)
class Written:
    """One check as a cases file has it."""

    text: str
    own_cell: bool = False
    """It holds a line end or ` || ` and stands in a column of its own, promptfoo's `__expected`."""


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One row to be."""

    case_id: str
    prompt: str
    expected: str
    risk: Risk
    notes: str = ""
    checks: tuple[Written, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """Something that has no counterpart, or comes over as something else."""

    file: str
    line: int
    """1-based; 0 where the whole file is meant."""
    what: str
    why: str
    kind: str = ""
    """The assertion's type, where it is one."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.what}: {self.why}"


def written(text: str) -> Written:
    """A check that a cases file takes, in the form that keeps it whole; ValueError where none
    does."""
    own_cell = "\n" in text or "\r" in text or " || " in text
    read_expected(text) if own_cell else read_requirements(text)
    return Written(text, own_cell)


def as_csv(rows: Iterable[DraftRow], standards: Standards
           ) -> tuple[str, list[tuple[DraftRow, str]]]:
    """The cases file, and rows that it would not take, each with the reason."""
    kept, refused = [], []
    for row in rows:
        _, problems = read_cases(_text([row]).encode("utf-8", "replace"), "", standards)
        if problems:
            refused.append((row, problems[0].message))
        else:
            kept.append(row)
    return _text(kept), refused


def _text(rows: list[DraftRow]) -> str:
    cells = max((sum(one.own_cell for one in row.checks) for row in rows), default=0)
    shared = any(not one.own_cell for row in rows for one in row.checks)
    header = [*COLUMNS, *["checks"] * shared, *(f"__expected{i}" for i in range(1, cells + 1))]
    lines = [as_line(header)]
    for row in rows:
        own = [one.text for one in row.checks if one.own_cell]
        plain = "\n".join(one.text for one in row.checks if not one.own_cell)
        lines.append(as_line([row.case_id, row.prompt, row.expected, row.risk, "", row.notes,
                              *[plain] * shared, *own, *[""] * (cells - len(own))]))
    return "\n".join(lines) + "\n"


def with_ids(rows: Iterable[DraftRow]) -> list[DraftRow]:
    """The rows with an id each, made of what stands in `case_id`, numbered where it stands there
    more than once."""
    rows = [replace(row, case_id=_slug(row.case_id) or str(row.risk)) for row in rows]
    count: dict[str, int] = {}
    for row in rows:
        count[row.case_id] = count.get(row.case_id, 0) + 1
    taken: set[str] = {name for name, times in count.items() if times == 1}
    out = []
    for row in rows:
        name, number = row.case_id, 1
        while count[row.case_id] > 1 and (name == row.case_id or name in taken):
            name, number = f"{row.case_id}_{number:02}", number + 1
        taken.add(name)
        out.append(replace(row, case_id=name))
    return out


def _slug(text: str) -> str:
    """A piece of a case id; empty where a text has no letter or digit."""
    words = _NOT_IN_ID.sub("_", text.lower()).strip("_")
    return words[:MAX_ID].strip("_")
