"""Whose artifacts are believed: the rules of `provenance.py`, asked of GitHub."""

from __future__ import annotations

from collections.abc import Callable

from gatekeeper.github.forge import NotThere
from gatekeeper.github.releases import ArtifactSeen, Releases, RunSeen
from gatekeeper.releasing.provenance import QUEUE, Home, same_workflow, why_not


def may_be_ours(artifact: ArtifactSeen, home: Home) -> bool:
    """Whether it is worth a look: those of pull requests and forks, which are most, cost no
    request."""
    branch = artifact.head_branch
    return artifact.own and bool(artifact.head_sha) and (
        branch == home.default_branch or branch.startswith(QUEUE))


def believed(forge: Releases, home: Home, artifact: ArtifactSeen) -> RunSeen | str:
    """Its run, where what that one left is believed; else why it is not."""
    run = forge.run(artifact.run)
    if run.head_sha != artifact.head_sha:
        return "its run is of another commit"
    if why := why_not(run, home):
        return why
    branch = home.default_branch
    if not same_workflow(forge.file(run.path, run.head_sha), forge.file(run.path, branch)):
        return f"its workflow {run.path} is not the one that {branch} has now"
    return run


def tree_of(forge: Releases, here: Callable[[str], str], commit: str) -> str:
    """The tree of a commit, by `here` where the checkout has it; empty where nobody has it any
    more, as of a queue's commit when the queue is over."""
    try:
        return here(commit) or forge.tree_of(commit)
    except NotThere:
        return ""
