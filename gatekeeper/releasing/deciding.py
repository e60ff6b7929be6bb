"""Whether a commit is to be released, and under which tag: from the tags that are there now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gatekeeper.errors import CouldNotMeasure
from gatekeeper.formats.tags import TagPattern, Version
from gatekeeper.github.releases import Releases, ReleaseSeen
from gatekeeper.manifest.release import Release
from gatekeeper.model import Change
from gatekeeper.releasing.bump import Bump, by_commits, by_kinds, by_labels, next_version
from gatekeeper.releasing.creating import LOOKED_AT
from gatekeeper.releasing.mark import read_mark


@dataclass(frozen=True, slots=True)
class Since:
    """What is known of the way from the previous release to this commit."""

    commit: str
    previous: str
    """Tag of the previous release; empty where there is none."""
    changes: tuple[Change, ...]
    labels: Callable[[], tuple[str, ...]]
    """Of the merged pull requests in between."""
    messages: Callable[[], tuple[str, ...]]
    """Of the commits in between."""


@dataclass(frozen=True, slots=True)
class Choice:
    """It is to be released."""

    tag: str
    why: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is nothing to do, and why."""

    why: str
    release: ReleaseSeen | None = None
    """Where it was released before."""


def choose(forge: Releases, rules: Release, since: Since, force: bool) -> Choice | Nothing:
    """The tag of a commit of the default branch. CouldNotMeasure where the tags that are there do
    not fit together."""
    releases = forge.releases(LOOKED_AT)
    before = standing_for(releases, since.commit)
    if before is not None:
        return Choice(before.tag, "an earlier run has begun it") if before.draft else \
            Nothing(f"released before, as {before.tag}", before)
    if since.previous and not since.changes and not force:
        return Nothing(f"nothing that counts changed since {since.previous}: there is nothing to "
                       "release")
    version = rules.pattern.read(since.previous)
    newer = _newer(forge, rules.pattern, version, since.commit)
    if newer is not None:
        return newer
    bump = _bump(rules.bump, since)
    raised = f"{bump.size} is raised: {bump.why}" if version else "the first release"
    return Choice(rules.pattern.name(next_version(version, bump)), raised)


def standing_for(releases: tuple[ReleaseSeen, ...], commit: str) -> ReleaseSeen | None:
    """Our release of a commit, a published one before a draft."""
    ours = [one for one in releases if (mark := read_mark(one.body)) and mark.commit == commit]
    return min(ours, key=lambda one: (one.draft, one.id), default=None)


def _newer(
    forge: Releases, pattern: TagPattern, version: Version | None, commit: str
) -> Choice | Nothing | None:
    """What a tag means that is newer than any release before this commit: this commit's own, of a
    run that ended too early, or that of a later commit."""
    names = ((pattern.read(name), name) for name in forge.tags(pattern.text.partition("{")[0]))
    newer = sorted(((one, name) for one, name in names if one and (not version or one > version)),
                   reverse=True)
    seen = [tag for tag in (forge.tag(name) for _, name in newer) if tag is not None]
    for tag in seen:
        if tag.commit == commit:
            return Choice(tag.name, "the commit has this tag already")
    for tag in seen:
        if forge.compare(commit, tag.commit) != "ahead":
            raise CouldNotMeasure(
                f"tag {tag.name} is newer than the release before this commit, and its commit "
                f"{tag.commit[:12]} does not come after this one",
                "remove the tag, or tag this commit yourself with a version above it")
    return Nothing(f"a later commit was released as {seen[0].name}") if seen else None


def _bump(rule: str, since: Since) -> Bump:
    if rule == "labels":
        return by_labels(since.labels())
    if rule == "commits":
        return by_commits(since.messages())
    return by_kinds(since.changes) if rule == "kinds" else Bump(rule, "the policy says so")
