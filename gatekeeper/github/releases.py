"""What releasing needs of GitHub beyond `forge.py`: runs and their artifacts, tags and releases.

The adapter is `adapters/github_releases.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gatekeeper.github.forge import Forge


def evidence_asset(tag: str) -> str:
    """What a release calls its evidence; GitHub takes few characters in such a name."""
    return f"gatekeeper-evidence-{re.sub(r'[^A-Za-z0-9._-]', '.', tag)}.tar.gz"


@dataclass(frozen=True, slots=True)
class ArtifactSeen:
    """One artifact of the repository, of whichever run."""

    id: int
    run: int
    head_sha: str
    """Commit of its run; empty where GitHub does not say."""
    head_branch: str
    own: bool
    """Its run's commit is of this repository, not of a fork."""
    expired: bool
    """GitHub has removed its content."""
    size: int
    """Bytes, as GitHub keeps it."""
    at: str
    """When it was made, ISO 8601."""


@dataclass(frozen=True, slots=True)
class RunSeen:
    """One workflow run."""

    id: int
    event: str
    path: str
    """The workflow's file."""
    head_sha: str
    head_branch: str
    repository: str
    head_repository: str
    """Where its commit comes from; empty where that is gone."""
    url: str


@dataclass(frozen=True, slots=True)
class TagSeen:
    """A tag and the commit it comes to."""

    name: str
    commit: str
    annotated: bool


@dataclass(frozen=True, slots=True)
class AssetSeen:
    """One file of a release."""

    id: int
    name: str
    size: int
    uploaded: bool
    """False for one whose upload broke off."""
    digest: str
    """`sha256:…`; empty where GitHub does not tell."""


@dataclass(frozen=True, slots=True)
class ReleaseSeen:
    """One release, as it is now."""

    id: int
    tag: str
    name: str
    body: str
    draft: bool
    prerelease: bool
    immutable: bool
    url: str
    upload_url: str
    assets: tuple[AssetSeen, ...]


class Releases(Forge, Protocol):
    """One repository on GitHub, its releases among it. Every method may raise ForgeError; a write
    whose answer leaves open whether it was done raises Unsure."""

    def artifacts_named(self, name: str, most: int) -> tuple[ArtifactSeen, ...]:
        """The newest artifacts of a name, those that have expired among them."""

    def run(self, run: int) -> RunSeen:
        """One workflow run."""

    def tree_of(self, commit: str) -> str:
        """The tree of a commit."""

    def compare(self, base: str, head: str) -> str:
        """Where head is, seen from base: `ahead`, `behind`, `identical` or `diverged`."""

    def labels_of(self, commit: str) -> tuple[str, ...]:
        """Labels of the merged pull requests that a commit came with."""

    def tag(self, name: str) -> TagSeen | None:
        """One tag; None where there is none, or it names no commit."""

    def tags(self, start: str) -> tuple[str, ...]:
        """Names of all tags that begin so."""

    def add_tag(self, name: str, commit: str, message: str, at: str) -> None:
        """An annotated tag, dated `at`."""

    def releases(self, most: int) -> tuple[ReleaseSeen, ...]:
        """The newest releases, drafts among them where the token may see them."""

    def latest(self) -> str:
        """Tag of the release that GitHub calls the latest; empty where there is none."""

    def add_release(self, body: Mapping[str, Any]) -> ReleaseSeen:
        """A new release; `body` is GitHub's (tag_name, name, body, draft, …)."""

    def edit_release(self, release: int, body: Mapping[str, Any]) -> ReleaseSeen:
        """Change what `body` names."""

    def remove_release(self, release: int) -> None:
        """Remove a draft; gone already is as good."""

    def release(self, release: int) -> ReleaseSeen:
        """One release by its number."""

    def add_asset(self, upload_url: str, name: str, content: bytes) -> None:
        """Upload one file of a release."""

    def asset(self, asset: AssetSeen, limit: int) -> bytes:
        """The content of one file of a release, at most `limit` bytes; ForgeError where it is not
        what GitHub says its digest is."""

    def remove_asset(self, asset: int) -> None:
        """Remove one; gone already is as good."""

    def dispatched(self, workflow: str, ref: str) -> bool:
        """Whether a run of a workflow was started by hand on a tag or branch."""

    def dispatch(self, workflow: str, ref: str) -> None:
        """Start a workflow on a tag or branch."""
