"""Whose artifacts are believed: the rules of `provenance.py`, asked of GitHub."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gatekeeper.github.forge import NotThere
from gatekeeper.github.releases import ArtifactSeen, Releases, RunSeen
from gatekeeper.releasing.provenance import QUEUE, Home, same_workflow, why_not


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where packs are looked for, and how."""

    forge: Releases
    home: Home
    artifact: str
    """Name under which runs keep their evidence."""
    largest: int
    """Bytes of one pack, as GitHub keeps it."""
    unpack: Callable[[bytes, Path], None]
    tree_here: Callable[[str], str]
    """The tree of a commit that is in the checkout; empty for others."""
    scratch: Path


def may_be_ours(shelf: Shelf, artifact: ArtifactSeen) -> bool:
    """Whether it is worth a look: those of pull requests and forks, which are most, cost no
    request."""
    branch, home = artifact.head_branch, shelf.home
    return artifact.own and bool(artifact.head_sha) and (
        branch == home.default_branch or branch.startswith(QUEUE))


def believed(shelf: Shelf, artifact: ArtifactSeen) -> RunSeen | str:
    """Its run, where what that one left is believed; else why it is not."""
    forge, home = shelf.forge, shelf.home
    run = forge.run(artifact.run)
    if run.head_sha != artifact.head_sha:
        return "its run is of another commit"
    if why := why_not(run, home):
        return why
    branch = home.default_branch
    if not same_workflow(forge.file(run.path, run.head_sha), forge.file(run.path, branch)):
        return f"its workflow {run.path} is not the one that {branch} has now"
    return run


def tree_of(shelf: Shelf, commit: str) -> str:
    """The tree of a commit; empty where nobody has it any more, as of a queue's commit when the
    queue is over."""
    try:
        return shelf.tree_here(commit) or shelf.forge.tree_of(commit)
    except NotThere:
        return ""
