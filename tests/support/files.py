"""Files of a folder that is not on disk, and drafts made of them."""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.starting.drafts import Around, Drafts, draft_all
from gatekeeper.trees.working import Files


def files_of(texts: Mapping[str, str]) -> Files:
    """Paths and their texts."""
    return Files(tuple(sorted(texts)), texts.get)


def drafted(texts: Mapping[str, str], tags: tuple[str, ...] = (), branch: str = "main",
            folder: str = "") -> Drafts:
    """What `init` comes to in a folder that is a repository's top."""
    files = files_of(texts)
    return draft_all(files, Around(files, folder, tags, branch))


def draft(drafts: Drafts, path: str) -> str:
    """The content of one drafted file."""
    return next(one.content for one in drafts.new if one.path == path)
