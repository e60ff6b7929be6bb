"""Releasing, from the user's side: what stands on GitHub after a push, a tag, a second try."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

import gatekeeper.commands.release as command
from gatekeeper.adapters.github_transport import Transport
from gatekeeper.errors import CouldNotMeasure
from gatekeeper.outcome import Conclusion
from gatekeeper.releasing.mark import Mark, read_mark
from tests.github.conftest import WORKFLOW
from tests.releasing.conftest import Remote
from tests.releasing.service import GATE, GATE_PATH, QUEUE, Service
from tests.releasing.test_creating import Kill, Killed, end_state, forget
from tests.support.cli import gatekeeper


class Measured(Exception):
    """It was measured again, which these tests have no engine for."""


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever would measure says so."""

    def measure(*args: object) -> None:
        raise Measured

    monkeypatch.setattr(command, "judge_repository", measure)


@pytest.fixture
def service(remote: Remote) -> Service:
    """A service on main."""
    return Service(remote)


def test_what_passed_in_the_queue_is_released_without_being_measured_again(
    service: Service, tmp_path: Path
) -> None:
    tip = service.change("1")
    service.kept(service.measured(tmp_path / "pack"), event="merge_group", branch=QUEUE)
    outcome = service.release(tmp_path / "one")
    assert (outcome.conclusion, outcome.words) == (Conclusion.PASS, "released as v0.1.0")
    github = service.remote.github
    assert service.remote.tags() == {"v0.1.0": tip}
    assert service.remote.kind_of("v0.1.0") == "tag"
    [release] = github.releases
    assert (release["draft"], release["name"]) == (False, "v0.1.0")
    assert [one["name"] for one in release["assets"]][:2] == [
        "gatekeeper-evidence-v0.1.0.tar.gz", "verdict.json"]
    with tarfile.open(fileobj=BytesIO(release["assets"][0]["content"])) as archive:
        assert "evidence/eval_results.jsonl" in archive.getnames()
    mark = read_mark(release["body"])
    assert mark is not None
    assert mark.commit == tip
    assert outcome.proof is not None
    assert mark.pack_digest == outcome.proof.pack_digest
    assert "This is the first release" in release["body"]
    assert "actions/runs/50)" in release["body"]


def test_what_is_to_be_kept_out_is_kept_out_of_the_notes(
    service: Service, tmp_path: Path
) -> None:
    service.kept(service.measured(tmp_path / "pack"))
    outcome = service.release(tmp_path / "one", secrets=("previous-release",))
    assert outcome.words == "released as v0.1.0"
    [release] = service.remote.github.releases
    assert "previous&#45;release" not in release["body"]
    assert "roll back: <code>[redacted:secret]</code>" in release["body"]


def test_a_second_run_for_the_same_commit_changes_nothing(
    service: Service, tmp_path: Path
) -> None:
    service.kept(service.measured(tmp_path / "pack"))
    service.release(tmp_path / "one")
    written = len(service.remote.github.writes)
    outcome = service.release(tmp_path / "two")
    assert (outcome.conclusion, outcome.words) == (Conclusion.PASS, "released before, as v0.1.0")
    assert len(service.remote.github.writes) == written


def test_the_next_release_names_what_changed_since_and_raises_the_version(
    service: Service, tmp_path: Path
) -> None:
    service.kept(service.measured(tmp_path / "pack"))
    service.release(tmp_path / "one")
    tip = service.change("1")
    service.kept(service.measured(tmp_path / "second"), run=51)
    outcome = service.release(tmp_path / "two")
    assert outcome.words == "released as v0.2.0"
    assert service.remote.tags()["v0.2.0"] == tip
    body = service.remote.github.releases[-1]["body"]
    assert "## What changed since <code>v0&#46;1&#46;0</code>" in body
    assert "**decoding**" in body
    assert service.remote.github.chosen_latest == service.remote.github.releases[-1]["id"]


def test_nothing_that_counts_changed_is_nothing_to_release(
    service: Service, tmp_path: Path
) -> None:
    service.kept(service.measured(tmp_path / "pack"))
    service.release(tmp_path / "one")
    text = (service.local.folder / "config.yaml").read_text()
    service.local.commit({"config.yaml": text + "# no more than a comment\n"})
    service.push()
    outcome = service.release(tmp_path / "two")
    assert outcome.conclusion is Conclusion.PASS
    assert outcome.words == "nothing that counts changed since v0.1.0: there is nothing to release"
    assert list(service.remote.tags()) == ["v0.1.0"]


def test_a_tag_of_a_run_that_was_killed_is_gone_on_with(
    service: Service, tmp_path: Path
) -> None:
    service.kept(service.measured(tmp_path / "pack"))
    tip = service.local.git("rev-parse", "main")
    service.local.git("tag", "-a", "-m", "begun", "v7.0.0", tip)
    service.local.git("push", "--quiet", "origin", "v7.0.0")
    outcome = service.release(tmp_path / "one")
    assert outcome.words == "released as v7.0.0"
    assert service.remote.tags() == {"v7.0.0": tip}


def test_a_commit_before_one_that_was_released_is_nothing_to_release(
    service: Service, tmp_path: Path
) -> None:
    older = service.local.git("rev-parse", "main")
    service.change("1")
    service.kept(service.measured(tmp_path / "pack"))
    service.release(tmp_path / "one")
    outcome = service.release(tmp_path / "two", ref=older)
    assert (outcome.conclusion, outcome.words) == (
        Conclusion.PASS, "a later commit was released as v0.1.0")


def test_a_newer_tag_beside_the_branch_stops_it(service: Service, tmp_path: Path) -> None:
    service.kept(service.measured(tmp_path / "pack"))
    service.local.branch("beside", at="main~1")
    service.local.commit({"x": "y"})
    service.local.git("tag", "v9.0.0")
    service.local.git("push", "--quiet", "origin", "v9.0.0")
    service.local.git("switch", "--quiet", "main")
    with pytest.raises(CouldNotMeasure, match=r"tag v9\.0\.0 is newer") as refused:
        service.release(tmp_path / "one")
    assert "remove the tag" in refused.value.help
    assert service.remote.github.releases == []


def test_evidence_of_another_origin_counts_for_nothing(
    service: Service, tmp_path: Path
) -> None:
    """Whole, sealed, of the right tree, with a verdict that is reached again: and yet not ours."""
    pack = service.measured(tmp_path / "pack")
    github = service.remote.github
    service.kept(pack, 60, "pull_request", "feature")
    service.kept(pack, 61, "pull_request", "main")
    service.kept(pack, 62, "push", "topic")
    service.kept(pack, 63, "merge_group", "gh-readonly-queue/next/pr-1-" + "b" * 40)
    service.kept(pack, 64, head_repo="mallory/assistant")
    service.kept(pack, 65, path=".github/workflows/mine.yml")
    service.kept(pack, 66, "workflow_dispatch")
    with pytest.raises(Measured):
        service.release(tmp_path / "one")
    github.files["main", GATE_PATH] = GATE + b"# another one by now\n"
    service.kept(pack, 67)
    with pytest.raises(Measured):
        service.release(tmp_path / "two")
    assert service.remote.tags() == {}
    assert github.releases == []


@pytest.mark.parametrize("record", [
    {"runtime": "process"}, {"releasable": False}, {"nothing_changed": True}])
def test_evidence_that_says_itself_that_it_is_none(
    service: Service, tmp_path: Path, record: dict[str, object]
) -> None:
    service.kept(service.measured(tmp_path / "pack", **record))
    with pytest.raises(Measured):
        service.release(tmp_path / "one")


def test_evidence_of_another_tree_or_policy_is_not_taken(
    service: Service, tmp_path: Path
) -> None:
    service.kept(service.measured(tmp_path / "pack"))
    service.change("1")
    service.kept(tmp_path / "pack", run=51)  # the pack of before, kept by a run of this commit
    with pytest.raises(Measured):
        service.release(tmp_path / "one")


@pytest.mark.parametrize("name", ["verdict.json", "eval_results.jsonl", "run.json",
                                  "policy/head/manifest.yaml", "manifest.json"])
def test_evidence_that_was_touched_is_not_taken(
    service: Service, tmp_path: Path, name: str
) -> None:
    pack = service.measured(tmp_path / "pack")
    place = pack / name
    place.write_bytes(place.read_bytes().replace(b"0", b"1", 1))
    service.kept(pack)
    with pytest.raises(Measured):
        service.release(tmp_path / "one")


def test_damage_of_any_kind_is_no_evidence_and_no_crash(
    service: Service, tmp_path: Path
) -> None:
    github, tip = service.remote.github, service.local.git("rev-parse", "main")
    for run, content in enumerate((b"", b"no zip", b"PK\x05\x06" + b"\0" * 18), start=70):
        github.add_run(run, "push", tip)
        github.add_artifact(run, "gatekeeper-evidence", content)
    with pytest.raises(Measured):
        service.release(tmp_path / "one")


def test_a_tag_that_somebody_pushed_is_released_with_its_proof(
    service: Service, tmp_path: Path
) -> None:
    tip = service.change("1")
    service.kept(service.measured(tmp_path / "pack"))
    service.local.git("tag", "v3.0.0")
    service.local.git("push", "--quiet", "origin", "v3.0.0")
    outcome = service.release(tmp_path / "one", pushed="v3.0.0")
    assert outcome.words == "released as v3.0.0"
    assert service.remote.tags() == {"v3.0.0": tip}
    assert service.remote.kind_of("v3.0.0") == "commit", "somebody's tag is left as it is"


def test_a_release_by_hand_that_looks_like_ours_proves_nothing(
    service: Service, tmp_path: Path
) -> None:
    tip = service.change("1")
    service.local.git("tag", "v3.0.0")
    service.local.git("push", "--quiet", "origin", "v3.0.0")
    published_by_hand(service, "v3.0.0")["body"] = str(Mark(tip, f"sha256:{'1' * 64}"))
    with pytest.raises(Measured):
        service.release(tmp_path / "one", pushed="v3.0.0")
    service.kept(service.measured(tmp_path / "pack"))
    assert service.release(tmp_path / "two", pushed="v3.0.0").conclusion is Conclusion.PASS


def test_a_tag_that_is_no_releases_is_left_alone(service: Service, tmp_path: Path) -> None:
    service.local.git("tag", "nightly")
    outcome = service.release(tmp_path / "one", pushed="nightly")
    assert outcome.conclusion is Conclusion.PASS
    assert outcome.words.startswith("tag nightly is no release's")


def published_by_hand(service: Service, tag: str) -> dict[str, object]:
    """Somebody's own release of a tag, which is the latest."""
    github = service.remote.github
    release: dict[str, object] = {
        "id": github.next_id(), "tag_name": tag, "target_commitish": "main", "name": tag,
        "body": "By hand", "draft": False, "prerelease": False, "immutable": False,
        "author": "ann", "created_at": github.now(), "assets": []}
    github.releases.append(release)
    github.chosen_latest = int(str(release["id"]))
    return release


@pytest.mark.parametrize("own", [
    "MANIFEST\nrelease: {unproven: keep, tag: 'x{major}.{minor}.{patch}'}\n", "nothing"])
@pytest.mark.parametrize(("option", "draft", "prerelease", "words"), [
    ("", False, False, "its release stays, as the policy says"),
    ("release: {unproven: prerelease}\n", False, True,
     "its release is a prerelease, and not the latest"),
    ("release: {unproven: draft}\n", True, False, "its release is a draft again"),
], ids=["keep", "prerelease", "draft"])
def test_a_tag_that_nobody_has_agreed_to_is_told_and_its_release_demoted(
    remote: Remote, tmp_path: Path, option: str, draft: bool, prerelease: bool, words: str,
    own: str,
) -> None:
    service = Service(remote, option)
    service.local.branch("topic")
    # What the tag's own commit says of it, or that it cannot be read, is of no account.
    service.local.commit({"gatekeeper.yaml": own.replace("MANIFEST", (
        service.local.folder / "gatekeeper.yaml").read_text().replace(option, ""))})
    service.local.git("tag", "v3.0.0")
    service.local.git("push", "--quiet", "origin", "v3.0.0")
    service.local.git("switch", "--quiet", "main")
    release = published_by_hand(service, "v3.0.0")
    outcome = service.release(tmp_path / "one", pushed="v3.0.0")
    assert outcome.conclusion is Conclusion.BLOCK
    assert outcome.words.startswith("tag v3.0.0 has no proof: commit ")
    assert "is not on main: nobody but its author has agreed to it" in outcome.words
    assert outcome.words.endswith(words)
    assert (release["draft"], release["prerelease"]) == (draft, prerelease)
    assert (remote.github.chosen_latest == release["id"]) is not (draft or prerelease)
    assert list(remote.tags()) == ["v3.0.0"], "a tag is never removed"


def test_a_release_that_cannot_be_changed_any_more_is_told(
    remote: Remote, tmp_path: Path
) -> None:
    service = Service(remote, "release: {unproven: draft}\n")
    service.local.branch("topic")
    service.local.commit({"replies.json": "{}\n"})
    service.local.git("tag", "v3.0.0")
    service.local.git("push", "--quiet", "origin", "v3.0.0")
    service.local.git("switch", "--quiet", "main")
    published_by_hand(service, "v3.0.0")["immutable"] = True
    outcome = service.release(tmp_path / "one", pushed="v3.0.0")
    assert outcome.conclusion is Conclusion.BLOCK
    assert "its release could not be made a draft: GitHub refused" in outcome.words


def test_a_workflow_is_started_once_on_the_new_tag(remote: Remote, tmp_path: Path) -> None:
    service = Service(remote, "release: {dispatch: deploy.yml}\n")
    remote.github.files["main", ".github/workflows/deploy.yml"] = b"on: workflow_dispatch\n"
    service.kept(service.measured(tmp_path / "pack"))
    assert service.release(tmp_path / "one").conclusion is Conclusion.PASS
    assert remote.github.dispatches == [("deploy.yml", "v0.1.0")]


def test_labels_of_the_merged_pull_request_raise_the_version(
    remote: Remote, tmp_path: Path
) -> None:
    service = Service(remote, "release: {bump: labels}\n")
    service.kept(service.measured(tmp_path / "pack"))
    service.release(tmp_path / "one")
    tip = service.change("1")
    remote.github.add_pull(4, "c" * 40, "b" * 40)
    remote.github.merge(4, tip, "release:major")
    service.kept(service.measured(tmp_path / "second"), run=51)
    assert service.release(tmp_path / "two").words == "released as v1.0.0"


def test_conventional_commits_raise_the_version(remote: Remote, tmp_path: Path) -> None:
    service = Service(remote, "release: {bump: commits, tag: 'api/v{major}.{minor}.{patch}'}\n")
    service.kept(service.measured(tmp_path / "pack"))
    assert service.release(tmp_path / "one").words == "released as api/v0.1.0"
    service.change("1", "fix: warmer")
    service.kept(service.measured(tmp_path / "second"), run=51)
    assert service.release(tmp_path / "two").words == "released as api/v0.1.1"


def test_at_a_desk_it_is_one_command(service: Service, tmp_path: Path) -> None:
    service.kept(service.measured(tmp_path / "pack"))
    done = gatekeeper(
        "release", "--repository", "acme/assistant", "--evidence", str(tmp_path / "evidence"),
        cwd=service.local.folder, GITHUB_API_URL=service.remote.github.url,
        GITHUB_TOKEN=WORKFLOW)
    assert done.code == 0, done.err
    assert done.out.startswith("pass: released as v0.1.0\nevidence pack: sha256:")
    assert "https://github.com/acme/assistant/releases/tag/v0.1.0" in done.out
    assert WORKFLOW not in done.out + done.err


def test_without_a_token_it_says_what_it_needs(service: Service) -> None:
    done = gatekeeper("release", cwd=service.local.folder)
    assert done.code == 2
    assert "there is no token in GITHUB_TOKEN" in done.err


class KillAtWrite(Kill):
    """Ends the process around its n-th request that is no GET."""

    def at(self, send: Callable[..., Any]) -> Callable[..., Any]:
        sending = super().at(send)

        def choosing(transport: Transport, method: str, *args: Any, **given: Any) -> Any:
            return (send if method == "GET" else sending)(transport, method, *args, **given)

        return choosing


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_a_release_that_is_killed_at_any_write_is_completed_and_nothing_is_doubled(
    remote: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    service, github = Service(remote, "release: {dispatch: deploy.yml}\n"), remote.github
    github.files["main", ".github/workflows/deploy.yml"] = b"on: workflow_dispatch\n"
    service.kept(service.measured(tmp_path / "pack"))
    before = len(github.writes)
    service.release(tmp_path / "whole")
    writes, send = len(github.writes) - before, Transport.send
    whole = end_state(remote)
    assert writes == 3 + len(whole["releases"][0]["assets"]) + 2
    for number in range(1, writes + 1):
        forget(remote)
        if service.local.git("tag"):
            service.local.git("tag", "-d", "v0.1.0")
        github.dispatches.clear()
        monkeypatch.setattr(Transport, "send", KillAtWrite(number, done).at(send))
        with pytest.raises(Killed):
            service.release(tmp_path / f"killed-{number}")
        monkeypatch.setattr(Transport, "send", send)
        outcome = service.release(tmp_path / f"again-{number}")
        assert outcome.conclusion is Conclusion.PASS, number
        state = end_state(remote)
        for one in (state, whole):
            one["releases"][0]["body"] = one["releases"][0]["body"].replace("\r\n", "\n")
        assert state == whole, number
        assert github.dispatches == [("deploy.yml", "v0.1.0")], number
