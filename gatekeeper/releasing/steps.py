"""What is to be done next for a release to stand, from what stands already. Pure.

The order is the tag, the draft, its notes, its files, and then the publication: an immutable
release takes no file afterwards. Each step is told by what is missing, so a run that is done again
after a crash goes on where the other one stopped.

1. A tag of that name on another commit: nothing is touched.
2. A published release of ours for that commit: done, whichever run measured it.
3. Somebody else's release or draft of that tag: nothing is touched.
4. Several drafts of ours: the oldest stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gatekeeper.github.releases import AssetSeen, ReleaseSeen, TagSeen
from gatekeeper.releasing.mark import Mark, read_mark


@dataclass(frozen=True, slots=True)
class Asset:
    """One file to release."""

    name: str
    content: bytes

    @property
    def digest(self) -> str:
        """`sha256:…`."""
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The release that is to stand."""

    tag: str
    mark: Mark
    message: str
    """Of the tag."""
    at: str
    """The tag's date, ISO 8601."""
    title: str
    notes: str
    """They begin with the mark."""
    assets: tuple[Asset, ...]
    latest: bool
    """No release is newer."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands on GitHub under that tag."""

    tag: TagSeen | None
    releases: tuple[ReleaseSeen, ...]
    """All of that tag, drafts among them."""


@dataclass(frozen=True, slots=True)
class MakeTag:
    """The tag is missing."""


@dataclass(frozen=True, slots=True)
class MakeDraft:
    """The draft is missing."""

    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RemoveDraft:
    """A second draft of ours, of a run at the same time."""

    release: int


@dataclass(frozen=True, slots=True)
class Edit:
    """The release says something else: its notes, or that it is a draft."""

    release: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RemoveAsset:
    """A file that is none of these, or not whole."""

    asset: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A file is missing."""

    release: ReleaseSeen
    asset: Asset


@dataclass(frozen=True, slots=True)
class Done:
    """It stands."""

    release: ReleaseSeen


@dataclass(frozen=True, slots=True)
class Conflict:
    """It cannot be made, and why."""

    why: str
    help: str


Step = MakeTag | MakeDraft | RemoveDraft | Edit | RemoveAsset | Upload


def next_step(wanted: Wanted, standing: Standing) -> Step | Done | Conflict:
    """The first thing that is missing."""
    tag, commit = standing.tag, wanted.mark.commit
    if tag is not None and tag.commit != commit:
        return Conflict(f"tag {wanted.tag} names another commit, {tag.commit[:12]}",
                        "run the job again: the next version is counted from the tags that are "
                        "there")
    others = [one for one in standing.releases if not _is_of(one, commit)]
    ours = sorted((one for one in standing.releases if _is_of(one, commit)),
                  key=lambda one: (one.draft, one.id))
    if others:
        return Conflict(f"there is a release of {wanted.tag} already that gatekeeper did not make: "
                        f"{others[0].url}", "it is left as it is; remove it, or release the next "
                        "version")
    if tag is None:
        return MakeTag()
    if not ours:
        return MakeDraft({"tag_name": wanted.tag, "target_commitish": commit,
                          "name": wanted.title, "body": wanted.notes, "draft": True,
                          "prerelease": False})
    if len(ours) > 1 and ours[-1].draft:
        return RemoveDraft(ours[-1].id)
    return _finish(wanted, ours[0])


def _is_of(release: ReleaseSeen, commit: str) -> bool:
    mark = read_mark(release.body)
    return mark is not None and mark.commit == commit


def _finish(wanted: Wanted, release: ReleaseSeen) -> Step | Done:
    if not release.draft:
        return Done(release)
    if not same_text(release.body, wanted.notes) or release.name != wanted.title:
        return Edit(release.id, {"name": wanted.title, "body": wanted.notes})
    left = list(release.assets)
    for asset in wanted.assets:
        there = next((one for one in left if _is_same(one, asset)), None)
        if there is None:
            spoilt = next((one for one in left if one.name == asset.name), None)
            return RemoveAsset(spoilt.id) if spoilt else Upload(release, asset)
        left.remove(there)
    if left:
        return RemoveAsset(left[0].id)
    return Edit(release.id, {"draft": False, "make_latest": str(wanted.latest).lower()})


def same_text(one: str, other: str) -> bool:
    """Whether two bodies are one: GitHub may keep other line ends, and none at the end."""
    return _lines(one) == _lines(other)


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").strip().split("\n")


def _is_same(there: AssetSeen, asset: Asset) -> bool:
    return (there.uploaded and there.name == asset.name and there.size == len(asset.content)
            and there.digest in ("", asset.digest))


def of_tag(releases: Iterable[ReleaseSeen], tag: str) -> tuple[ReleaseSeen, ...]:
    """Those of one tag."""
    return tuple(one for one in releases if one.tag == tag)
