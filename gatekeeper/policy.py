"""Whose policy judges. Pure.

1. Base's policy decides: contract, gates, cases, checks, repeats, ceilings.
2. Adoption, no manifest in base: head's decides, and there is nothing to compare with.
3. A base policy that cannot be read: head's decides, and that needs to be accepted.
4. Cases: base's all run, also those that head removed. Those that head adds run too. An edited
   case runs as both versions, `id@base` and `id@head`.
5. Each side keeps its own service: build, image, command, port, environment, ready path, stop.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from gatekeeper.canonical import digest, plain
from gatekeeper.cases import Standards, read_cases, versions
from gatekeeper.errors import FilesNeedMending, Problem
from gatekeeper.manifest.parse import parse_manifest
from gatekeeper.manifest.types import POLICY_KEYS, Manifest, Service
from gatekeeper.measures import MEASURES, Tighter
from gatekeeper.model import Case
from gatekeeper.structured import show_value


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
    declared = Declared(path, content, manifest, cases_path, cases, label)
    problems = lint(declared)
    if problems:
        raise FilesNeedMending(problems)
    return declared


def standards(manifest: Manifest) -> Standards:
    """What a manifest holds rows to."""
    declared = set()
    if manifest.eval.sources:
        declared.add("sources")
    if manifest.contract.limits.latency_target is not None:
        declared.add("latency_target")
    return Standards(manifest.eval.checks, frozenset(declared))


def lint(declared: Declared) -> list[Problem]:
    """What is wrong with a side's cases, and with its gates in the light of its cases."""
    cases, problems = read_cases(
        declared.cases_text, declared.label + declared.cases_path, standards(declared.manifest)
    )
    return problems or list(_gates_that_cannot_work(declared, cases))


def _gates_that_cannot_work(declared: Declared, cases: tuple[Case, ...]) -> Iterator[Problem]:
    file = declared.label + declared.manifest_path
    attempts = len(cases) * declared.manifest.eval.repeats
    for gate in declared.manifest.gates.values():
        for condition in gate.until:
            measure = MEASURES[condition.measure]
            speaking = [case for case in cases if measure.risk in (None, case.risk)]
            at = (file, condition.place.line, condition.place.column)
            if measure.risk and not speaking:
                yield Problem(*at, f"`{condition.text}`: no case has risk {measure.risk}, so "
                              "nothing would be measured", "add a case, or drop the condition")
            elif measure.samples > attempts:
                repeats = -(-measure.samples // len(cases))
                yield Problem(*at, f"`{condition.text}` needs {measure.samples} attempts, "
                              f"{len(cases)} cases make {attempts}", f"`eval.repeats: {repeats}`")
            elif (measure.domain == "count" and measure.tighter is Tighter.LOWER
                  and condition.holds(len(speaking))):
                yield Problem(*at, f"`{condition.text}` can never close with "
                              f"{len(speaking)} cases", "ask for fewer")
            elif measure.name == "cases.count" and not condition.holds(len(speaking)):
                yield Problem(*at, f"`{condition.text}` can never open with "
                              f"{len(speaking)} cases", "add cases, or ask for fewer")


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference between base's policy and head's."""

    path: str
    """Dotted manifest key, or `cases.<id>`."""
    before: str
    after: str
    words: str

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True, slots=True)
class Policy:
    """What judges this run."""

    manifest: Manifest
    """Whose policy keys count; its service keys do not."""
    cases: tuple[Case, ...]
    origin: str
    """`base`, or `head` on adoption and where base's cannot be read."""
    edits: tuple[Edit, ...]
    """Where head's policy differs from base's."""
    unaccepted: tuple[str, ...]
    digest: str


def resolve(base: Declared | None, head: Declared, unreadable: str = "") -> Policy:
    """The policy of a run; `unreadable` says why base has a manifest that cannot be used."""
    deciding = base or head
    held = standards(deciding.manifest)
    heads, problems = read_cases(head.cases_text, head.label + head.cases_path, held)
    bases = heads
    edits: tuple[Edit, ...] = ()
    if base is not None:
        bases, more = read_cases(base.cases_text, base.label + base.cases_path, held)
        problems = problems + more
    if problems:
        raise FilesNeedMending(problems)
    cases = heads
    if base is not None:
        cases = merge_cases(bases, heads)
        edits = (*_manifest_edits(base.manifest, head.manifest), *_case_edits(bases, heads))
    unaccepted = (
        (f"base's policy cannot be read and head's decided, which nobody accepted: {unreadable}",)
        if unreadable
        else ()
    )
    return Policy(
        manifest=deciding.manifest,
        cases=cases,
        origin="base" if base else "head",
        edits=edits,
        unaccepted=unaccepted,
        digest=digest({"policy": view(deciding.manifest), "cases": cases}),
    )


def same_case(one: Case, other: Case) -> bool:
    """Whether two versions of a row ask and hold the same."""
    return (one.prompt, one.risk, one.requirements) == (
        other.prompt,
        other.risk,
        other.requirements,
    )


def merge_cases(base: tuple[Case, ...], head: tuple[Case, ...]) -> tuple[Case, ...]:
    """Base's cases in base's order, edited ones as both versions, then those head adds."""
    mine = {case.case_id: case for case in head}
    merged: list[Case] = []
    for case in base:
        edited = mine.get(case.case_id)
        if edited is None or same_case(case, edited):
            merged.append(case)
        else:
            merged += [versions(case, "base"), versions(edited, "head")]
    known = {case.case_id for case in base}
    merged += [replace(case, added=True) for case in head if case.case_id not in known]
    return tuple(merged)


def view(manifest: Manifest) -> dict[str, Any]:
    """The policy keys of a manifest with their values."""
    everything = plain(manifest)
    return {key: _at(everything, key) for key in sorted(POLICY_KEYS)}


def _at(value: Any, dotted: str) -> Any:
    for name in dotted.split("."):
        value = value[name]
    return value


def _manifest_edits(base: Manifest, head: Manifest) -> Iterator[Edit]:
    before, after = _flat(view(base)), _flat(view(head))
    for path in sorted(before.keys() | after.keys()):
        one, other = before.get(path, ""), after.get(path, "")
        if one != other:
            words = f"{path}: {one or 'absent'} → {other or 'absent'}; base's decides"
            yield Edit(path, one, other, words)


def _flat(value: Any, path: str = "") -> dict[str, str]:
    if isinstance(value, dict) and "text" in value and "measure" in value:
        return {path: str(value["text"])}
    if isinstance(value, dict):
        out: dict[str, str] = {}
        for name, item in value.items():
            out |= _flat(item, f"{path}.{name}" if path else name)
        return out
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        shown = [", ".join(_flat(item).values()) for item in value]
        return {path: ", ".join(shown)}
    return {path: "" if value is None else show_value(value)}


def _case_edits(base: tuple[Case, ...], head: tuple[Case, ...]) -> Iterator[Edit]:
    before, after = ({case.case_id: case for case in side} for side in (base, head))
    for case_id in [*before, *(one for one in after if one not in before)]:
        one, other = before.get(case_id), after.get(case_id)
        path = f"cases.{case_id}"
        if one is None:
            yield Edit(path, "", "added", f"case {case_id} is added")
        elif other is None:
            yield Edit(path, "there", "", f"case {case_id} is removed; it still runs")
        elif not same_case(one, other):
            yield Edit(path, _held(one), _held(other),
                       f"case {case_id} is edited; it runs as {case_id}@base and {case_id}@head")


def _held(case: Case) -> str:
    return f"{case.risk}: {', '.join(map(str, case.requirements))}: {case.prompt}"


def service_of(own: Service, deciding: Manifest) -> Service:
    """A side's service under the policy's ceilings."""
    judge = deciding.service
    return replace(
        own,
        resources=judge.resources,
        sandbox=judge.sandbox,
        egress=judge.egress,
        ready=replace(own.ready, timeout=judge.ready.timeout),
    )

