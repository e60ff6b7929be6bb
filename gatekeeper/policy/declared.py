"""What one side's tree declares: its manifest and its cases, read with every problem at once."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from gatekeeper.cases.file import Standards, read_cases, shared
from gatekeeper.errors import FilesNeedMending, Problem
from gatekeeper.formats.canonical import plain
from gatekeeper.formats.spelling import nearest
from gatekeeper.judging.conditions import Condition
from gatekeeper.judging.measures import MEASURES, NOT_OF_CASES, Domain, Tighter
from gatekeeper.manifest.parse import parse_manifest
from gatekeeper.manifest.types import Manifest
from gatekeeper.model import Case
from gatekeeper.policy.own_files import flaws_of, read_own_files
from gatekeeper.policy.view import at_key
from gatekeeper.service.contract import spelled_out
from gatekeeper.statistics.intervals import cases_for_margin
from gatekeeper.statistics.paired import provable


@dataclass(frozen=True, slots=True)
class Declared:
    """What one side's tree declares."""

    manifest_path: str
    """Repository path of the manifest."""
    manifest_text: bytes
    manifest: Manifest
    cases_path: str
    """Repository path of the cases file."""
    cases_text: bytes
    label: str = ""
    """Prefix for complaints: `base:` for the other tree, empty for the user's own files."""
    own_files: Mapping[str, bytes] = field(default_factory=dict)
    """Own checks that its rows name: path relative to the manifest -> content."""

    @property
    def folder(self) -> str:
        """Repository folder of the manifest; empty at the root. Its paths are relative to it."""
        return posixpath.dirname(self.manifest_path)

    def path(self, relative: str) -> str:
        """A manifest-relative path as a repository path."""
        return posixpath.normpath(posixpath.join(self.folder, relative))


def read_declared(path: str, read: Callable[[str], bytes | None], label: str = "") -> Declared:
    """A side's manifest and cases. FilesNeedMending lists what is wrong with both at once."""
    content = read(path)
    if content is None:
        raise FilesNeedMending([Problem(label + path, 0, 0, "there is no manifest",
                                        "`gatekeeper run --manifest F` names another")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FilesNeedMending([Problem(label + path, line, 1, "not UTF-8")]) from None
    manifest, problems = parse_manifest(text, label + path)
    if manifest is None:
        raise FilesNeedMending(problems)
    where = manifest.cases or manifest.eval.cases
    cases_path = posixpath.normpath(posixpath.join(posixpath.dirname(path), where))
    cases = read(cases_path)
    if cases is None:
        raise FilesNeedMending([Problem(label + cases_path, 0, 0, "there is no such cases file",
                                        f"`{path}` names it")])
    declared = Declared(path, content, manifest, cases_path, shared(cases), label)
    rows, problems = read_cases(cases, label + cases_path, standards(manifest))
    declared = replace(declared, own_files=read_own_files(rows, declared.folder, read))
    problems = problems or lint(declared, rows)
    if problems:
        raise FilesNeedMending(problems)
    return declared


def standards(manifest: Manifest) -> Standards:
    """What a manifest holds rows to."""
    limits = manifest.contract.limits
    return Standards(manifest.eval.checks, bool(manifest.eval.sources), limits.latency_target,
                     limits.first_token_target, manifest.contract.stream, manifest.witnesses)


def lint(declared: Declared, cases: tuple[Case, ...]) -> list[Problem]:
    """What is wrong with a side's waivers, gates and own checks in the light of its cases."""
    return [*_waivers_of_nothing(declared, cases), *_gates_that_cannot_work(declared, cases),
            *flaws_of(cases, declared.own_files, declared.label, declared.folder,
                      declared.label + declared.cases_path)]


def _waivers_of_nothing(declared: Declared, cases: tuple[Case, ...]) -> Iterator[Problem]:
    known, seen = {case.case_id for case in cases}, set()
    for waiver in declared.manifest.waivers:
        at = (declared.label + declared.manifest_path, waiver.place.line, waiver.place.column)
        if waiver.case not in known:
            yield Problem(*at, f"the waiver names `{waiver.case}`, and there is no such case",
                          nearest(waiver.case, known))
        if waiver.case in seen:
            yield Problem(*at, f"case `{waiver.case}` is waived twice", "keep one of them")
        seen.add(waiver.case)


def samples_for(condition: Condition) -> int:
    """Attempts without which a condition can never open: a share is proven by no fewer, even where
    all of them are good."""
    measure = MEASURES[condition.measure]
    if measure.domain is Domain.RATE and measure.tighter is Tighter.HIGHER:
        return cases_for_margin(1 - condition.threshold / 100)
    return measure.samples


def _gates_that_cannot_work(declared: Declared, cases: tuple[Case, ...]) -> Iterator[Problem]:
    file = declared.label + declared.manifest_path
    attempts = sum(declared.manifest.eval.rule(case.risk).repeats for case in cases)
    promised = {"contract": plain(spelled_out(declared.manifest)),
                "drill": plain(declared.manifest.drill),
                "service": plain(declared.manifest.service)}
    for gate in declared.manifest.gates.values():
        for condition in gate.until:
            measure = MEASURES[condition.measure]
            speaking = [case for case in cases if measure.risk in (None, case.risk)]
            at = (file, condition.place.line, condition.place.column)
            samples = samples_for(condition)
            if measure.risk and not speaking:
                yield Problem(*at, f"`{condition.text}`: no case has risk {measure.risk}, so "
                              "nothing would be measured", "add a case, or drop the condition")
            elif measure.needs and not at_key(promised, measure.needs):
                yield Problem(*at, f"`{condition.text}` needs `{measure.needs}`",
                              "declare it, or drop the condition")
            elif measure.cases > len(cases):
                yield Problem(*at, f"`{condition.text}` needs {measure.cases} cases, there are "
                              f"{len(cases)}", "add cases; more repeats are no more cases")
            elif samples > attempts:
                repeats = -(-samples // len(cases))
                yield Problem(*at, f"`{condition.text}` needs {samples} attempts, "
                              f"{len(cases)} cases make {attempts}", f"`eval.repeats: {repeats}`")
            elif measure.domain == "rate" and measure.tighter is Tighter.LOWER and len(speaking) < (
                    least := cases_for_margin(condition.threshold / 100)):
                yield Problem(*at, f"`{condition.text}` needs {least} cases to open where nothing "
                              f"is lost, and {len(speaking)} speak of it", "add cases, or allow "
                              f"{provable(len(speaking)):g}%; `regressions == 0` needs no number")
            elif (measure.domain == "count" and measure.tighter is Tighter.LOWER
                  and measure.name not in NOT_OF_CASES
                  and condition.holds(len(speaking))):
                yield Problem(*at, f"`{condition.text}` can never close with "
                              f"{len(speaking)} cases", "ask for fewer")
            elif measure.name == "cases.count" and not condition.holds(len(speaking)):
                yield Problem(*at, f"`{condition.text}` can never open with "
                              f"{len(speaking)} cases", "add cases, or ask for fewer")
