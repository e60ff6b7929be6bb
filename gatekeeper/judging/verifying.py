"""A pack verified: against its seal, against what is concluded from it again, and against the
repository that it says was judged. The pack is not touched."""

from __future__ import annotations

import contextlib
import posixpath
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gatekeeper.errors import GatekeeperError
from gatekeeper.evidence.files import (
    DERIVED,
    MANIFEST,
    OWN_FILES,
    POLICY,
    SOURCES,
    STATEMENT,
)
from gatekeeper.evidence.pack import DAMAGE, Pack
from gatekeeper.evidence.record import RunRecord, SideRecord
from gatekeeper.evidence.seal import NO_FILE, digests, pack_digest
from gatekeeper.judging.fitting import Misfit, against_seal, first_difference
from gatekeeper.judging.from_pack import declared_in, policy_in
from gatekeeper.judging.judgement import Judgement
from gatekeeper.model import Side
from gatekeeper.ports import Repository
from gatekeeper.report.write import write_reports

AGAIN = "judged again it is"


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of it."""

    misfits: tuple[Misfit, ...]
    """The first one first; empty where every byte fits."""
    notes: tuple[str, ...]
    """What was held against what, and what could not be, in words."""
    judgement: Judgement | None
    """The verdict, reached again; None where it could not be."""


def verify(pack: Pack, scratch: Path, git: Repository | None) -> Verified:
    """Everything that can be told offline; `git` is a repository to hold the pack against."""
    sealed = list(_sealed(pack))
    judgement, derived = _again(pack, scratch, clean=not sealed)
    told = list(_in_repository(pack, git)) if git else [
        "no repository here: commit, tree and policy were held against none"]
    misfits = [*sealed, *derived, *(one for one in told if isinstance(one, Misfit))]
    return Verified(tuple(dict.fromkeys(misfits)),
                    tuple(one for one in told if isinstance(one, str)), judgement)


def _sealed(pack: Pack) -> Iterator[Misfit]:
    try:
        seal = pack.read_json(MANIFEST)
    except GatekeeperError:
        yield Misfit(MANIFEST, "is not JSON: nothing says what the pack should hold")
        return
    files = seal.get("files") if isinstance(seal, dict) else None
    if not isinstance(files, dict):
        yield Misfit(MANIFEST, "is missing, or no seal: nothing says what the pack should hold")
        return
    yield from against_seal(files, digests(pack.folder))
    if seal.get("pack_digest") != pack_digest(files):
        yield Misfit(MANIFEST, "its pack_digest is not that of the files it lists")


def _again(pack: Pack, scratch: Path, clean: bool) -> tuple[Judgement | None, list[Misfit]]:
    """The verdict from the raw replies, in a copy without all that was concluded, and every
    concluded file that comes out otherwise. Seal and statement follow from all the others, so they
    are held against theirs only where those fit."""
    copy = scratch / "again"
    copy.mkdir()
    for name, found in digests(pack.folder).items():
        if found != NO_FILE and name not in DERIVED:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(pack.folder / name, copy / name)
    try:
        judgement = write_reports(Pack.open(copy))
    except (GatekeeperError, *DAMAGE) as error:
        said = str(error).replace(str(copy), str(pack.folder))
        return None, [Misfit(DERIVED[0], f"cannot be reached again from what the pack holds: "
                             f"{said}")]
    names = sorted(set(digests(copy)) | set(digests(pack.folder)),
                   key=lambda name: (DERIVED.index(name) if name in DERIVED else -1, name))
    misfits = [*filter(None, (_differs(name, pack.folder, copy) for name in names))]
    if clean and not misfits:
        misfits = [*filter(None, (_differs(name, pack.folder, copy)
                                  for name in (MANIFEST, STATEMENT)))]
    return judgement, misfits


def _differs(name: str, kept: Path, again: Path) -> Misfit | None:
    one, other = _bytes(kept / name), _bytes(again / name)
    if one is None:
        return None if other is None else Misfit(name, "is missing from the pack")
    if other is None:
        return Misfit(name, "is in the pack, and does not follow from the rest of it")
    return first_difference(name, one, other, AGAIN)


def _bytes(place: Path) -> bytes | None:
    return place.read_bytes() if place.is_file() and not place.is_symlink() else None


def _in_repository(pack: Pack, git: Repository) -> Iterator[Misfit | str]:
    """Commits have the trees that the record says, and those trees hold what judged."""
    try:
        record = pack.read_record()
    except GatekeeperError:
        return
    for side, one in ((Side.HEAD, record.head), (Side.BASE, record.base)):
        if one is None or not one.tree:
            continue
        if not _is_object(one.tree) or (one.commit and not _is_object(one.commit)):
            yield Misfit("run.json", f"{side}'s commit or tree is no git object's name")
            continue
        yield from _commit(git, side, one)
        if git.has(one.tree):
            yield from _policy(pack, git, record, side, one.tree)
        else:
            yield f"{side}: tree {one.tree[:12]} is not in this repository, so what judged was " \
                  "not held against it"


def _is_object(name: str) -> bool:
    return len(name) in (40, 64) and set(name) <= set("0123456789abcdef")


def _commit(git: Repository, side: Side, one: SideRecord) -> Iterator[Misfit | str]:
    if not one.commit:
        yield f"{side}: a working tree, of no commit"
    elif not git.has(one.commit):
        yield f"{side}: commit {one.commit[:12]} is not in this repository"
    elif (tree := git.tree(one.commit)) != one.tree:
        yield Misfit("run.json", f"{side}'s commit {one.commit[:12]} has tree {tree[:12]}, and the "
                     f"pack says {one.tree[:12]}")
    else:
        yield f"{side}: commit {one.commit[:12]} has the tree {tree[:12]} that was judged"


def _policy(pack: Pack, git: Repository, record: RunRecord, side: Side, tree: str
            ) -> Iterator[Misfit | str]:
    """The pack's copies of one side's policy and sources, byte for byte those of its tree."""
    try:
        pairs = dict(_copies(pack, record, side, lambda path: git.read(tree, path)))
    except (GatekeeperError, *DAMAGE):
        return
    wrong = 0
    for name, right in pairs.items():
        kept = _bytes(pack.folder / name)
        if right is None:
            wrong += 1
            yield Misfit(name, f"is in no file of {side}'s tree {tree[:12]}")
        elif kept is not None and (misfit := first_difference(
                name, kept, right, f"{side}'s tree {tree[:12]}")):
            wrong += 1
            yield misfit
    if pairs and not wrong:
        yield f"{side}: {len(pairs)} files of policy and sources are those of tree {tree[:12]}"


def _copies(pack: Pack, record: RunRecord, side: Side, read: Callable[[str], bytes | None]
            ) -> Iterator[tuple[str, bytes | None]]:
    if not (pack.folder / POLICY / side).is_dir():
        return
    declared = declared_in(pack, record, side)
    yield f"{POLICY}/{side}/manifest.yaml", read(declared.manifest_path)
    yield f"{POLICY}/{side}/cases.csv", read(declared.cases_path)
    for path in declared.own_files:
        yield f"{POLICY}/{side}/{OWN_FILES}/{path}", read(declared.path(path))
    sources = ""
    with contextlib.suppress(GatekeeperError):
        policy = policy_in(pack, record)
        sources = (declared if side is Side.BASE else policy).manifest.eval.sources
    below = f"{SOURCES}/{side}"
    for place in sorted((pack.folder / below).rglob("*")) if sources else ():
        if place.is_file() and not place.is_symlink():
            name = place.relative_to(pack.folder / below).as_posix()
            yield f"{below}/{name}", read(posixpath.join(declared.path(sources), name))
