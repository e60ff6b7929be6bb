"""Every call of the client, held against GitHub's own API description."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gatekeeper.adapters.github import GitHub
from gatekeeper.github.forge import Comment
from tests.github.conftest import ANN, BASE, HEAD, WORKFLOW, WORKFLOW_MAY, Clock, client_of
from tests.support.github.contract import Contract
from tests.support.github.server import GitHubStandIn

pytestmark = pytest.mark.xdist_group("contract")  # one worker, so that Prism is started once


@pytest.fixture
def github(judged_github: GitHubStandIn) -> GitHubStandIn:
    """One pull request with all that a client can find."""
    github = judged_github
    github.add_token(WORKFLOW, WORKFLOW_MAY)
    github.add_token(ANN, {"administration": "write", "members": "read"}, "ann", "user")
    github.add_pull(1, HEAD, BASE)
    github.add_pull(2, HEAD, BASE, "patch", head_repo="mallory/assistant", author="mallory")
    github.add_comment(1, "bob", "Nice")
    github.add_comment(1, None, "I was here")
    github.add_review(1, "bob", "APPROVED", HEAD)
    github.add_review(1, None, "DISMISSED", None)
    github.set_permission("bob", "maintain")
    github.add_team_member("acme/judges", "bob")
    github.add_job(7, 1, "gate", "GitHub Actions 1", "in_progress", HEAD)
    github.add_job(7, 1, "lint", "", "queued", HEAD)
    github.rules["main"] = [{"type": "required_status_checks", "parameters": {
        "strict_required_status_checks_policy": True,
        "required_status_checks": [{"context": "gate", "integration_id": 15368}]}}]
    github.protection["main"] = {"required_status_checks": {
        "enforcement_level": "everyone", "contexts": ["gate"],
        "checks": [{"context": "gate", "app_id": 15368}]}}
    github.files["main", "gates/gatekeeper.yaml"] = b"version: 1\n"
    github.add_artifact(7, "gatekeeper", b"PK\x03\x04\xff")
    return github


@pytest.fixture
def client(github: GitHubStandIn) -> Iterator[GitHub]:
    """What a job has."""
    with client_of(github, WORKFLOW, Clock()) as client:
        yield client


@pytest.fixture
def admin(github: GitHubStandIn) -> Iterator[GitHub]:
    """What a person has who may do more."""
    with client_of(github, ANN, Clock()) as client:
        yield client


def test_pull_requests(client: GitHub) -> None:
    pull = client.pull(1)
    assert (pull.number, pull.state, pull.author) == (1, "open", "ann")
    assert (pull.head_sha, pull.head_repo, pull.head_ref) == (HEAD, "acme/assistant", "feature")
    assert (pull.base_sha, pull.base_ref) == (BASE, "main")
    [forked] = client.pulls_from("mallory", "patch")
    assert (forked.number, forked.head_repo) == (2, "mallory/assistant")


def test_comments(client: GitHub, github: GitHubStandIn) -> None:
    made = client.add_comment(1, "## Blocked", lambda one: False)
    assert made.author == "github-actions[bot]"
    changed = client.edit_comment(made.id, "## Passed")
    assert changed == Comment(made.id, made.author, "## Passed", made.url)
    assert [one.author for one in client.comments(1)] == ["bob", "", "github-actions[bot]"]
    client.remove_comment(made.id)
    assert [one["author"] for one in github.comments(1)] == ["bob", None]


def test_reviews_and_those_who_gave_them(client: GitHub, admin: GitHub) -> None:
    bobs, ghosts = client.reviews(1)
    assert (bobs.login, bobs.state, bobs.commit) == ("bob", "APPROVED", HEAD)
    assert (ghosts.login, ghosts.state, ghosts.commit) == ("", "DISMISSED", "")
    assert client.permission("bob") == "maintain"
    assert client.permission("nobody-of-that-name") == "none"
    assert admin.in_team("acme/judges", "bob") is True


def test_check_runs_and_jobs(client: GitHub, github: GitHubStandIn) -> None:
    said = {"title": "9 of 9", "summary": "All passed", "annotations": [
        {"path": "eval_cases.csv", "start_line": 3, "end_line": 3, "annotation_level": "failure",
         "title": "citation_10", "message": "is not JSON"}]}
    made = client.add_check({
        "name": "gatekeeper", "head_sha": HEAD, "status": "completed", "conclusion": "failure",
        "external_id": "7-1", "details_url": "https://example.com", "output": said})
    client.edit_check(made.id, {"output": said})
    assert client.checks(HEAD, "gatekeeper") == (made,)
    assert (made.app, made.external_id) == ("github-actions", "7-1")
    assert [len(one["annotations"]) for one in github.check_runs] == [2]
    gate, lint = client.jobs(7, 1)
    assert (gate.name, gate.runner, gate.status) == ("gate", "GitHub Actions 1", "in_progress")
    assert (lint.name, lint.runner, lint.status) == ("lint", "", "queued")


def test_what_protects_a_branch(client: GitHub, admin: GitHub) -> None:
    assert client.default_branch() == "main"
    assert [rule["type"] for rule in client.rules("main")] == ["required_status_checks"]
    assert client.rules("release/1.0") == []
    checks = client.branch("main")["protection"]["required_status_checks"]
    assert checks["contexts"] == ["gate"]
    ruleset = {"name": "gate", "target": "branch", "enforcement": "active",
               "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
               "rules": [{"type": "deletion"}]}
    address = admin.put_ruleset(None, ruleset)
    assert address.startswith("https://github.com/acme/assistant/rules/")
    [seen] = client.rulesets()
    assert admin.put_ruleset(seen["id"], {**ruleset, "enforcement": "disabled"}) == address
    assert [one["enforcement"] for one in client.rulesets()] == ["disabled"]


def test_files_and_artifacts(client: GitHub) -> None:
    assert client.file("gates/gatekeeper.yaml", "main") == b"version: 1\n"
    assert client.file("gates/other.yaml", "main") is None
    [artifact] = client.artifacts(7)
    assert (artifact.name, artifact.size) == ("gatekeeper", 5)
    assert client.artifact(artifact.id, limit=5) == b"PK\x03\x04\xff"


def test_a_violation_by_either_side_would_be_found(contract: Contract) -> None:
    def check_run(**more: object) -> None:
        with GitHubStandIn() as github, contract.through(github):
            github.add_token(WORKFLOW, WORKFLOW_MAY)
            with client_of(github, WORKFLOW, Clock()) as client:
                client.add_check({"name": "gate", "head_sha": HEAD, **more})

    def pull(author: str | None) -> None:
        with GitHubStandIn() as github, contract.through(github):
            github.add_token(WORKFLOW, WORKFLOW_MAY)
            github.add_pull(1, HEAD, BASE, author=author)
            with client_of(github, WORKFLOW, Clock()) as client:
                client.pull(1)

    check_run(details_url="https://example.com")
    with pytest.raises(AssertionError, match=r"request\.body\.details_url"):
        check_run(details_url=1)
    pull("ann")
    with pytest.raises(AssertionError, match=r"response\.body\.user"):
        pull(None)
