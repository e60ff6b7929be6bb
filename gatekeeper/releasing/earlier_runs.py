"""Earlier runs of this repository: the packs that its trusted runs and its releases have left.

Artifacts count by the rules of `provenance.py`: they are of a push to the default branch or of its
merge queue, made by the workflow that the branch has now. A release's evidence counts where its tag
names the commit that its notes name, on the default branch. Each pack has to be of its commit's own
tree, and is judged again; of several runs of one tree, as of its queue and its push, the newest
counts. What cannot be read because GitHub does not answer leaves nothing known.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path

from gatekeeper.errors import GatekeeperError
from gatekeeper.evidence.files import MANIFEST
from gatekeeper.evidence.pack import DAMAGE, Pack
from gatekeeper.github.forge import ForgeError, NotThere
from gatekeeper.github.releases import (
    ArtifactSeen,
    AssetSeen,
    ReleaseSeen,
    evidence_asset,
)
from gatekeeper.judging.earlier_run import run_in
from gatekeeper.judging.learning import Earlier, EarlierRun, unreachable
from gatekeeper.releasing.believing import Shelf, believed, may_be_ours, tree_of
from gatekeeper.releasing.mark import Mark, read_mark

MOST_SEEN = 500
"""Artifacts in GitHub's list, those of pull requests among them."""
MOST_READ, MOST_BYTES = 30, 500_000_000
"""Packs that are fetched, the newest, and their bytes together."""
MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Kept:
    """One pack that GitHub keeps."""

    name: str
    size: int
    commit: str
    doubt: Callable[[], str]
    """Why its origin is not believed; empty where it is."""
    fetch: Callable[[], bytes]
    pack: str = ""
    """Its digest, where the notes of a release name it."""


@dataclass(slots=True)
class _Read:
    """What was read so far."""

    runs: dict[str, EarlierRun] = field(default_factory=dict)
    """By the tree that they judged."""
    refused: list[str] = field(default_factory=list)
    fetched: int = 0
    bytes: int = 0


def read_runs(shelf: Shelf, store: str) -> Earlier:
    """The earlier runs, oldest first; `store` is how the manifest names where they are kept."""
    read = _Read()
    try:
        for kept in chain(_artifacts(shelf, read.refused), _releases(shelf)):
            tree = tree_of(shelf, kept.commit)
            if tree in read.runs:
                continue
            if read.fetched == MOST_READ or read.bytes + kept.size > MOST_BYTES:
                read.refused.append(f"{kept.name} and what is older: no more than {MOST_READ} "
                                    f"packs of {MOST_BYTES} bytes together are read")
                break
            _take(shelf, kept, tree, read)
    except ForgeError as error:
        return unreachable(store, error.message)
    runs = sorted(read.runs.values(), key=lambda run: run.judged_at)
    return Earlier(store, "", tuple(runs), tuple(read.refused))


def _artifacts(shelf: Shelf, refused: list[str]) -> Iterator[Kept]:
    """The artifacts of runs that may be believed, newest first; what else is there is told."""
    seen = shelf.forge.artifacts_named(shelf.artifact, MOST_SEEN)
    ours = [one for one in seen if may_be_ours(shelf, one)]
    if others := len(seen) - len(ours):
        refused.append(f"{others} of pull requests, forks or other branches")
    if expired := [str(one.run) for one in ours if one.expired]:
        more = f" and {len(expired) - MOST_NAMED} more" if len(expired) > MOST_NAMED else ""
        refused.append(f"run {', '.join(expired[:MOST_NAMED])}{more}: expired")
    if len(seen) == MOST_SEEN:
        refused.append(f"what is older than the newest {MOST_SEEN} artifacts")
    for one in ours:
        if not one.expired:
            yield Kept(f"run {one.run}", one.size, one.head_sha, partial(_doubt, shelf, one),
                       partial(shelf.forge.artifact, one.id, shelf.largest))


def _doubt(shelf: Shelf, artifact: ArtifactSeen) -> str:
    run = believed(shelf, artifact)
    return run if isinstance(run, str) else ""


def _releases(shelf: Shelf) -> Iterator[Kept]:
    """The evidence of published releases that gatekeeper made, newest first."""
    for release in shelf.forge.releases(MOST_SEEN):
        mark, asset = read_mark(release.body), _evidence(release)
        if mark is not None and asset is not None and not release.draft:
            yield Kept(f"release {release.tag}", asset.size, mark.commit,
                       partial(_doubt_of_release, shelf, release, mark),
                       partial(shelf.forge.asset, asset, shelf.largest), mark.pack_digest)


def _evidence(release: ReleaseSeen) -> AssetSeen | None:
    name = evidence_asset(release.tag)
    return next((one for one in release.assets if one.name == name and one.uploaded), None)


def _doubt_of_release(shelf: Shelf, release: ReleaseSeen, mark: Mark) -> str:
    tag = shelf.forge.tag(release.tag)
    if tag is None or tag.commit != mark.commit:
        return "its tag does not name the commit that its notes name"
    branch = shelf.home.default_branch
    if shelf.forge.compare(branch, mark.commit) not in ("behind", "identical"):
        return f"its commit is not on {branch}"
    return ""


def _take(shelf: Shelf, kept: Kept, tree: str, read: _Read) -> None:
    """Read one pack, or say why it does not count."""
    run: EarlierRun | str | None = kept.doubt()
    if not run and kept.size > shelf.largest:
        run = f"it is larger than {shelf.largest} bytes"
    if not run:
        read.fetched, read.bytes = read.fetched + 1, read.bytes + kept.size
        run = _fetched(shelf, kept, tree)
    if isinstance(run, str):
        read.refused.append(f"{kept.name}: {run}")
    elif run is not None:
        read.runs[tree] = run


def _fetched(shelf: Shelf, kept: Kept, tree: str) -> EarlierRun | str | None:
    try:
        content = kept.fetch()
    except NotThere:
        return "it is gone from GitHub"
    folder = Path(tempfile.mkdtemp(dir=shelf.scratch))
    try:
        shelf.unpack(content, folder)
        pack = Pack.open(folder)
        if not tree or pack.read_record().head.tree != tree:
            return "it is of another tree than its commit"
        if kept.pack not in ("", pack.read_json(MANIFEST)["pack_digest"]):
            return "it is not the pack that the notes name"
        return run_in(pack)
    except ForgeError:
        raise
    except GatekeeperError as error:
        return error.message.splitlines()[0].replace(f"{folder}/", "")
    except DAMAGE as error:
        return f"it is damaged: {type(error).__name__}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
