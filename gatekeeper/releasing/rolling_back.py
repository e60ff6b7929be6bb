"""Back to an earlier release: it is proven again first, and the notes of both say why.

The order is the notes of the one that is gone back to, the notes of the one that is left, and then
what GitHub calls the latest: a run that is killed in between finds the latest unchanged, and the
next one does the same again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from gatekeeper.errors import CouldNotMeasure, UsageError
from gatekeeper.formats.spelling import nearest
from gatekeeper.formats.tags import TagPattern
from gatekeeper.github.releases import Releases, ReleaseSeen
from gatekeeper.neutral import for_markdown
from gatekeeper.releasing.creating import LOOKED_AT
from gatekeeper.releasing.mark import read_mark


@dataclass(frozen=True, slots=True)
class Way:
    """From which release to which."""

    left: str
    """Tag of the one that is left."""
    to: str
    """Tag of the one that is gone back to."""


@dataclass(frozen=True, slots=True)
class Because:
    """Why, when, and by what proof."""

    reason: str
    day: str
    pack_digest: str


def way_among(tags: Mapping[str, str], pattern: TagPattern, left: str, wanted: str) -> Way:
    """The way back among released tags (name -> commit): to the one that is wanted, else to the
    newest below the one that is left. UsageError where there is none."""
    if wanted:
        if wanted not in tags:
            raise UsageError(f"{wanted} is no release that gatekeeper made",
                             nearest(wanted, tags) if tags else "")
        if wanted == left:
            raise UsageError(f"{wanted} is the latest release already")
        return Way(left, wanted)
    own = pattern.read(left)
    older = {name: sha for name, sha in tags.items()
             if own and (version := pattern.read(name)) and version < own}
    newest = pattern.newest(older)
    if newest is None:
        raise UsageError(f"there is no release before {left} to go back to")
    return Way(left, newest[0])


def released_by_us(releases: tuple[ReleaseSeen, ...]) -> dict[str, str]:
    """Tags of published releases with proof -> commit."""
    return {one.tag: mark.commit for one in releases
            if not (one.draft or one.prerelease) and (mark := read_mark(one.body))}


def go_back(forge: Releases, way: Way, because: Because) -> ReleaseSeen:
    """Write it into both notes, and make the earlier release the latest. Done again it goes on
    where it stopped."""
    found = {one.tag: one for one in forge.releases(LOOKED_AT) if not one.draft}
    if way.to not in found or way.left not in found:
        raise CouldNotMeasure("one of both releases is gone meanwhile", "run it again")
    to, left = found[way.to], found[way.left]
    _note(forge, to, way, because, f"The latest release again, in place of "
                                   f"{for_markdown(way.left)}")
    _note(forge, left, way, because, f"Rolled back to {for_markdown(way.to)}")
    return forge.edit_release(to.id, {"make_latest": "true"})


def _note(forge: Releases, release: ReleaseSeen, way: Way, because: Because, words: str) -> None:
    both = "\n".join((way.left, way.to, because.reason))
    mark = f"<!-- gatekeeper rollback {hashlib.sha256(both.encode()).hexdigest()[:16]} -->"
    if mark in release.body:
        return
    text = (f"\n\n{mark}\n## {because.day}: rolled back\n\n{words}: "
            f"{for_markdown(because.reason, 1000)}\n\n- evidence pack of the release that was gone "
            f"back to, measured that day: {for_markdown(because.pack_digest)}\n")
    forge.edit_release(release.id, {"body": release.body.rstrip() + text})
