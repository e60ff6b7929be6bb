"""Which trees: what is judged, and against what.

| event | subject | base |
|---|---|---|
| pull_request | the test merge | its first parent, never a merge base |
| merge_group | `merge_group.head_sha` | `merge_group.base_sha` |
| push to the default branch, tag | the commit itself | the last release before it, if any |
| desk | HEAD or the working tree, merged with base's tip where that merges cleanly | `--base`, or
the default branch's tip |
"""

from __future__ import annotations

from dataclasses import dataclass

from gatekeeper.errors import CouldNotMeasure, UsageError
from gatekeeper.formats.tags import TagPattern
from gatekeeper.github.event import Event
from gatekeeper.ports import Repository


@dataclass(frozen=True, slots=True)
class Subject:
    """The two trees of a run."""

    head_tree: str
    head_commit: str
    """Empty for a working tree with changes of its own, and for a test merge made here."""
    base_tree: str
    base_commit: str
    """Empty where there is no earlier release; the tree is then the empty one."""
    words: str
    """What was judged, for a person."""
    releasable: bool
    """The tree is a commit's, as it stands in the repository."""
    base_name: str = ""
    """Tag of the release that is base; empty where base is none."""


def find_subject(
    git: Repository, event: Event, base: str, head: str, tags: TagPattern | None = None
) -> Subject:
    """The trees of an event, or of a desk's `--base` and `--head` (empty where not given). `tags`
    says how earlier releases are named."""
    if event.name == "desk":
        return _at_desk(git, base, head)
    if event.name == "merge_group":
        return _pair(git, event.head_sha, event.base_sha, "merge group")
    if event.rooted:
        return _commit_itself(git, event.head_sha, tags)
    return _pull_request(git, event)


def _pull_request(git: Repository, event: Event) -> Subject:
    """The test merge, if that is what is checked out: a merge of the pull request's own head. With
    anything else the first parent would be the author's, and with it the policy."""
    commit = git.commit("HEAD")
    if commit is None:
        raise CouldNotMeasure("the workspace has no commit", "check out with actions/checkout")
    parents = git.parents(commit)
    if len(parents) == 2 and parents[1] == event.head_sha:
        return _pair(git, commit, parents[0], "test merge")
    for sha in (event.head_sha, event.base_sha):
        if not git.has(sha) and not git.fetch(sha):
            raise CouldNotMeasure(f"commit {sha[:12]} of the pull request is not here", _CHECK_OUT)
    tree = git.merged(event.base_sha, event.head_sha)
    if tree is None:
        raise CouldNotMeasure(
            f"the checked-out commit {commit[:12]} is not the pull request's test merge, and "
            "head and base cannot be merged here", _CHECK_OUT)
    words = f"{event.head_sha[:12]} merged with {event.base_sha[:12]}"
    return Subject(tree, "", git.tree(event.base_sha), event.base_sha, words, releasable=False)


_CHECK_OUT = "leave `ref` of actions/checkout out, with `fetch-depth: 2`; or use `fetch-depth: 0`"


def _commit_itself(git: Repository, sha: str, tags: TagPattern | None) -> Subject:
    commit = git.commit(sha) or git.commit("HEAD")
    if commit is None:
        raise CouldNotMeasure(f"the pushed commit {sha[:12]} is not here",
                              "check out with actions/checkout")
    release = git.last_release(commit, tags)
    if release is None:
        words = f"commit {commit[:12]}; there is no earlier release"
        return Subject(git.tree(commit), commit, git.empty_tree(), "", words, releasable=True)
    name, base = release
    words = f"commit {commit[:12]} against release {name} ({base[:12]})"
    return Subject(git.tree(commit), commit, git.tree(base), base, words, releasable=True,
                   base_name=name)


def _pair(git: Repository, head: str, base: str, what: str) -> Subject:
    for sha, name in ((head, "head"), (base, "base")):
        if not git.has(sha) and not git.fetch(sha):
            raise CouldNotMeasure(
                f"the {name} commit {sha[:12]} is not here and cannot be fetched: without base "
                "there is no policy", "check out with `fetch-depth: 2`")
    words = f"{what} {head[:12]} against {base[:12]}"
    return Subject(git.tree(head), head, git.tree(base), base, words, releasable=True)


def _at_desk(git: Repository, base: str, head: str) -> Subject:
    base_commit, base_name = _base_commit(git, base)
    if head:
        commit = git.commit(head)
        if commit is None:
            raise UsageError(f"--head {head} names no commit here", "`git log` lists commits")
        return _merged_with_base(git, commit, git.tree(commit), base_commit, base_name, head)
    own = git.commit("HEAD")
    tree = git.working_tree()
    if own is not None and tree == git.tree(own):
        return _merged_with_base(git, own, tree, base_commit, base_name, "HEAD")
    commit = git.commit_tree(tree, own or base_commit)
    found = _merged_with_base(git, commit, tree, base_commit, base_name, "the working tree")
    return Subject(found.head_tree, "", found.base_tree, found.base_commit, found.words,
                   releasable=False)


def _base_commit(git: Repository, base: str) -> tuple[str, str]:
    name = base or git.default_branch()
    if name is None:
        raise UsageError("there is no default branch to take as base",
                         "name a commit or branch with --base")
    commit = git.commit(name)
    if commit is None and len(name) == 40 and git.fetch(name):
        commit = name
    if commit is None:
        shallow = "; the clone is shallow, fetch more of it" if git.is_shallow() else ""
        raise UsageError(f"--base {name} names no commit here{shallow}",
                         "name a branch, a tag or a commit that is here")
    return commit, name.removeprefix("refs/heads/").removeprefix("refs/remotes/")


def _merged_with_base(
    git: Repository, commit: str, tree: str, base: str, base_name: str, name: str
) -> Subject:
    """What a merge of this would be: a stale branch must not be accused of what base gained."""
    words = f"{name} against {base_name} ({base[:12]})"
    own = commit
    if not git.is_ancestor(base, commit):
        merge = git.merged(base, commit)
        if merge is None:
            words += ", not merged with it: that does not merge cleanly here"
        elif merge != tree:
            tree, own, words = merge, "", f"{name} merged with {base_name} ({base[:12]})"
    return Subject(tree, own, git.tree(base), base, words, releasable=bool(own))
