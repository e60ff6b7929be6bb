"""Packs of shards merged into one: refused where they are not of one run; what is missing is said.

The attempts of all shards become one record. What is a shard's own (its services' start, smoke
test, stop, times of its machine) is kept in a folder a shard, and judged as that shard's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gatekeeper.cases.share import Shard
from gatekeeper.errors import UsageError
from gatekeeper.evidence.attempts import line_of_attempt
from gatekeeper.evidence.files import (
    DERIVED,
    DOCUMENTS,
    HISTORY,
    LIVENESS,
    MANIFEST,
    POLICY,
    PROMPTS,
    RESULTS,
    ROUTE,
    SHARDS,
    SOURCES,
    TESTIMONY,
    WARMUP,
)
from gatekeeper.evidence.pack import Pack
from gatekeeper.evidence.record import RunRecord, SideRecord
from gatekeeper.evidence.seal import NO_FILE, digests
from gatekeeper.model import Fault
from gatekeeper.neutral import for_log, shortened

_LINES = (RESULTS, WARMUP, LIVENESS, TESTIMONY)
"""Of these the merged pack holds one, with the lines of all shards."""
_COMMON = (POLICY, SOURCES, PROMPTS, DOCUMENTS, ROUTE)
"""The same in every shard, or it is no shard of this run."""
_BESIDE_CASES = (WARMUP, LIVENESS)
"""Attempts that need not be of a case of the shard."""
_WORDS = {
    "gatekeeper": "written by another version of gatekeeper", "event": "judged for another event",
    "runtime": "on another runtime", "manifest_path": "of another manifest",
    "base_manifest_path": "of another manifest of base", "cases_path": "of other cases",
    "base_cases_path": "of other cases of base", "base_unreadable": "of another base",
    "baseline": "held against another baseline", "changes": "of other changes",
    "nothing_changed": "of other changes", "repeats": "asked another number of times",
    "risk_repeats": "asked another number of times", "asked": "of other cases",
    "concurrency": "asked by another number of connections",
    "drilled": "drilled for other failures", "rooted": "judged for another event",
    "acceptance": "of another acceptance of the policy",
}
"""Facts of a run that all its shards share -> what a pack is in which they differ."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One shard's pack."""

    pack: Pack
    record: RunRecord
    shard: Shard
    files: Mapping[str, str]

    @property
    def name(self) -> str:
        return for_log(str(self.pack.folder))


def merge(packs: Sequence[Pack], into: Pack) -> RunRecord:
    """Write the merged pack, not yet judged or sealed. UsageError names the pack that does not
    belong to the first, and in what. Shards that are missing or there twice leave a reason in the
    record why the verdict is undecided at best."""
    parts = sorted((_read(pack) for pack in packs), key=lambda part: part.shard.number)
    for part in parts[1:]:
        _belongs(part, parts[0])
    by_number: dict[int, list[_Part]] = {}
    for part in parts:
        by_number.setdefault(part.shard.number, []).append(part)
    kept = [some[0] for some in by_number.values()]
    for name in parts[0].files:
        if name.partition("/")[0] in (*_COMMON, HISTORY):  # earlier runs: as the first saw them
            into.write(name, parts[0].pack.read(name))
    for part in kept:
        _copy_own(part, into)
    for name in _LINES:
        _join(kept, name, into)
    record = _merged(kept, _gaps(by_number, parts[0].shard.of))
    into.write_record(record)
    return record


def _read(pack: Pack) -> _Part:
    record, name = pack.read_record(), for_log(str(pack.folder))
    if record.shard is None:
        raise UsageError(f"{name} is not the pack of a shard",
                         "name the packs of one run's shards, or each other pack by itself")
    files = digests(pack.folder)
    if (pack.folder / MANIFEST).is_file() and (altered := pack.altered(files)):
        raise UsageError(f"{name} is not as it was sealed: {', '.join(map(for_log, altered[:3]))}",
                         "merge packs as they were written")
    if strange := [path for path, digest in files.items() if digest == NO_FILE]:
        raise UsageError(f"{name}/{for_log(strange[0])} is not a file", "a pack holds files alone")
    return _Part(pack, record, record.shard, files)


def _belongs(part: _Part, first: _Part) -> None:
    def refuse(why: str, theirs: object, ours: object) -> None:
        raise UsageError(
            f"{part.name} is {why} than {first.name}: {for_log(str(theirs))}, and "
            f"{for_log(str(ours))}", "merge the packs of one run's shards, and no others")

    one, other = part.record, first.record
    if part.shard.of != first.shard.of:
        refuse("of another number of shards", part.shard, first.shard)
    for name, theirs, ours in (("head", one.head, other.head), ("base", one.base, other.base)):
        if (theirs is None) != (ours is None):
            refuse("held against another baseline", one.baseline, other.baseline)
        elif theirs and ours and (theirs.tree, theirs.commit) != (ours.tree, ours.commit):
            refuse(f"of another commit of {name}", theirs.commit[:12] or f"tree {theirs.tree[:12]}",
                   ours.commit[:12] or f"tree {ours.tree[:12]}")
    for name in sorted({*part.files, *first.files}):
        if name.partition("/")[0] in _COMMON and part.files.get(name) != first.files.get(name):
            what = {"manifest.yaml": "judged by another policy", "cases.csv": "of other cases"}
            refuse(what.get(name.rpartition("/")[2], "held against other files"),
                   f"{name} differs", "all shards of a run have the same")
    for name, why in _WORDS.items():
        if getattr(one, name) != getattr(other, name):
            refuse(why, getattr(one, name), getattr(other, name))


def _gaps(by_number: Mapping[int, Sequence[_Part]], of: int) -> Iterator[str]:
    """What is missing or there twice, in words."""
    missing = [str(number) for number in range(1, of + 1) if number not in by_number]
    if missing:
        shards = "shard" if len(missing) == 1 else "shards"
        verb = "is" if len(missing) == 1 else "are"
        yield f"{shards} {', '.join(missing)} of {of} {verb} missing"
    for number, some in by_number.items():
        if len(some) > 1:
            yield (f"shard {number} of {of} is there {len(some)} times "
                   f"({', '.join(part.name for part in some)}): only the first was judged")


def _copy_own(part: _Part, into: Pack) -> None:
    """What is the shard's own: all but what is merged, made anew for all, or the same in all."""
    for name in part.files:
        top = name.partition("/")[0]
        if top not in (*_LINES, *DERIVED, *_COMMON, HISTORY):
            into.write(f"{SHARDS}/{part.shard.number}/{name}", part.pack.read(name))
    if (part.pack.folder / MANIFEST).is_file():
        into.write(f"{SHARDS}/{part.shard.number}/{MANIFEST}", part.pack.read(MANIFEST))


def _join(parts: Sequence[_Part], name: str, into: Pack) -> None:
    """The lines of all shards, one after the other; a line cut off by a kill is left out."""
    found = [part for part in parts if (part.pack.folder / name).is_file()]
    if not found:
        return
    with (into.folder / name).open("wb") as out:
        for part in found:
            with (part.pack.folder / name).open("rb") as file:
                for line in file:
                    if line.endswith(b"\n") and _is_its_own(part, name, line):
                        out.write(line)


def _is_its_own(part: _Part, name: str, line: bytes) -> bool:
    """Whether a line speaks of a case of the shard; of another's, the pack is no shard's."""
    said = line_of_attempt(line)
    if said is None:
        return False
    case_id = str(said["case"])
    if name not in _BESIDE_CASES and not part.shard.holds(case_id):
        raise UsageError(f"{part.name} has an attempt of case {shortened(for_log(case_id), 100)}, "
                         f"which is not of shard {part.shard}",
                         "merge packs as `gatekeeper run --shard` wrote them")
    return True


def _merged(parts: Sequence[_Part], gaps: Iterator[str]) -> RunRecord:
    """The facts of all shards as one run's. The latest time counts: waivers expire by it."""
    records = [part.record for part in parts]
    first, of = records[0], parts[0].shard.of
    told = dict.fromkeys(text for part in parts for text in part.record.limited
                         if text != part.shard.limit)
    missing = len(parts) < of
    return replace(
        first, shard=None, shards=of, judged_at=max(record.judged_at for record in records),
        subject=f"{first.subject}, in {of} shards", limited=(*told, *gaps),
        nothing_changed=first.nothing_changed and not missing,
        interrupted=any(record.interrupted for record in records),
        complete=all(record.complete for record in records),
        acceptance_unread=next((record.acceptance_unread for record in records
                                if record.acceptance_unread), ""),
        releasable=all(record.releasable for record in records),
        spent="", overhead=None,
        head=_side(parts, [record.head for record in records]) or first.head,
        base=_side(parts, [record.base for record in records if record.base]),
    )


def _side(parts: Sequence[_Part], sides: Sequence[SideRecord]) -> SideRecord | None:
    """One side over all shards: what went wrong anywhere went wrong, the change's doing first."""
    if not sides:
        return None
    named = list(zip(parts, sides, strict=True))
    failed = sorted(((part, side.failure) for part, side in named if side.failure),
                    key=lambda one: one[1].fault is not Fault.CHANGE)
    died = [(part, side) for part, side in named if side.died]
    ready = [side.ready_seconds for side in sides if side.ready_seconds is not None]
    return replace(
        sides[0],
        started=all(side.started for side in sides),
        failure=replace(failed[0][1], cause=f"shard {failed[0][0].shard.number}: "
                        f"{failed[0][1].cause}") if failed else None,
        died=f"shard {died[0][0].shard.number}: {died[0][1].died}" if died else "",
        killed=bool(died) and all(side.killed for _, side in died),
        ready_seconds=max(ready, default=None),
        model=next((side.model for side in sides if side.model), ""),
        identity={key: value for key, value in sides[0].identity.items()
                  if all(side.identity.get(key) == value for side in sides)},
    )
