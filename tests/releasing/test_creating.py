"""A release comes to stand once, whatever goes wrong in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.adapters.github_releases import ReleasingGitHub
from gatekeeper.adapters.github_transport import Transport
from gatekeeper.errors import CouldNotMeasure
from gatekeeper.github.forge import Denied, ForgeError, Unsure
from gatekeeper.releasing.creating import create
from gatekeeper.releasing.mark import Mark, read_mark
from gatekeeper.releasing.steps import Asset, Conflict, Done, Wanted
from tests.github.conftest import WORKFLOW
from tests.releasing.conftest import Remote, client_of, standing_on
from tests.support.github.contract import Contract
from tests.support.github.server import GitHubStandIn

PACK, OTHER_PACK = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
FILES = (Asset("gatekeeper-evidence.zip", b"PK\x05\x06" + b"\0" * 18),
         Asset("verdict.json", b'{"conclusion": "pass"}\n'))


def wanted(commit: str, tag: str = "v0.1.0", pack: str = PACK, latest: bool = True,
           assets: tuple[Asset, ...] = FILES) -> Wanted:
    """A release of a commit."""
    mark = Mark(commit, pack)
    return Wanted(tag, mark, f"{tag}\n\nevidence {pack}", "2026-11-25T00:00:00Z", tag,
                  f"{mark}\n## What changed\n\nEverything.\n", assets, latest)


def made(remote: Remote, what: Wanted) -> Done | Conflict:
    """One run's try."""
    with client_of(remote.github) as client:
        return create(client, what)


def end_state(remote: Remote) -> dict[str, Any]:
    """All that people see of the releases, without numbers."""
    return {
        "tags": remote.tags(),
        "kinds": {tag: remote.kind_of(tag) for tag in remote.tags()},
        "releases": [{**{key: one[key] for key in ("tag_name", "name", "body", "draft",
                                                   "prerelease", "immutable")},
                      "assets": [(file["name"], file["state"], file["content"])
                                 for file in one["assets"]],
                      "latest": one["id"] == remote.github.chosen_latest}
                     for one in remote.github.releases],
    }


class Killed(BaseException):
    """The process is gone."""


class Kill:
    """Ends the process before or after its n-th request."""

    def __init__(self, after: int, done: bool) -> None:
        self.left = after
        self.done = done

    def at(self, send: Callable[..., Any]) -> Callable[..., Any]:
        """The client's way to send, until it is killed."""

        def sending(transport: Transport, *args: Any, **given: Any) -> Any:
            self.left -= 1
            if self.left == 0 and not self.done:
                raise Killed
            try:
                return send(transport, *args, **given)
            finally:
                if self.left == 0:
                    raise Killed

        return sending


def test_tag_draft_notes_files_and_publication_in_this_order(remote: Remote) -> None:
    tip = remote.push()
    done = made(remote, wanted(tip))
    assert isinstance(done, Done)
    assert (done.release.tag, done.release.draft) == ("v0.1.0", False)
    assert end_state(remote) == {
        "tags": {"v0.1.0": tip}, "kinds": {"v0.1.0": "tag"},
        "releases": [{
            "tag_name": "v0.1.0", "name": "v0.1.0", "body": wanted(tip).notes, "draft": False,
            "prerelease": False, "immutable": False, "latest": True,
            "assets": [(one.name, "uploaded", one.content) for one in FILES]}]}
    writes = [(method, path.partition("?")[0].rpartition("/")[2])
              for method, path in remote.github.writes]
    number = str(remote.github.releases[0]["id"])
    assert writes == [("POST", "tags"), ("POST", "refs"), ("POST", "releases"),
                      ("POST", "assets"), ("POST", "assets"), ("PATCH", number)]


@pytest.mark.xdist_group("contract")
def test_every_call_is_one_that_github_documents(contract: Contract, tmp_path: Path) -> None:
    with GitHubStandIn() as github, contract.through(github), \
            standing_on(github, tmp_path) as remote:
        assert isinstance(made(remote, wanted(remote.push())), Done)




def forget(remote: Remote) -> None:
    """As if nothing had ever been released."""
    remote.github.releases.clear()
    remote.github.burned.clear()
    for tag in remote.tags():
        remote.local.git("--git-dir", str(remote.bare), "update-ref", "-d", f"refs/tags/{tag}")


@pytest.mark.parametrize("immutable", [False, True], ids=["as-usual", "immutable-releases"])
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_a_run_that_is_killed_at_any_request_is_completed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: bool, immutable: bool
) -> None:
    send = Transport.send
    with GitHubStandIn() as github, standing_on(github, tmp_path) as remote:
        github.immutable_releases = immutable
        tip = remote.push()
        made(remote, wanted(tip))
        for number in range(1, len(github.asked) + 1):
            forget(remote)
            monkeypatch.setattr(Transport, "send", Kill(number, done).at(send))
            with pytest.raises(Killed):
                made(remote, wanted(tip))
            monkeypatch.setattr(Transport, "send", send)
            assert isinstance(made(remote, wanted(tip)), Done), number
            state = end_state(remote)
            assert state["tags"] == {"v0.1.0": tip}
            [release] = state["releases"]
            assert (release["draft"], release["latest"], release["immutable"]) == (
                False, True, immutable)
            assert [name for name, _, _ in release["assets"]] == [one.name for one in FILES]
            written = len(github.writes)
            assert isinstance(made(remote, wanted(tip)), Done)
            assert len(github.writes) == written, "a release that stands is not written again"


@pytest.mark.parametrize("path", ["/git/tags", "/git/refs", "/releases", "/assets", "/releases/"])
@pytest.mark.parametrize("done", [False, True], ids=["not-done", "done"])
@pytest.mark.parametrize("cut", [False, True], ids=["502", "cut"])
def test_a_lost_answer_doubles_nothing(
    remote: Remote, path: str, done: bool, cut: bool
) -> None:
    method = "PATCH" if path == "/releases/" else "POST"
    if cut:
        remote.github.cut_next(method, path, done=done)
    else:
        remote.github.fail_next(method, path, 502, done=done)
    tip = remote.push()
    assert isinstance(made(remote, wanted(tip)), Done)
    state = end_state(remote)
    assert state["tags"] == {"v0.1.0": tip}
    [release] = state["releases"]
    assert [name for name, _, _ in release["assets"]] == [one.name for one in FILES]
    assert not release["draft"]


def test_answers_that_are_lost_again_and_again_are_given_up(remote: Remote) -> None:
    remote.github.fail_next("POST", "/releases", 502, times=9)
    with pytest.raises(Unsure):
        made(remote, wanted(remote.push()))
    remote.github.plans.clear()
    assert isinstance(made(remote, wanted(remote.push())), Done)
    assert len(remote.github.releases) == 1


def test_a_file_whose_upload_broke_off_is_removed_and_uploaded_again(remote: Remote) -> None:
    tip = remote.push()

    def breaks_off() -> None:
        remote.github.releases[0]["assets"].append(
            {"id": 5, "name": FILES[0].name, "kind": "application/zip", "content": b"P",
             "state": "starter", "at": remote.github.now()})

    remote.github.before_next("POST", "/assets", breaks_off)
    assert isinstance(made(remote, wanted(tip)), Done)
    [release] = end_state(remote)["releases"]
    assert release["assets"] == [(one.name, "uploaded", one.content) for one in FILES]


def test_a_draft_of_another_measurement_is_brought_up_to_date(remote: Remote) -> None:
    tip = remote.push()
    remote.github.fail_next("PATCH", "/releases/", 403)
    with pytest.raises(Denied):
        made(remote, wanted(tip))
    later = wanted(tip, pack=OTHER_PACK, assets=(
        FILES[0], Asset("verdict.json", b'{"conclusion": "pass", "n": 2}\n'),
        Asset("junit.xml", b"<testsuites/>")))
    assert isinstance(made(remote, later), Done)
    [release] = end_state(remote)["releases"]
    mark = read_mark(release["body"])
    assert mark == later.mark
    assert {name: content for name, _, content in release["assets"]} == {
        one.name: one.content for one in later.assets}


def test_what_is_published_stays_whoever_measures_it_again(remote: Remote) -> None:
    tip = remote.push()
    made(remote, wanted(tip))
    before = end_state(remote)
    assert isinstance(made(remote, wanted(tip, pack=OTHER_PACK)), Done)
    assert end_state(remote) == before


def test_a_tag_of_another_commit_is_not_touched(remote: Remote) -> None:
    first = remote.push()
    made(remote, wanted(first))
    remote.local.commit({"a": "b"})
    before, tip = end_state(remote), remote.push()
    refused = made(remote, wanted(tip))
    assert isinstance(refused, Conflict)
    assert refused.why == f"tag v0.1.0 names another commit, {first[:12]}"
    assert end_state(remote) == before


@pytest.mark.parametrize("draft", [True, False])
def test_a_release_that_somebody_else_wrote_is_not_touched(remote: Remote, draft: bool) -> None:
    tip = remote.push()
    with client_of(remote.github) as client:
        client.add_release({"tag_name": "v0.1.0", "target_commitish": tip, "name": "By hand",
                            "body": "Mine", "draft": draft})
    before = end_state(remote)
    refused = made(remote, wanted(tip))
    assert isinstance(refused, Conflict)
    assert refused.why.startswith("there is a release of v0.1.0 already that gatekeeper did not")
    assert end_state(remote) == before


def test_two_runs_at_once_leave_one_release(remote: Remote) -> None:
    tip = remote.push()

    def other() -> None:
        remote.github.releases.append({
            "id": 500, "tag_name": "v0.1.0", "target_commitish": tip, "name": "v0.1.0",
            "body": wanted(tip).notes, "draft": True, "prerelease": False, "immutable": False,
            "author": "github-actions[bot]", "created_at": remote.github.now(), "assets": []})

    remote.github.before_next("POST", "/releases", other)
    assert isinstance(made(remote, wanted(tip)), Done)
    [release] = end_state(remote)["releases"]
    assert not release["draft"]


def test_a_person_who_tags_the_commit_meanwhile_is_no_hindrance(remote: Remote) -> None:
    tip = remote.push()
    remote.github.before_next("POST", "/git/refs", lambda: remote.local.git(
        "--git-dir", str(remote.bare), "update-ref", "refs/tags/v0.1.0", tip))
    assert isinstance(made(remote, wanted(tip)), Done)
    assert remote.tags() == {"v0.1.0": tip}


def test_a_tag_that_rules_forbid_is_told_in_githubs_words(remote: Remote) -> None:
    remote.github.rulesets.append({
        "name": "tags", "target": "tag", "enforcement": "active", "rules": [{"type": "creation"}],
        "conditions": {"ref_name": {"include": ["refs/tags/v*"], "exclude": []}}})
    with pytest.raises(ForgeError, match="creations being restricted"):
        made(remote, wanted(remote.push()))
    assert end_state(remote) == {"tags": {}, "kinds": {}, "releases": []}


def test_a_tag_that_an_immutable_release_had_is_burned(remote: Remote) -> None:
    remote.github.burned.add("v0.1.0")
    with pytest.raises(ForgeError, match="was used by an immutable release"):
        made(remote, wanted(remote.push()))
    assert remote.github.releases == []


def test_a_commit_with_workflows_of_its_own_is_not_tagged_by_a_workflows_token(
    remote: Remote,
) -> None:
    tip = remote.push()
    remote.github.untaggable.add(tip)
    with pytest.raises(ForgeError) as refused:
        made(remote, wanted(tip))
    assert "tag a commit of the default branch" in refused.value.help
    assert remote.tags() == {}


def test_a_token_that_may_only_read_is_told_the_permission(remote: Remote) -> None:
    remote.github.add_token(WORKFLOW, {"contents": "read"})
    with pytest.raises(Denied) as refused:
        made(remote, wanted(remote.push()))
    assert refused.value.permission == "contents: write"


def test_a_release_that_is_older_than_another_does_not_become_the_latest(remote: Remote) -> None:
    tip = remote.push()
    made(remote, wanted(tip, "v2.0.0"))
    latest = remote.github.chosen_latest
    assert isinstance(made(remote, wanted(tip, "v1.0.1", latest=False)), Done)
    assert remote.github.chosen_latest == latest


def test_somebody_who_always_undoes_it_is_given_up(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    tip = remote.push()

    def published_and_gone(client: ReleasingGitHub, body: Any) -> Any:
        return client.releases(1)

    monkeypatch.setattr(ReleasingGitHub, "add_release", published_and_gone)
    with pytest.raises(CouldNotMeasure, match="does not come to stand"):
        made(remote, wanted(tip))


@pytest.mark.xdist_group("contract")
def test_what_else_is_asked_is_documented_too(contract: Contract, tmp_path: Path) -> None:
    with GitHubStandIn() as github, contract.through(github), \
            standing_on(github, tmp_path) as remote:
        first = remote.push()
        remote.local.commit({"a": "b"})
        tip = remote.push()
        github.add_run(50, "push", tip)
        github.add_artifact(50, "gatekeeper-evidence", b"PK")
        github.add_pull(4, "c" * 40, "b" * 40)
        github.merge(4, tip, "release:minor", "bug")
        github.files["main", ".github/workflows/deploy.yml"] = b"on: workflow_dispatch\n"
        made(remote, wanted(tip))
        with client_of(github) as client:
            [artifact] = client.artifacts_named("gatekeeper-evidence", 10)
            assert (artifact.run, artifact.head_sha, artifact.head_branch) == (50, tip, "main")
            run = client.run(50)
            assert (run.event, run.path) == ("push", ".github/workflows/gate.yml")
            assert (run.repository, run.head_repository) == ("acme/assistant", "acme/assistant")
            assert client.tree_of(tip) == remote.local.git("rev-parse", f"{tip}^{{tree}}")
            assert [client.compare("main", one) for one in (tip, first)] == ["identical", "behind"]
            assert client.compare(first, tip) == "ahead"
            assert client.labels_of(tip) == ("release:minor", "bug")
            assert client.tags("v") == ("v0.1.0",)
            assert client.latest() == "v0.1.0"
            draft = client.add_release({"tag_name": "v9.0.0", "draft": True})
            client.add_asset(draft.upload_url, "a.txt", b"a")
            [asset] = client.release(draft.id).assets
            client.remove_asset(asset.id)
            client.remove_release(draft.id)
            client.remove_release(draft.id)
            assert not client.dispatched("deploy.yml", "v0.1.0")
            client.dispatch("deploy.yml", "v0.1.0")
            assert client.dispatched("deploy.yml", "v0.1.0")
