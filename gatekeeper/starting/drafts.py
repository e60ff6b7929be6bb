"""All files of a first gate, drafted together: they are sound together, or a problem says which
file that is there already stands in the way. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gatekeeper.cases.file import Standards, read_cases
from gatekeeper.errors import FilesNeedMending
from gatekeeper.importing.promptfoo import Brought, bring_over
from gatekeeper.importing.rows import DraftRow, as_csv
from gatekeeper.manifest.parse import NAME, parse_manifest
from gatekeeper.manifest.types import CASES_FILE, Manifest
from gatekeeper.model import Risk
from gatekeeper.policy.declared import Declared, read_declared, standards
from gatekeeper.routes.documents import documents_among, is_readme
from gatekeeper.routes.runbook import missing_sections
from gatekeeper.service.contract import lines, spelled_out
from gatekeeper.starting.choosing import Chosen, choose
from gatekeeper.starting.draft_cases import draft_rows
from gatekeeper.starting.draft_manifest import draft_manifest
from gatekeeper.starting.draft_runbook import BESIDE, draft_runbook
from gatekeeper.starting.draft_workflow import ACTION, PLACE, draft_workflow, gates_already
from gatekeeper.starting.found import Guess, Unknown
from gatekeeper.starting.survey import Survey, survey
from gatekeeper.trees.working import Files

MARK = "UNKNOWN:"
"""Stands in every remark of a draft."""


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of the repository beside the service's folder."""

    files: Files
    """Of the repository's top."""
    folder: str
    """The service's, below it; empty for the top."""
    tags: tuple[str, ...]
    branch: str


@dataclass(frozen=True, slots=True)
class Draft:
    """One file to be."""

    path: str
    """Below the repository's top."""
    content: str


@dataclass(frozen=True, slots=True)
class Drafts:
    """What `init` comes to."""

    new: tuple[Draft, ...]
    kept: tuple[tuple[str, str], ...]
    """Files that are there already, and what of that."""
    guesses: tuple[Guess, ...]
    unknown: tuple[Unknown, ...]
    states: tuple[tuple[str, str], ...]
    """The contract's five lines, and whether each is declared."""
    brought: Brought | None = None


class _Drafter:
    def __init__(self, files: Files, around: Around) -> None:
        self.files, self.around = files, around
        self.found: Survey = survey(files, around.tags, around.branch)
        self.chosen: Chosen = choose(self.found)
        self.new: dict[str, str] = {}
        self.kept: list[tuple[str, str]] = []
        self.guesses: list[Guess] = []
        self.unknown: list[Unknown] = []
        self.brought: Brought | None = None

    def read(self, path: str) -> bytes | None:
        """A file as it will be."""
        text = self.new.get(path)
        text = self.files.read(path) if text is None else text
        return None if text is None else text.encode()

    def keep(self, path: str, words: str) -> None:
        """A file stays; what an earlier draft has left open in it is told again."""
        self.kept.append((path, words))
        for number, line in enumerate((self.files.read(path) or "").splitlines(), 1):
            if MARK in line:
                self.unknown.append(Unknown(f"{path}:{number}", line.partition(MARK)[2].strip(
                    " ->")))

    def manifest_and_cases(self) -> Declared:
        """Both, because a gate speaks of rows and a row leans on the manifest."""
        if NAME in self.files.paths:
            self.keep(NAME, "as it is")
            given, problems = parse_manifest(self.files.read(NAME) or "", NAME)
            if given is None:
                raise FilesNeedMending(problems)
            self.cases_of(given, given.cases or given.eval.cases)
        else:
            there = self.risks_in(CASES_FILE)
            part = draft_manifest(self.found, self.chosen, CASES_FILE, there or tuple(Risk))
            self.new[NAME] = "\n".join(part.lines) + "\n"
            self.guesses += part.guesses
            self.unknown += part.unknown
            drafted, problems = parse_manifest(self.new[NAME], NAME)
            if drafted is None:
                raise FilesNeedMending(problems)
            self.cases_of(drafted, CASES_FILE)
        return read_declared(NAME, self.read)

    def risks_in(self, path: str) -> tuple[Risk, ...]:
        """Of the rows that are there already."""
        text = self.files.read(path)
        if text is None:
            return ()
        cases, _ = read_cases(text.encode(), path, _lenient())
        return tuple(dict.fromkeys(case.risk for case in cases)) or tuple(Risk)

    def cases_of(self, manifest: Manifest, path: str) -> None:
        """The cases file where there is none."""
        path = posixpath.normpath(path)
        if path in self.files.paths:
            self.keep(path, "as it is")
            return
        held = standards(manifest)
        rows: list[DraftRow] = []
        if self.found.promptfoo:
            try:
                self.brought = bring_over(self.files, self.found.promptfoo, held)
                rows = list(self.brought.rows)
            except FilesNeedMending as error:
                self.unknown += [Unknown(f"{one.file}:{one.line}", f"not brought over: "
                                         f"{one.message}") for one in error.problems]
        drawn, why = draft_rows(self.found, [row.risk for row in rows])
        taken = {row.case_id for row in rows}
        rows += [row for row in drawn if row.case_id not in taken]
        self.new[path], refused = as_csv(rows, held)
        self.guesses += why
        self.unknown += [Unknown(f"row {row.case_id}", reason) for row, reason in refused]

    def workflow(self) -> None:
        """At the repository's top; a gate under another name is one too."""
        present = next(gates_already(self.around.files), "")
        if present or PLACE in self.around.files.paths:
            self.kept.append((present or PLACE, "it gates already" if present else "as it is"))
            return
        manifest = posixpath.join(self.around.folder, NAME)
        text = draft_workflow(self.around.branch, manifest)
        self.new["/" + PLACE] = text
        self.unknown.append(Unknown(PLACE, f"write your copy of the action for `{ACTION}`"))
        self.guesses.append(Guess(f"{PLACE}: branches", self.around.branch or "main",
                                  "the default branch"))

    def runbook(self, manifest: Manifest) -> None:
        """The README where there is none, else beside it what it lacks."""
        names = documents_among([path for path in self.files.paths if "/" not in path], "")
        readme = names[0] if names and is_readme(names[0]) else ""
        text = (self.files.read(readme) or "") if readme else ""
        missing = missing_sections(text)
        if readme and (not missing or readme == BESIDE):
            lacks = f"lacks {', '.join(missing)}" if missing else "has a runbook's sections"
            self.keep(readme, lacks)
            return
        if readme:
            self.keep(readme, f"lacks {', '.join(missing)}; they are drafted in {BESIDE}")
        where = BESIDE if readme else "README.md"
        self.new[where] = draft_runbook(self.found, self.chosen, manifest, readme, text)
        still = missing_sections(self.new[where])
        self.unknown += [Unknown(f"{where}: {name}", "a remark stands there") for name in still]


def _lenient() -> Standards:
    """Standards under which every check of a file that is there reads."""
    return Standards(sources=True, latency_target=1, first_token_target=1, stream=True,
                     declared=frozenset({"judge", "embeddings"}))


def draft_all(files: Files, around: Around) -> Drafts:
    """Every file that is not there yet. FilesNeedMending names what stands in the way."""
    drafter = _Drafter(files, around)
    declared = drafter.manifest_and_cases()
    drafter.workflow()
    drafter.runbook(declared.manifest)
    states = tuple((line.name, line.state + (f": {', '.join(line.missing)} not declared"
                                             if line.missing else ""))
                   for line in lines(spelled_out(declared.manifest)))
    return Drafts(tuple(_placed(drafter.new, around.folder)), tuple(drafter.kept),
                  tuple(drafter.guesses), tuple(drafter.unknown), states, drafter.brought)


def _placed(new: Mapping[str, str], folder: str) -> Iterable[Draft]:
    """With paths of the repository: a leading `/` names its top."""
    return (Draft(path[1:] if path.startswith("/") else posixpath.join(folder, path), content)
            for path, content in new.items())
