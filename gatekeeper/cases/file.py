"""The cases file: read with every problem at once, and given back with `pass` and `notes` filled.

Columns are `case_id,prompt,expected_behavior,risk,pass,notes`, and `checks` if wanted, or
promptfoo's `__expected`. A row that names no checks is held to its risk's defaults.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from gatekeeper.cases.requirements import (
    contradiction,
    read_expected,
    read_requirement,
    read_requirements,
)
from gatekeeper.checks.table import CHECKS
from gatekeeper.errors import Problem
from gatekeeper.formats.csvtext import NotCsv, Row, lines_of, read_rows
from gatekeeper.formats.spelling import nearest
from gatekeeper.formats.units import exact_duration, parse_duration
from gatekeeper.model import RISK_ALIASES, Case, CheckCall, Requirement, Risk

COLUMNS = ("case_id", "prompt", "expected_behavior", "risk", "pass", "notes")
OPTIONAL = ("checks", "__expected")
_EXPECTED = re.compile(r"__expected\d*")
"""promptfoo's columns, `__expected`, `__expected1`, …: one check a cell."""
_ID = re.compile(r"[\w.][\w.:-]{0,99}")

DEFAULT_CHECKS: dict[Risk, tuple[str, ...]] = {
    Risk.FORMAT: ("is-json",),
    Risk.GROUNDING: ("cites-sources", "quotes-verbatim"),
    Risk.SAFETY: ("is-refusal || asks-for-evidence", "no-private-text"),
    Risk.PERFORMANCE: ("latency", "time-to-first-token"),
    Risk.REGRESSION: ("same-as-baseline",),
}
"""What a row is held to when neither it nor the manifest says. Beside them stands `answers`."""


@dataclass(frozen=True, slots=True)
class Standards:
    """What the manifest adds to the rows: the risks' checks, and what checks lean on."""

    checks: Mapping[str, tuple[Requirement, ...]] = field(default_factory=dict)
    sources: bool = False
    """`eval.sources` is declared."""
    latency_target: float | None = None
    """Seconds; `contract.limits.latency_target`."""
    first_token_target: float | None = None
    """Seconds; `contract.limits.first_token_target`."""
    stream: bool = False
    """`contract.stream`."""
    declared: frozenset[str] = frozenset()
    """Which of `judge` and `embeddings` are declared."""

    def __hash__(self) -> int:
        return hash((*self.checks, self.sources, self.latency_target, self.first_token_target,
                     self.stream, self.declared))

    def default(self, risk: Risk) -> tuple[Requirement, ...]:
        """The risk's requirements; those that lean on something undeclared are left out."""
        named = self.checks.get(risk)
        if named is None:
            named = tuple(read_requirement(text) for text in DEFAULT_CHECKS[risk])
            named = tuple(one for one in named if not self.missing(one))
        return tuple(self.settled(one) for one in named)

    def missing(self, requirement: Requirement) -> str:
        """The manifest key that a requirement leans on and that is not declared; empty for none."""
        for call in requirement.alternatives:
            check, bare = CHECKS[call.name], not call.argument and call.threshold is None
            if check.declared and check.declared not in self.declared:
                return check.declared
            if check.streams and not self.stream:
                return "contract.stream"
            if check.needs == "sources" and bare and not self.sources:
                return "eval.sources"
            if check.needs.endswith("_target") and bare and not getattr(self, check.needs):
                return f"contract.limits.{check.needs}"
        return ""

    def settled(self, requirement: Requirement) -> Requirement:
        """With the target that a bare `latency` leans on written into it: a row says all that it
        is held to, so that two versions of it can be told apart."""
        return Requirement(tuple(map(self._settled, requirement.alternatives)))

    def _settled(self, call: CheckCall) -> CheckCall:
        needs = CHECKS[call.name].needs
        if not needs.endswith("_target") or call.threshold is not None:
            return call
        target = parse_duration(call.argument) if call.argument else getattr(self, needs)
        return replace(call, argument=exact_duration(target)) if target else call


class _Reader:
    def __init__(self, file: str, standards: Standards) -> None:
        self.file = file
        self.standards = standards
        self.problems: list[Problem] = []
        self.columns: dict[str, int] = {}
        self.seen: dict[str, int] = {}
        self.shared: dict[tuple[Requirement, ...], tuple[Requirement, ...]] = {}
        """What rows are held to, once for all that are held to the same."""
        self.defaults = {risk: standards.default(risk) for risk in Risk}
        self.requirements = lru_cache(maxsize=1024)(read_requirements)
        self.once: Callable[[str], str] = lru_cache(maxsize=256)(str)
        """What rows say alike, once."""

    def complain(self, row: Row, column: str, message: str, hint: str = "") -> None:
        line, at = row.place(self.columns.get(column, 0))
        self.problems.append(Problem(self.file, line, at, message, hint))

    def header(self, row: Row) -> bool:
        known = COLUMNS + OPTIONAL
        for index, name in enumerate(row.values):
            line, at = row.place(index)
            if name.strip() not in known and not _EXPECTED.fullmatch(name.strip()):
                self.problems.append(
                    Problem(self.file, line, at, f"unknown column `{name}`", nearest(name, known))
                )
            elif name.strip() in self.columns:
                self.problems.append(Problem(self.file, line, at, f"column `{name.strip()}` is "
                                             "given twice", "keep one of them"))
            self.columns[name.strip()] = index
        for name in COLUMNS:
            if name not in self.columns:
                self.problems.append(Problem(self.file, row.line, 1, f"column `{name}` is missing",
                                             f"the header is {','.join(COLUMNS)}"))
        return not self.problems

    def case(self, row: Row) -> Case | None:
        if len(row.values) != len(self.columns):
            self.complain(row, "case_id", f"{len(row.values)} fields, the header has "
                          f"{len(self.columns)}", "quote fields that hold commas or new lines")
            return None
        value = {name: row.values[index] for name, index in self.columns.items()}
        before = len(self.problems)
        self._check_id(row, value["case_id"].strip())
        if not value["prompt"].strip():
            self.complain(row, "prompt", "the prompt is empty", "write what to ask the service")
        word = value["risk"].strip().lower()
        risk = RISK_ALIASES.get(word) or (Risk(word) if word in tuple(Risk) else None)
        if risk is None:
            self.complain(row, "risk", f"unknown risk `{value['risk']}`", nearest(word, Risk))
        requirements = self._requirements(row, value)
        if len(self.problems) > before or risk is None:
            return None
        return Case(
            case_id=value["case_id"].strip(),
            prompt=value["prompt"],
            expected_behavior=self.once(value["expected_behavior"]),
            risk=risk,
            requirements=self._spoken(row, value, requirements or self.defaults[risk]),
            held_by="row" if requirements else "risk",
            line=row.line,
        )

    def _check_id(self, row: Row, case_id: str) -> None:
        if not _ID.fullmatch(case_id):
            self.complain(row, "case_id", f"`{case_id}` is not a case id",
                          "use letters, digits and _ . : - (at most 100)")
        elif case_id in self.seen:
            self.complain(row, "case_id", f"case id `{case_id}` is given twice (first on line "
                          f"{self.seen[case_id]})", "give every case an id of its own")
        self.seen.setdefault(case_id, row.line)

    def _spoken(self, row: Row, value: Mapping[str, str], requirements: tuple[Requirement, ...]
                ) -> tuple[Requirement, ...]:
        """With the row's `expected_behavior` where a check leans on it: what judges is then part of
        what the row is held to, and an edit of it an edit of the row."""
        words = value["expected_behavior"].strip()
        bare = [call for one in requirements for call in one.alternatives
                if CHECKS[call.name].of_row and not call.argument]
        if bare and not words:
            self.complain(row, "expected_behavior", f"`{bare[0]}` has no rubric, and the row no "
                          "`expected_behavior` to be one", "write what a reply must do")
        return tuple(
            Requirement(tuple(replace(call, argument=words) if call in bare else call
                              for call in one.alternatives))
            for one in requirements
        ) if bare else requirements

    def _requirements(self, row: Row, value: Mapping[str, str]) -> tuple[Requirement, ...]:
        """What the row names in `checks` and in promptfoo's columns; all must hold."""
        named: list[Requirement] = []
        first = ""
        for column, cell in value.items():
            expected = _EXPECTED.fullmatch(column)
            if not expected and column != "checks":
                continue
            try:
                found = read_expected(cell) if expected else self.requirements(cell)
            except ValueError as error:
                self.complain(row, column, str(error))
                continue
            for requirement in found:
                missing = self.standards.missing(requirement)
                if missing:
                    self.complain(row, column, f"`{requirement}` needs `{missing}` in the "
                                  "manifest", "declare it, or hold the row to something else")
            named += found
            first = first or (column if found else "")
        impossible = contradiction(named)
        if impossible:
            self.complain(row, first, impossible, "keep one of them")
        settled = tuple(map(self.standards.settled, named))
        return self.shared.setdefault(settled, settled)


@lru_cache(maxsize=4)
def shared(content: bytes) -> bytes:
    """One object for the same content: two sides, and a pack's copies, mostly hold one file."""
    return content


def decode(content: bytes, file: str) -> tuple[str, list[Problem]]:
    """UTF-8 text of a file, byte order mark kept; a problem with its line where it is not."""
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        before = content[content.rfind(b"\n", 0, error.start) + 1 : error.start]
        column = len(before.decode("utf-8").removeprefix("\ufeff")) + 1
        return "", [Problem(file, line, column, f"byte {content[error.start]:#04x} is not UTF-8",
                            "save the file as UTF-8")]


def read_cases(
    content: bytes, file: str, standards: Standards
) -> tuple[tuple[Case, ...], list[Problem]]:
    """Every case, or every problem. What two sides have in common is read once."""
    cases = _sound(content, standards)
    return (cases, []) if cases else _read(content, file, standards)


@lru_cache(maxsize=4)
def _sound(content: bytes, standards: Standards) -> tuple[Case, ...]:
    """The cases of a file without a problem; none where there is one."""
    return _read(content, "", standards)[0]


def _read(
    content: bytes, file: str, standards: Standards
) -> tuple[tuple[Case, ...], list[Problem]]:
    reader = _Reader(file, standards)
    try:
        rows = (row for row in read_rows(lines_of(content)) if row.values)
        first = next(rows, None)
        if first is None:
            return (), [Problem(file, 1, 1, "the file is empty",
                                f"start with the header {','.join(COLUMNS)}")]
        if not reader.header(first):
            return (), reader.problems
        cases = tuple(case for row in rows if (case := reader.case(row)))
    except UnicodeDecodeError:
        return (), decode(content, file)[1]
    except NotCsv as error:
        problem = Problem(file, error.line, 1, f"not CSV: {error.reason}",
                          "close every quotation mark; inside a quoted field write it twice")
        return (), [*reader.problems, problem]
    if not cases and not reader.problems:
        reader.problems.append(Problem(file, 1, 1, "there is no case: nothing would be measured",
                                       "add a row for every risk"))
    return (() if reader.problems else cases), reader.problems


MARK = "gatekeeper: "


def fill_in(content: bytes, results: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """The file with `pass` and `notes` of every judged case filled in, all else as it was; row by
    row.

    `results`: case id -> (pass, note). Notes of the user's own stay; an earlier note of ours goes.
    """
    if content.startswith(codecs.BOM_UTF8):
        yield "\ufeff"
    columns: dict[str, int] = {}
    for row in read_rows(lines_of(content)):
        if not columns and row.values:
            columns = {name.strip(): index for index, name in enumerate(row.values)}
        elif row.values and (result := results.get(row.values[columns["case_id"]].strip())):
            note = _note(row.values[columns["notes"]], result[1])
            yield row.with_fields({columns["pass"]: result[0], columns["notes"]: note})
            continue
        yield row.raw


def _note(users: str, ours: str) -> str:
    own = re.split(rf"(?:^| \| ){re.escape(MARK)}", users)[0]
    return " | ".join(part for part in (own, MARK + ours if ours else "") if part)


def versions(case: Case, version: str) -> Case:
    """An edited case runs as both versions, `id@base` and `id@head`."""
    return replace(case, case_id=f"{case.case_id}@{version}")
