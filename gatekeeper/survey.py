"""Before anything starts: the trees, what both sides declare, whose policy judges, what changed."""

from __future__ import annotations

import posixpath
from pathlib import Path

from gatekeeper.changes import classify
from gatekeeper.errors import FilesNeedMending, UsageError
from gatekeeper.manifest.parse import NAME
from gatekeeper.model import Side
from gatekeeper.options import Options
from gatekeeper.plan import Survey
from gatekeeper.policy import Declared, read_declared, resolve
from gatekeeper.ports import Repository
from gatekeeper.subject import Subject, find_subject


def manifest_path(options: Options, top: Path) -> str:
    """The manifest's repository path."""
    if options.manifest:
        place = (options.folder / options.manifest).resolve()
    else:
        place = options.folder.resolve() / NAME
        if not place.exists():
            place = top.resolve() / NAME
    try:
        return place.relative_to(top.resolve()).as_posix()
    except ValueError:
        raise UsageError(f"{options.manifest} is outside the repository {top}",
                         "the manifest is part of what is judged; keep it in the repository"
                         ) from None


def take_survey(git: Repository, options: Options) -> Survey:
    """Look at everything, start nothing."""
    subject = find_subject(git, options.event, options.base, options.head)
    path = manifest_path(options, git.top)
    head = read_declared(path, lambda name: git.read(subject.head_tree, name))
    base_path = _base_manifest(git, subject, path)
    base, unreadable = _base_declared(git, subject, base_path)
    policy = resolve(base, head, unreadable)

    def read(side: Side, name: str) -> bytes | None:
        return git.read(subject.base_tree if side is Side.BASE else subject.head_tree, name)

    changes = classify(git.diff(subject.base_tree, subject.head_tree), base, head, policy.edits,
                       read)
    return Survey(subject, head, base, base_path, unreadable, policy, changes)


def _base_manifest(git: Repository, subject: Subject, path: str) -> str:
    """Base's manifest: at the same path, or one that head moved away. Empty on adoption."""
    if git.read(subject.base_tree, path) is not None:
        return path
    base = {entry.path for entry in git.files(subject.base_tree)}
    head = {entry.path for entry in git.files(subject.head_tree)}
    stem = posixpath.splitext(NAME)[0]
    moved = (one for one in sorted(base - head)
             if posixpath.splitext(posixpath.basename(one))[0] == stem
             and one.endswith((".yaml", ".yml")))
    return next(moved, "")


def _base_declared(git: Repository, subject: Subject, path: str) -> tuple[Declared | None, str]:
    if not path:
        return None, ""
    try:
        return read_declared(path, lambda name: git.read(subject.base_tree, name), "base:"), ""
    except FilesNeedMending as error:
        return None, str(error.problems[0])
