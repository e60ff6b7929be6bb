"""Which number of the version is raised. Pure.

Every way gives the largest of what it finds, and `patch` where it finds nothing: that a release is
made at all is decided elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gatekeeper.formats.tags import FIRST, Version
from gatekeeper.model import Change, ChangeKind

SIZES = ("patch", "minor", "major")
BY_KIND = {
    ChangeKind.CONTRACT: "major",
    ChangeKind.MODEL: "minor",
    ChangeKind.QUANTIZATION: "minor",
    ChangeKind.PROMPT: "minor",
    ChangeKind.ADAPTER: "minor",
    ChangeKind.RUNTIME: "minor",
    ChangeKind.RAG: "minor",
    ChangeKind.DECODING: "minor",
    ChangeKind.CODE: "patch",
    ChangeKind.CASES: "patch",
    ChangeKind.GATES: "patch",
}
"""What callers rely on is the contract; what changes answers is new behaviour; the rest mends."""
_LABEL = re.compile(r"(?:(?:release|semver)[:/] ?)?(major|minor|patch)", re.IGNORECASE)
_SUBJECT = re.compile(r"([a-z]+)(?:\([^()\n]*\))?(!)?: .", re.IGNORECASE)
_BREAKING = re.compile(r"^BREAKING[ -]CHANGE: .", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Bump:
    """The number that is raised, and why."""

    size: str
    why: str


def by_kinds(changes: Iterable[Change]) -> Bump:
    """By what changed."""
    changed = {change.kind for change in changes}
    kinds = sorted((kind for kind in ChangeKind if kind in changed),
                   key=lambda kind: -_rank(BY_KIND[kind]))
    if not kinds:
        return Bump("patch", "nothing that counts changed")
    return Bump(BY_KIND[kinds[0]], f"{kinds[0]} changed")


def by_labels(labels: Iterable[str]) -> Bump:
    """By labels such as `minor`, `release:minor` or `semver/minor`."""
    found = [(found[1].lower(), label) for label in labels
             if (found := _LABEL.fullmatch(label.strip()))]
    if not found:
        return Bump("patch", "no pull request has a label that says more")
    size, label = max(found, key=lambda one: _rank(one[0]))
    return Bump(size, f"label {label}")


def by_commits(messages: Iterable[str]) -> Bump:
    """By commit messages (conventionalcommits.org, 1.0.0): `feat` is minor, `!` or a footer
    `BREAKING CHANGE` is major."""
    found = [(_of_message(message), message.partition("\n")[0]) for message in messages]
    size, subject = max(found, key=lambda one: _rank(one[0]), default=("patch", ""))
    return Bump(size, f"commit {subject}" if size != "patch" else "no commit says more")


def _of_message(message: str) -> str:
    subject = _SUBJECT.match(message)
    _, _, rest = message.partition("\n")
    if (subject and subject[2]) or _BREAKING.search(rest):
        return "major"
    return "minor" if subject and subject[1].lower() == "feat" else "patch"


def _rank(size: str) -> int:
    return SIZES.index(size)


def next_version(before: Version | None, bump: Bump) -> Version:
    """The version that comes after; the first one is 0.1.0, whatever changed."""
    return FIRST if before is None else before.raised(bump.size)
