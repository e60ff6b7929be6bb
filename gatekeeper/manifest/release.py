"""The `release` block of a manifest: how a proven commit is released."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gatekeeper.formats.tags import USUAL, TagPattern, fault_of_pattern
from gatekeeper.manifest.document import Node
from gatekeeper.manifest.readers import Complaints, choice, key, text
from gatekeeper.manifest.shapes import Shape, shaped

BUMPS = ("kinds", "labels", "commits", "major", "minor", "patch")
UNPROVEN = ("keep", "prerelease", "draft")
_REPOSITORY = re.compile(r"[a-z0-9.-]+(?::[0-9]{1,5})?(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)+")
_FILE = re.compile(r"[A-Za-z0-9._-]+\.ya?ml")
_SAFE = "[A-Za-z0-9._/+-]"
_PATTERN = f"{_SAFE}*\\{{major\\}}{_SAFE}+\\{{minor\\}}{_SAFE}+\\{{patch\\}}{_SAFE}*"


def _like(pattern: str, *examples: str) -> Callable[[], Shape]:
    return lambda: {"type": "string", "pattern": f"^(?:{pattern})$", "examples": list(examples)}


@shaped(_like(_PATTERN, USUAL))
def _tag(node: Node, complaints: Complaints) -> Any:
    value = text(node, complaints)
    fault = fault_of_pattern(value) if isinstance(value, str) else ""
    return complaints.at(node.place, f"`{value}` is no pattern of tags: {fault}",
                         f"write for instance `{USUAL}`") if fault else value


@shaped(_like(_REPOSITORY.pattern, "ghcr.io/acme/assistant"))
def _image(node: Node, complaints: Complaints) -> Any:
    value = text(node, complaints)
    if not isinstance(value, str) or _REPOSITORY.fullmatch(value):
        return value
    return complaints.at(node.place, f"`{value}` names no registry and repository, without a tag",
                         "write for instance `ghcr.io/acme/assistant`")


@shaped(_like(_FILE.pattern, "deploy.yml"))
def _workflow(node: Node, complaints: Complaints) -> Any:
    value = text(node, complaints)
    if not isinstance(value, str) or _FILE.fullmatch(value):
        return value
    return complaints.at(node.place, f"`{value}` is not the name of a workflow's file",
                         "write for instance `deploy.yml`, without its folder")


@dataclass(frozen=True, slots=True)
class Release:
    """How a commit that passed is released."""

    tag: str = key(_tag, USUAL, doc="Name of a release's tag.")
    bump: str = key(
        choice(*BUMPS), "kinds", doc="Which number is raised: by the `kinds` of change, by the "
        "`labels` of the merged pull requests, by conventional `commits`, or always the one named."
    )
    image: str = key(
        _image, "", doc="Registry and repository that a tested image is pushed to, as "
        "`ghcr.io/acme/assistant`; without one no image is released."
    )
    unproven: str = key(
        choice(*UNPROVEN), "keep", doc="What becomes of the release of a tag that somebody pushed "
        "and that does not pass: it stays as it is, or is made a prerelease or a draft."
    )
    dispatch: str = key(
        _workflow, "", doc="Workflow that is started on the new tag, which starts none by itself."
    )

    @property
    def pattern(self) -> TagPattern:
        """How its tags are named."""
        return TagPattern(self.tag)
