"""Which workflow runs may be believed when they say that a tree has passed. Pure.

Arithmetic proves that a pack is whole, never where it comes from. So a release rests on evidence
that this repository's own trusted run left (design 0017):

1. The run is of `merge_group` or `push`, never of a pull request.
2. It is of this repository, and so is its commit.
3. It ran on the default branch, or in its merge queue: only GitHub writes branches there.
4. Its workflow's file is, to the byte, the one that the default branch has now.
5. Its commit has exactly this tree.
"""

from __future__ import annotations

from dataclasses import dataclass

from gatekeeper.github.releases import RunSeen

EVENTS = ("merge_group", "push")
QUEUE = "gh-readonly-queue/"


@dataclass(frozen=True, slots=True)
class Home:
    """What a run has to be of."""

    repository: str
    default_branch: str


def why_not(run: RunSeen, home: Home) -> str:
    """Why a run's evidence cannot be believed; empty where it can, as far as the run goes."""
    if run.event not in EVENTS:
        return f"it is of `{run.event}`, whose author writes the workflow"
    if not (run.repository == run.head_repository == home.repository):
        return "it is not this repository's own"
    queue = f"{QUEUE}{home.default_branch}/"
    if run.event == "push" and run.head_branch != home.default_branch:
        return "it is of a push to another branch"
    if run.event == "merge_group" and not run.head_branch.startswith(queue):
        return "it is of another branch's merge queue"
    return ""


def same_workflow(then: bytes | None, now: bytes | None) -> bool:
    """Whether the workflow that ran is the one the default branch has; one that is not there is
    none."""
    return then is not None and then == now
