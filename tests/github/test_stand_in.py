"""The stand-in is as strict as GitHub: what it lets pass, others may rely on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import docker
import pytest
import requests
from github3.github import GitHub
from github3.session import GitHubSession

from tests.github.conftest import ANN, BASE, HEAD, WORKFLOW, WORKFLOW_MAY
from tests.support.engine import gateway
from tests.support.github.server import GitHubStandIn

REPO = "/repos/acme/assistant"
OUTPUT = {"title": "Passed", "summary": "All"}
NOTE = {"path": "cases.csv", "start_line": 1, "end_line": 1, "annotation_level": "notice",
        "message": "x"}


class Raw:
    """Requests as they are, with a workflow's token."""

    def __init__(self, github: GitHubStandIn) -> None:
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {WORKFLOW}"
        self._url = github.url

    def __call__(self, method: str, path: str, body: object = None, **more: Any,
                 ) -> requests.Response:
        return self._session.request(method, self._url + path, json=body, timeout=10,
                                     allow_redirects=False, **more)

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()


@pytest.fixture
def ask(github: GitHubStandIn) -> Iterator[Raw]:
    """A job's requests to a repository with one pull request."""
    github.add_token(WORKFLOW, WORKFLOW_MAY)
    github.add_token(ANN, {"contents": "read"}, "ann", "user")
    github.add_pull(1, HEAD, BASE)
    raw = Raw(github)
    yield raw
    raw.close()


def test_github3_understands_it(github: GitHubStandIn) -> None:
    github.add_token(WORKFLOW, WORKFLOW_MAY)
    github.add_pull(1, HEAD, BASE)
    session = GitHubSession()
    session.base_url = github.url
    session.app_installation_token_auth({"token": WORKFLOW, "expires_at": "2099-01-01T00:00:00Z"})
    repository = GitHub(session=session).repository("acme", "assistant")
    pull = repository.pull_request(1)
    assert (pull.head.sha, pull.base.ref, pull.user.login) == (HEAD, "main", "ann")
    made = pull.create_comment("Hello")
    assert made.edit("Hello again")
    assert [one.body for one in pull.issue_comments()] == ["Hello again"]
    assert made.delete()
    github.add_review(1, "bob", "APPROVED", HEAD)
    assert [one.state for one in pull.reviews()] == ["APPROVED"]
    check = repository.create_check_run("gate", HEAD, output=OUTPUT)
    check.update(conclusion="success")
    assert github.check_runs[0]["status"] == "completed"
    session.close()


@pytest.mark.parametrize(("body", "words"), [
    ({"name": ""}, "name wasn't supplied"),
    ({"head_sha": "main"}, "No commit found"),
    ({"status": "done"}, "is not a member"),
    ({"status": "completed"}, "conclusion is required"),
    ({"completed_at": "2026-01-01T00:00:00Z"}, "conclusion is required"),
    ({"conclusion": "stale"}, "is not a member"),
    ({"output": {"summary": "no title"}}, "title wasn't supplied"),
    ({"output": {**OUTPUT, "summary": "x" * 65536}}, "maximum of 65535 characters"),
    ({"output": {**OUTPUT, "summary": "返" * 30000}}, "maximum bytesize"),
    ({"output": {**OUTPUT, "text": "🎉" * 40000}}, "maximum of 65535 characters"),
    ({"output": {**OUTPUT, "annotations": [NOTE] * 51}}, "No more than 50"),
    ({"output": {**OUTPUT, "annotations": [{**NOTE, "start_line": 2}]}}, "comes before"),
    ({"output": {**OUTPUT, "annotations": [{**NOTE, "end_line": 2, "start_column": 1}]}},
     "one line"),
    ({"output": {**OUTPUT, "annotations": [{**NOTE, "annotation_level": "error"}]}},
     "is not a member"),
    ({"output": {**OUTPUT, "annotations": [{**NOTE, "title": "x" * 256}]}}, "exceeds 255"),
    ({"output": {**OUTPUT, "annotations": [{**NOTE, "message": "x" * 65537}]}}, "exceeds 65536"),
    ({"output": {**OUTPUT, "annotations": [{"path": "cases.csv"}]}}, "start_line wasn't supplied"),
    ({"actions": [{"label": "x" * 21, "description": "x", "identifier": "x"}]}, "1 to 20"),
    ({"actions": [{"label": "x", "description": "x", "identifier": "x"}] * 4}, "at most 3"),
])
def test_limits_of_check_runs(github: GitHubStandIn, ask: Raw, body: dict[str, Any],
                              words: str) -> None:
    answer = ask("POST", f"{REPO}/check-runs", {"name": "gate", "head_sha": HEAD, **body})
    assert answer.status_code == 422
    assert words in answer.text
    assert github.check_runs == []


def test_what_fits_into_a_check_run(github: GitHubStandIn, ask: Raw) -> None:
    output = {"title": "t", "summary": "x" * 65535, "text": "返" * 65535,
              "annotations": [{**NOTE, "start_column": 1, "end_column": 2}] * 50}
    made = ask("POST", f"{REPO}/check-runs", {"name": "gate", "head_sha": HEAD, "output": output})
    assert made.status_code == 201
    assert (made.json()["status"], made.json()["conclusion"]) == ("queued", None)
    # GitHub drops the bytes of a text that are too many, and says nothing.
    assert len(made.json()["output"]["text"].encode()) == 65535


def test_another_output_replaces_the_whole_one_and_adds_annotations(
    github: GitHubStandIn, ask: Raw
) -> None:
    path = f"{REPO}/check-runs"
    output = {**OUTPUT, "text": "Details", "annotations": [NOTE]}
    made = ask("POST", path, {"name": "gate", "head_sha": HEAD, "output": output}).json()
    after = ask("PATCH", f"{path}/{made['id']}", {
        "conclusion": "success", "output": {"summary": "More", "annotations": [NOTE]}}).json()
    assert after["output"]["title"] is None
    assert after["output"]["text"] is None
    assert after["output"]["annotations_count"] == 2
    assert (after["status"], after["conclusion"]) == ("completed", "success")
    assert after["details_url"] == after["html_url"]


def test_check_runs_of_other_apps_and_of_jobs_are_not_ours(
    github: GitHubStandIn, ask: Raw
) -> None:
    others = github.add_check_run("gate", HEAD, app="somebody")
    jobs = github.add_job(7, 1, "gate", "one", "in_progress", HEAD)
    for number, words in ((others, "Invalid app_id `15368`"), (jobs, "internally by GitHub")):
        answer = ask("PATCH", f"{REPO}/check-runs/{number}", {"conclusion": "success"})
        assert answer.status_code == 403
        assert words in answer.json()["message"]


def test_the_newest_of_each_name_and_app(github: GitHubStandIn, ask: Raw) -> None:
    first, second = (github.add_check_run("gate", HEAD) for _ in range(2))
    third = github.add_check_run("gate", HEAD, app="somebody")
    path = f"{REPO}/commits/{HEAD}/check-runs?check_name=gate"
    assert {one["id"] for one in ask("GET", path).json()["check_runs"]} == {second, third}
    assert ask("GET", f"{path}&filter=all").json()["total_count"] == 3
    assert first < second


@pytest.mark.parametrize("body", [
    {"body": ""}, {"body": "  "}, {"body": None}, {}, [], {"body": "x" * 65537}])
def test_comments_that_are_refused(github: GitHubStandIn, ask: Raw, body: object) -> None:
    assert ask("POST", f"{REPO}/issues/1/comments", body).status_code == 422
    assert github.comments(1) == []


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"body": "\\ud800"}'])
def test_what_is_no_json_is_refused(ask: Raw, content: bytes) -> None:
    answer = ask("POST", f"{REPO}/issues/1/comments", data=content)
    assert (answer.status_code, answer.json()["message"]) == (400, "Problems parsing JSON")


def test_pages_hold_thirty_and_at_most_a_hundred(github: GitHubStandIn, ask: Raw) -> None:
    for _ in range(205):
        github.add_comment(1, "bob", "x")
    path = f"{REPO}/issues/1/comments"
    assert len(ask("GET", path).json()) == 30
    assert len(ask("GET", f"{path}?per_page=0").json()) == 30
    first, last = ask("GET", f"{path}?per_page=500"), ask("GET", f"{path}?per_page=100&page=3")
    assert (len(first.json()), len(last.json())) == (100, 5)
    assert sorted(first.links) == ["last", "next"]
    assert sorted(last.links) == ["first", "prev"]
    assert ask("GET", f"{path}?per_page=100&page=4").json() == []


@pytest.mark.parametrize(("path", "status"), [
    ("/repos/acme/other", 404), ("/repos/acme/other/pulls/1", 404), (f"{REPO}/pulls/2", 404),
    ("/user", 403), (f"{REPO}/actions/artifacts/1/zip", 404), (f"{REPO}/branches/none", 404),
    ("/orgs/acme/teams/judges/memberships/bob", 404)])
def test_what_a_workflow_s_token_does_not_see(ask: Raw, path: str, status: int) -> None:
    assert ask("GET", path).status_code == status


def test_a_person_s_token_sees_whose_it_is(github: GitHubStandIn, ask: Raw) -> None:
    mine = ask("GET", "/user", headers={"Authorization": f"token {ANN}"})
    assert mine.json()["login"] == "ann"
    assert ask("GET", f"{REPO}", headers={"Authorization": ""}).status_code == 404
    assert ask("GET", f"{REPO}", headers={"Authorization": "token x"}).status_code == 401


@pytest.mark.parametrize(("permissions", "kind"), [
    ({"administration": "write"}, "workflow"), ({"members": "read"}, "fork"),
    ({"pull_requests": "write"}, "workflow"), ({"contents": "yes"}, "user")])
def test_tokens_that_there_are_none_of(github: GitHubStandIn, permissions: dict[str, str],
                                       kind: Any) -> None:
    with pytest.raises(ValueError, match=r"GitHub has no permission|never has"):
        github.add_token("x", permissions, kind=kind)


def test_requests_that_github_has_none_of(ask: Raw) -> None:
    unfit = {"User-Agent": ""}, {"X-GitHub-Api-Version": "1999-01-01"}
    assert [ask("GET", REPO, headers=one).status_code for one in unfit] == [403, 400]


def test_every_answer_says_what_is_left_and_what_was_needed(ask: Raw) -> None:
    first, second = ask("GET", f"{REPO}/pulls/1"), ask("GET", f"{REPO}/pulls/1")
    assert first.headers["x-accepted-github-permissions"] == "pull_requests=read"
    assert int(first.headers["x-ratelimit-remaining"]) == \
        int(second.headers["x-ratelimit-remaining"]) + 1


def test_rulesets_make_the_rules_of_their_branches(github: GitHubStandIn, ask: Raw) -> None:
    for name, include, exclude, enforcement in (
            ("a", ["~DEFAULT_BRANCH"], [], "active"), ("b", ["refs/heads/release/*"], [], "active"),
            ("c", ["~ALL"], ["~DEFAULT_BRANCH"], "active"), ("d", ["~ALL"], [], "evaluate")):
        github.rulesets.append({
            "name": name, "enforcement": enforcement, "rules": [{"type": name}],
            "conditions": {"ref_name": {"include": include, "exclude": exclude}}})

    def rules(branch: str) -> list[str]:
        return [one["type"] for one in ask("GET", f"{REPO}/rules/branches/{branch}").json()]

    assert rules("main") == ["a"]
    assert rules("release%2F1.0") == ["b", "c"]


def test_a_route_that_it_does_not_have_is_a_failure_of_the_test() -> None:
    github = GitHubStandIn()
    github.add_token("x", {})
    unescaped = f"{github.url}{REPO}/rules/branches/a/b"
    assert requests.get(unescaped, timeout=10, headers={"Authorization": "token x"}).status_code \
        == 404
    with pytest.raises(AssertionError, match="no route for"):
        github.close()


@pytest.mark.docker
def test_containers_reach_it(engine: docker.DockerClient, python_image: str) -> None:
    with GitHubStandIn(address=gateway(engine)) as github:
        github.add_token("x", {})
        asking = "import sys, urllib.request as u; u.urlopen(u.Request(" \
                 "sys.argv[1], headers={'Authorization': 'token x'}))"
        engine.containers.run(python_image, ["python3", "-c", asking, github.url + REPO],
                              remove=True)  # raises where the answer is no
    assert [(one.path, one.token) for one in github.requests] == [(REPO, "x")]


def test_it_answers_at_whichever_address() -> None:
    with GitHubStandIn(address="127.0.0.2") as github:
        assert github.url.startswith("http://127.0.0.2:")
        github.add_token("x", {})
        answer = requests.get(github.url + REPO, timeout=10, headers={"Authorization": "token x"})
        assert answer.json()["url"] == github.url + REPO
