"""Whose policy judges. Pure.

1. Base's policy decides: contract, gates, cases, checks, repeats, waivers, ceilings.
2. What head asks more, provably, counts at once beside it; what it asks less, or otherwise, is told
   in words and does not count.
3. Once head's policy is accepted, by its digest, it decides alone, and each side is called through
   its own contract.
4. Adoption, no manifest in base: head's decides, and there is nothing to compare with.
5. A base policy that cannot be read: head's decides, and that needs to be accepted.
6. A commit of a protected branch is its own root of trust: its own policy decides.
7. Cases: base's all run, also those that head removed; those that head adds run too; an edited case
   runs as both versions, `id@base` and `id@head`; one that base held to nothing as head's alone.
8. Own checks are the deciding side's files; one that only head has is not run while base decides.
9. Each side keeps its own service: build, image, command, port, environment, ready path, stop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gatekeeper.cases.file import Standards, read_cases, versions
from gatekeeper.errors import FilesNeedMending
from gatekeeper.manifest.contract import Contract
from gatekeeper.manifest.service import Service
from gatekeeper.manifest.types import Manifest
from gatekeeper.model import Case, Side
from gatekeeper.policy.acceptance import Acceptance
from gatekeeper.policy.declared import Declared, standards
from gatekeeper.policy.directions import Direction
from gatekeeper.policy.drill_edits import drill_edits, tighter_drill
from gatekeeper.policy.edits import Edit, compare, same_case
from gatekeeper.policy.tighten import service_under, tightened, tighter_ceilings
from gatekeeper.policy.view import policy_digest
from gatekeeper.policy.waivers import combined
from gatekeeper.service.contract import spelled_out


class Origin(StrEnum):
    """Whose policy decides, and why."""

    BASE = "base"
    ADOPTED = "adopted"
    """Head's: base has no manifest."""
    ACCEPTED = "accepted"
    """Head's: somebody accepted its digest."""
    UNREADABLE = "unreadable"
    """Head's: base's cannot be used."""
    COMMIT = "commit"
    """The commit's own: it is on a protected branch."""


@dataclass(frozen=True, slots=True)
class Places:
    """Lines of head's own files, 1-based: for pointing at, nothing is decided by them."""

    rows: tuple[Case, ...] = ()
    conditions: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Gate and text of a condition -> line in the manifest."""

    @property
    def cases(self) -> dict[str, int]:
        """Case id -> line of its row."""
        return {case.case_id: case.line for case in self.rows}


@dataclass(frozen=True, slots=True)
class Policy:
    """What judges this run."""

    origin: Origin
    manifest: Manifest
    """Whose policy keys count; its service keys do not."""
    cases: tuple[Case, ...]
    contracts: Mapping[Side, Contract]
    """Spelled out: what each side is called through."""
    promise: Contract
    """Head's own, spelled out: whether its five lines are declared."""
    head: Manifest
    """Head's own: what it tells of itself; its policy keys count only where it decides."""
    services: Mapping[Side, Service]
    """Each side's own, under the ceilings that hold it."""
    edits: tuple[Edit, ...]
    """Where head's policy differs from base's."""
    unaccepted: tuple[str, ...]
    """What decided and should not have without being accepted."""
    acceptance: Acceptance | None
    """The acceptance that was needed and covers this policy."""
    digest: str
    """Of what decides."""
    own_digests: Mapping[Side, str]
    """Of what each side declares; head's is the one to accept."""
    places: Places = Places()
    own_files: Mapping[str, bytes] = field(default_factory=dict)
    """The own checks that may run: path relative to the manifest -> content."""

    @property
    def waiting(self) -> tuple[Edit, ...]:
        """Edits that do not count until they are accepted."""
        decides = self.origin is Origin.BASE
        return tuple(edit for edit in self.edits if edit.waits) if decides else ()


def resolve(
    base: Declared | None,
    head: Declared,
    unreadable: str = "",
    acceptance: Acceptance | None = None,
    rooted: bool = False,
) -> Policy:
    """The policy of a run; `unreadable` says why base has a manifest that cannot be used, `rooted`
    that head is a commit whose own policy decides."""
    heads = _rows(head, standards(head.manifest))
    bases = _rows(base, standards(base.manifest)) if base else heads
    edits = _edits(base, head, bases) if base else ()
    proposed = policy_digest(head.manifest, heads, head.own_files)
    bases_own = policy_digest(base.manifest, bases, base.own_files) if base else ""
    if base and not edits and proposed != bases_own:
        edits = (Edit(Direction.REPLACED, "policy", "the policy is written otherwise"),)
    accepted = acceptance if acceptance and acceptance.digest == proposed else None
    origin = _origin(base, unreadable, rooted, bool(accepted and edits))
    decides = origin is Origin.BASE and base is not None
    manifest, cases, own_files = head.manifest, heads, head.own_files
    if decides and base is not None:
        own_files = base.own_files
        cases = merge_cases(bases, heads)
        manifest = replace(
            tightened(base.manifest, head.manifest),
            drill=tighter_drill(base.manifest.drill, head.manifest.drill),
            waivers=combined(base.manifest.waivers, head.manifest.waivers, bases, heads),
        )
    return Policy(
        origin=origin,
        manifest=manifest,
        cases=cases,
        contracts=_contracts(base, head, decides),
        promise=spelled_out(head.manifest),
        head=head.manifest,
        services=_services(base, head, decides),
        edits=edits,
        unaccepted=(f"base's policy cannot be used and head's decided, which nobody accepted: "
                    f"{unreadable}",)
        if origin is Origin.UNREADABLE and not accepted else (),
        acceptance=accepted if origin in (Origin.ACCEPTED, Origin.UNREADABLE) else None,
        digest=policy_digest(manifest, cases, own_files),
        own_digests={Side.HEAD: proposed, **({Side.BASE: bases_own} if base else {})},
        own_files=own_files,
        places=_places(head.manifest, heads),
    )


def _places(manifest: Manifest, rows: tuple[Case, ...]) -> Places:
    return Places(
        rows=rows,
        conditions={(name, condition.text): condition.place.line
                    for name, gate in manifest.gates.items() for condition in gate.until},
    )


def own_digest(declared: Declared) -> str:
    """Digest of what one tree declares, as an acceptance names it."""
    return policy_digest(declared.manifest, _rows(declared, standards(declared.manifest)),
                         declared.own_files)


def _origin(base: Declared | None, unreadable: str, rooted: bool, accepted: bool) -> Origin:
    if rooted:
        return Origin.COMMIT
    if unreadable:
        return Origin.UNREADABLE
    if base is None:
        return Origin.ADOPTED
    return Origin.ACCEPTED if accepted else Origin.BASE


def _rows(declared: Declared, held: Standards) -> tuple[Case, ...]:
    rows, problems = read_cases(declared.cases_text, declared.label + declared.cases_path, held)
    if problems:
        raise FilesNeedMending(problems)
    return rows


def _edits(base: Declared, head: Declared, bases: tuple[Case, ...]) -> tuple[Edit, ...]:
    held = standards(base.manifest)
    rows, problems = read_cases(head.cases_text, head.cases_path, held)
    if problems:  # a row leans on something that only head declares
        rows = _rows(head, standards(head.manifest))
    return (*compare(base, head, bases, rows),
            *drill_edits(base.manifest.drill, head.manifest.drill))


def _contracts(base: Declared | None, head: Declared, decides: bool) -> dict[Side, Contract]:
    own = {Side.HEAD: spelled_out(head.manifest)}
    if base is not None:
        own[Side.BASE] = spelled_out(base.manifest)
        if decides:
            own[Side.HEAD] = own[Side.BASE]
    return own


def _services(base: Declared | None, head: Declared, decides: bool) -> dict[Side, Service]:
    own = {Side.HEAD: head.manifest.service}
    if base is not None:
        own[Side.BASE] = base.manifest.service
        if decides:
            ceilings = tighter_ceilings(base.manifest.service, head.manifest.service)
            own[Side.HEAD] = service_under(head.manifest.service, ceilings)
    return own


def merge_cases(base: tuple[Case, ...], head: tuple[Case, ...]) -> tuple[Case, ...]:
    """Base's cases in base's order, edited ones as both versions, then those head adds."""
    if head == base:
        return base
    mine = {case.case_id: case for case in head}
    merged: list[Case] = []
    for case in base:
        edited = mine.get(case.case_id)
        if edited is None or same_case(case, edited):
            merged.append(case)
        elif not case.requirements:  # held to nothing until now: there is no version to keep
            merged.append(replace(edited, head_only=True))
        else:
            merged += [versions(case, "base"), replace(versions(edited, "head"), head_only=True)]
    known = {case.case_id for case in base}
    merged += [replace(case, added=True, head_only=True)
               for case in head if case.case_id not in known]
    return tuple(merged)
