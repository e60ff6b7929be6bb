"""Which trees are judged, against which, for every event; from full and from shallow clones."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gatekeeper.adapters.git import Git
from gatekeeper.errors import CouldNotMeasure
from gatekeeper.github.event import Event
from gatekeeper.trees.subject import Subject, find_subject
from tests.support.repository import Repository


@pytest.fixture
def origin(tmp_path: Path) -> Repository:
    """A repository with a main of two commits, the first of them released as v1.0.0."""
    made = Repository(tmp_path / "origin")
    made.commit({"app.py": "1\n"}, "one")
    made.git("tag", "--annotate", "--message", "one", "v1.0.0")
    made.commit({"app.py": "2\n"}, "two")
    made.git("config", "uploadpack.allowAnySHA1InWant", "true")
    return made


def cloned(origin: Repository, tmp_path: Path, ref: str, depth: int | None = None) -> Path:
    """What actions/checkout leaves: one ref, detached; with a depth no further history or tags."""
    folder = tmp_path / "clone"
    shallow = ["--depth", str(depth), "--no-tags"] if depth else ["--tags"]
    for command in (["init", "--quiet", str(folder)],
                    ["-C", str(folder), "remote", "add", "origin", f"file://{origin.folder}"],
                    ["-C", str(folder), "fetch", "--quiet", *shallow, "origin", ref],
                    ["-C", str(folder), "checkout", "--quiet", "--detach", "FETCH_HEAD"]):
        subprocess.run(["git", *command], check=True, capture_output=True)
    return folder


def subject(folder: Path, tmp_path: Path, event: Event) -> Subject:
    """The trees of an event in a clone."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return find_subject(Git(folder, scratch), event, "", "")


@pytest.mark.parametrize("depth", [None, 2, 1])
def test_a_pull_request_is_its_test_merge_against_the_tip_it_was_merged_into(
    origin: Repository, tmp_path: Path, depth: int | None
) -> None:
    """Never against a merge base: main has moved on since the branch was made."""
    origin.branch("change", "main~1")
    head = origin.commit({"new.py": "x\n"})
    merge = origin.test_merge("change")
    main = origin.git("rev-parse", "main")
    origin.git("update-ref", "refs/pull/1/merge", merge)
    found = subject(cloned(origin, tmp_path, "refs/pull/1/merge", depth), tmp_path,
                    Event("pull_request", head_sha=head, base_sha="0" * 40))
    assert (found.head_commit, found.base_commit) == (merge, main)
    assert found.releasable


def test_with_the_branch_checked_out_the_policy_is_still_bases(
    origin: Repository, tmp_path: Path
) -> None:
    """`ref: head.sha` is a common setting; the author's own last commit must not be base then."""
    origin.branch("change", "main~1")
    origin.commit({"gatekeeper.yaml": "loosened\n"})
    head = origin.commit({"new.py": "x\n"})
    main = origin.git("rev-parse", "main")
    found = subject(cloned(origin, tmp_path, "refs/heads/change"), tmp_path,
                    Event("pull_request", head_sha=head, base_sha=main))
    assert found.base_commit == main
    assert found.words == f"{head[:12]} merged with {main[:12]}"
    assert not found.releasable


def test_a_shallow_clone_of_the_branch_is_undecided(origin: Repository, tmp_path: Path) -> None:
    origin.branch("change", "main~1")
    origin.commit({"other.py": "y\n"})
    head = origin.commit({"new.py": "x\n"})
    with pytest.raises(CouldNotMeasure, match="is not the pull request's test merge") as refused:
        subject(cloned(origin, tmp_path, "refs/heads/change", 2), tmp_path,
                Event("pull_request", head_sha=head, base_sha=origin.git("rev-parse", "main")))
    assert "leave `ref` of actions/checkout out" in refused.value.help


def test_somebody_elses_merge_is_not_the_test_merge(origin: Repository, tmp_path: Path) -> None:
    """A branch that ends in a merge of the author's own has two parents too."""
    origin.branch("side", "main~1")
    origin.commit({"side.py": "s\n"})
    origin.branch("change", "main~1")
    origin.commit({"gatekeeper.yaml": "loosened\n"})
    origin.git("merge", "--quiet", "--no-ff", "--message", "mine", "side")
    head = origin.git("rev-parse", "HEAD")
    main = origin.git("rev-parse", "main")
    found = subject(cloned(origin, tmp_path, "refs/heads/change"), tmp_path,
                    Event("pull_request", head_sha=head, base_sha=main))
    assert found.base_commit == main


def test_a_merge_group_is_judged_against_the_groups_base(
    origin: Repository, tmp_path: Path
) -> None:
    """Two changes in one group: both are in the head, and base is what they were put on."""
    main = origin.git("rev-parse", "main")
    for name in ("one", "two"):
        origin.branch(name)
        origin.commit({f"{name}.py": "x\n"})
    origin.git("switch", "--quiet", "--detach", "main")
    for name in ("one", "two"):
        origin.git("merge", "--quiet", "--no-ff", "--message", name, name)
    group = origin.git("rev-parse", "HEAD")
    origin.git("update-ref", "refs/heads/queue", group)
    found = subject(cloned(origin, tmp_path, "refs/heads/queue", 1), tmp_path,
                    Event("merge_group", head_sha=group, base_sha=main))
    assert (found.head_commit, found.base_commit) == (group, main)


def test_a_push_is_the_commit_itself_against_the_last_release(
    origin: Repository, tmp_path: Path
) -> None:
    main, released = origin.git("rev-parse", "main"), origin.git("rev-parse", "v1.0.0^{commit}")
    found = subject(cloned(origin, tmp_path, "refs/heads/main"), tmp_path,
                    Event("push", "release", head_sha=main, rooted=True))
    assert (found.head_commit, found.base_commit) == (main, released)
    assert "against release v1.0.0" in found.words


def test_a_shallow_clone_cannot_tell_which_release_came_before(
    origin: Repository, tmp_path: Path
) -> None:
    """The newest tag may lie on another branch."""
    main = origin.git("rev-parse", "main")
    with pytest.raises(CouldNotMeasure, match="which release came before") as refused:
        subject(cloned(origin, tmp_path, "refs/heads/main", 1), tmp_path,
                Event("push", "release", head_sha=main, rooted=True))
    assert "fetch-depth: 0" in refused.value.help


def test_a_tag_is_not_held_against_itself(origin: Repository, tmp_path: Path) -> None:
    for name in ("v1.1.0-rc1", "v1.1.0", "nightly"):
        origin.git("tag", name, "main")
    main, released = origin.git("rev-parse", "main"), origin.git("rev-parse", "v1.0.0^{commit}")
    found = subject(cloned(origin, tmp_path, "refs/tags/v1.1.0"), tmp_path,
                    Event("push", "release", head_sha=main, rooted=True))
    assert (found.head_commit, found.base_commit) == (main, released)


def test_the_newest_release_is_chosen_by_version_and_not_by_name(
    origin: Repository, tmp_path: Path
) -> None:
    for name in ("v1.9.0", "v1.10.0", "v1.10.0-rc1"):
        origin.commit({"app.py": name})
        origin.git("tag", name)
    head = origin.commit({"app.py": "next"})
    found = subject(cloned(origin, tmp_path, "refs/heads/main"), tmp_path,
                    Event("push", "release", head_sha=head, rooted=True))
    assert "against release v1.10.0 " in found.words


def test_before_the_first_release_there_is_nothing_to_compare_with(
    origin: Repository, tmp_path: Path
) -> None:
    origin.git("tag", "--delete", "v1.0.0")
    main = origin.git("rev-parse", "main")
    found = subject(cloned(origin, tmp_path, "refs/heads/main", 1), tmp_path,
                    Event("push", "release", head_sha=main, rooted=True))
    assert found.base_commit == ""
    assert found.words.endswith("there is no earlier release")


def test_a_shallow_clone_whose_origin_does_not_answer_is_undecided(
    origin: Repository, tmp_path: Path
) -> None:
    main = origin.git("rev-parse", "main")
    folder = cloned(origin, tmp_path, "refs/heads/main", 1)
    origin.folder.rename(tmp_path / "gone")
    with pytest.raises(CouldNotMeasure, match="cannot be told") as refused:
        subject(folder, tmp_path, Event("push", "release", head_sha=main, rooted=True))
    assert "fetch-depth: 0" in refused.value.help


def test_a_missing_base_that_cannot_be_fetched_names_the_depth(
    origin: Repository, tmp_path: Path
) -> None:
    origin.branch("change")
    head = origin.commit({"new.py": "x\n"})
    merge = origin.test_merge("change")
    origin.git("update-ref", "refs/pull/1/merge", merge)
    folder = cloned(origin, tmp_path, "refs/pull/1/merge", 1)
    origin.folder.rename(tmp_path / "gone")
    with pytest.raises(CouldNotMeasure, match="without base there is no policy") as refused:
        subject(folder, tmp_path, Event("pull_request", head_sha=head))
    assert "fetch-depth: 2" in refused.value.help
