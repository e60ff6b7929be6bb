"""Names of release tags: a pattern with three numbers in it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

USUAL = "v{major}.{minor}.{patch}"
_PLACES = ("{major}", "{minor}", "{patch}")
_SAFE = re.compile(r"[A-Za-z0-9._/+-]*")
_NUMBER = r"(0|[1-9][0-9]{0,8})"
LONGEST = 100


class Version(NamedTuple):
    """The three numbers of semantic versioning; they compare as versions do."""

    major: int
    minor: int
    patch: int

    def raised(self, bump: str) -> Version:
        """The next one: `major`, `minor` or `patch` is raised, and what comes after it is 0."""
        if bump == "major":
            return Version(self.major + 1, 0, 0)
        if bump == "minor":
            return Version(self.major, self.minor + 1, 0)
        return Version(self.major, self.minor, self.patch + 1)


FIRST = Version(0, 1, 0)
"""Of the first release."""


@dataclass(frozen=True, slots=True)
class TagPattern:
    """How a repository's release tags are named."""

    text: str = USUAL

    def name(self, version: Version) -> str:
        """The tag of a version."""
        return self.text.format(major=version.major, minor=version.minor, patch=version.patch)

    def read(self, tag: str) -> Version | None:
        """The version of a tag; None for one that is no release's."""
        pieces = re.split(r"\{(?:major|minor|patch)\}", self.text)
        found = re.fullmatch(_NUMBER.join(map(re.escape, pieces)), tag)
        return Version(*map(int, found.groups())) if found else None

    def newest(self, tags: Mapping[str, str], besides: str = "") -> tuple[str, str] | None:
        """Name and commit of the newest release among tags (name -> commit), leaving out those of
        one commit; None where there is none."""
        found = [(version, name) for name, sha in tags.items() if sha != besides
                 and (version := self.read(name)) is not None]
        name = max(found)[1] if found else None
        return (name, tags[name]) if name is not None else None


def fault_of_pattern(text: str) -> str:
    """Why a text is no pattern of tags; empty where it is one. Every tag must be one that git takes
    (git-check-ref-format) and that reads back as the same three numbers."""
    places = re.findall(r"\{[^}]*\}", text)
    if tuple(places) != _PLACES:
        return f"it names {', '.join(_PLACES)} once each, in this order"
    between = re.split(r"\{[^}]*\}", text)
    inner = between[1:3]
    if not all(inner) or any(one[0].isdigit() or one[-1].isdigit() for one in inner):
        return "between two numbers there is something that is no number"
    if between[0][-1:].isdigit() or between[3][:1].isdigit():
        return "a number beside a number cannot be read back"
    if not all(map(_SAFE.fullmatch, between)):
        return "a tag is made of letters, digits and `. _ / + -`"
    tag = TagPattern(text).name(Version(0, 0, 0))
    if (tag.startswith(("-", "/", ".")) or tag.endswith(("/", ".", ".lock")) or ".." in tag
            or "//" in tag or "/." in tag or ".lock/" in tag or len(text) > LONGEST):
        return "git takes no tag of that name"
    return ""
