"""Each side's files in a folder of its own, as its service is built or started from."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable
from pathlib import Path

from gatekeeper.model import Side
from gatekeeper.plan import Survey
from gatekeeper.ports import Repository, StartFailure
from gatekeeper.service.triage import cause_of_unfetched
from gatekeeper.trees.context import context_of


def lay_out(
    git: Repository, survey: Survey, sides: Iterable[Side], scratch: Path
) -> tuple[dict[Side, Path], dict[Side, StartFailure]]:
    """The folders, and the sides of which not all is here: some files only point to what was not
    fetched."""
    trees, refused = {}, {}
    for side in sides:
        head = side is Side.HEAD
        declared = survey.head if head or survey.base is None else survey.base
        subject = survey.subject
        tree, commit = ((subject.head_tree, subject.head_commit) if head
                        else (subject.base_tree, subject.base_commit))
        into = scratch / side
        into.mkdir()
        context = context_of(declared.manifest.service, "",
                             _reader(git, tree, declared.folder))
        missing = git.export(tree, declared.folder, into,
                             context.holds if context else lambda path: False)
        if missing:
            refused[side] = cause_of_unfetched(missing, commit)
        trees[side] = into
    return trees, refused


def _reader(git: Repository, tree: str, folder: str) -> Callable[[str], bytes | None]:
    return lambda name: git.read(tree, posixpath.join(folder, name))
