"""The client and a GitHub that answers: pages, ghosts, refusals, other hosts, unusable answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from gatekeeper.adapters.github import GitHub
from gatekeeper.github.forge import Denied, ForgeError, NotThere
from tests.github.conftest import ANN, BASE, HEAD, WORKFLOW, WORKFLOW_MAY, Clock, client_of
from tests.support.github.server import GitHubStandIn

CHECK = {"name": "gatekeeper", "head_sha": HEAD, "conclusion": "success", "external_id": "7-1",
         "output": {"title": "Passed", "summary": "All"}}
RULESET = {"name": "gate", "target": "branch", "enforcement": "active", "rules": []}
READS: dict[str, Callable[[GitHub], object]] = {
    "/pulls/1": lambda client: client.pull(1),
    "/pulls": lambda client: client.pulls_from("ann", "feature"),
    "/issues/1/comments": lambda client: list(client.comments(1)),
    "/pulls/1/reviews": lambda client: client.reviews(1),
    "/collaborators/bob/permission": lambda client: client.permission("bob"),
    "/orgs/acme/teams/judges/memberships/bob": lambda client: client.in_team("acme/judges", "bob"),
    f"/commits/{HEAD}/check-runs": lambda client: client.checks(HEAD, "gatekeeper"),
    "/actions/runs/7/attempts/1/jobs": lambda client: client.jobs(7, 1),
    "/rules/branches/main": lambda client: client.rules("main"),
    "/branches/main": lambda client: client.branch("main"),
    "/rulesets": lambda client: client.rulesets(),
    "/actions/runs/7/artifacts": lambda client: client.artifacts(7),
    "/repos/acme/assistant": lambda client: client.default_branch(),
}
METADATA = {"/collaborators/bob/permission", "/rules/branches/main", "/rulesets",
            "/repos/acme/assistant"}
"""What every token may read."""
WRITES: dict[str, Callable[[GitHub], object]] = {
    "POST /issues/1/comments": lambda client: client.add_comment(1, "Hello", lambda one: False),
    "PATCH /issues/comments/1001": lambda client: client.edit_comment(1001, "Hello"),
    "POST /check-runs": lambda client: client.add_check(CHECK),
    "PATCH /check-runs/1002": lambda client: client.edit_check(1002, {"output": CHECK["output"]}),
    "POST /rulesets": lambda client: client.put_ruleset(None, RULESET),
    "PUT /rulesets/1003": lambda client: client.put_ruleset(1003, RULESET),
}


@pytest.fixture
def client(github: GitHubStandIn) -> Iterator[GitHub]:
    """What a job has, on a repository with one pull request."""
    github.add_token(WORKFLOW, WORKFLOW_MAY)
    github.add_pull(1, HEAD, BASE)
    with client_of(github, WORKFLOW, Clock()) as client:
        yield client


def test_every_comment_is_found_on_whichever_page(client: GitHub, github: GitHubStandIn) -> None:
    for number in range(250):
        github.add_comment(1, "bob", f"comment {number}")
    assert [one.body for one in client.comments(1)] == [f"comment {n}" for n in range(250)]
    assert [one.path.split("?")[1] for one in github.requests] == [
        "per_page=100", "per_page=100&page=2", "per_page=100&page=3"]


def test_bodies_are_not_asked_for_in_forms_that_nobody_reads(
    client: GitHub, github: GitHubStandIn
) -> None:
    assert list(client.comments(1)) == []
    assert not github.asked[0].wants_full


def test_no_more_pages_are_read_than_are_looked_at(client: GitHub, github: GitHubStandIn) -> None:
    for number in range(250):
        github.add_comment(1, "bob", f"comment {number}")
    comments = client.comments(1)
    assert next(one.body for one in comments if one.body == "comment 110") == "comment 110"
    assert len(github.requests) == 2


def test_a_list_that_never_ends_is_given_up(client: GitHub, github: GitHubStandIn) -> None:
    around = f'<{github.url}/repos/acme/assistant/rulesets?page=2>; rel="next"'
    github.fail_next("GET", "/rulesets", 200, headers={"link": around}, content=b"[]", times=1000)
    with pytest.raises(ForgeError, match="does not end after 100 pages"):
        client.rulesets()


def test_accounts_that_are_gone_have_no_name(client: GitHub, github: GitHubStandIn) -> None:
    github.add_comment(1, None, "<!-- gatekeeper -->")
    github.add_review(1, None, "APPROVED", HEAD)
    assert [one.author for one in client.comments(1)] == [""]
    assert [one.login for one in client.reviews(1)] == [""]
    assert client.permission("gone") == "none"


def test_a_fork_that_is_gone_has_no_name(client: GitHub, github: GitHubStandIn) -> None:
    github.add_pull(2, HEAD, BASE, "patch", head_repo=None, author=None)
    pull = client.pull(2)
    assert (pull.head_repo, pull.head_ref, pull.author) == ("", "patch", "")


def test_a_head_that_moves_meanwhile_is_seen(client: GitHub, github: GitHubStandIn) -> None:
    moved = "c" * 40
    github.before_next("POST", "/comments", lambda: github.move_head(1, moved))
    assert client.pull(1).head_sha == HEAD
    client.add_comment(1, "Hello", lambda one: False)
    assert client.pull(1).head_sha == moved


def test_branches_and_files_with_slashes(client: GitHub, github: GitHubStandIn) -> None:
    github.rules["release/1.0"] = [{"type": "deletion"}]
    github.branches["release/1.0"] = HEAD
    github.files["release/1.0", "a b/é?#%2F.yaml"] = b"\xff\x00"
    assert client.branch("release/1.0")["name"] == "release/1.0"
    assert [one["type"] for one in client.rules("release/1.0")] == ["deletion"]
    assert client.file("a b/é?#%2F.yaml", "release/1.0") == b"\xff\x00"
    assert client.file("../../../user", "main") is None
    assert github.requests[-1].path.startswith("/repos/acme/assistant/contents/")


def test_jobs_of_another_attempt_are_other_jobs(client: GitHub, github: GitHubStandIn) -> None:
    github.add_job(7, 1, "gate", "one", "completed")
    github.add_job(7, 2, "gate", "two", "in_progress")
    assert [job.runner for job in client.jobs(7, 2)] == ["two"]


def test_a_job_s_own_check_run_is_not_a_token_s_to_change(
    client: GitHub, github: GitHubStandIn
) -> None:
    own = github.add_job(7, 1, "gate", "one", "in_progress", HEAD)
    [seen] = client.checks(HEAD, "gate")
    assert seen.id == own
    with pytest.raises(Denied, match="only be updated internally by GitHub Actions"):
        client.edit_check(own, {"conclusion": "success"})


def test_a_comment_that_is_gone_is_told(client: GitHub, github: GitHubStandIn) -> None:
    assert client.edit_comment(404, "Hello") is None
    client.remove_comment(404)
    assert github.all_comments == {}


def test_ghes_has_its_api_below_a_path() -> None:
    with GitHubStandIn(prefix="/api/v3") as github:
        assert github.url.endswith("/api/v3")
        github.add_token(WORKFLOW, WORKFLOW_MAY)
        github.add_pull(1, HEAD, BASE)
        for number in range(101):
            github.add_comment(1, "bob", f"comment {number}")
        with client_of(github, WORKFLOW, Clock()) as client:
            assert client.pull(1).number == 1
            assert len(list(client.comments(1))) == 101
            assert client.add_comment(1, "Hello", lambda one: False).body == "Hello"


# Artifacts lie on another host.


def test_the_token_is_not_sent_to_the_host_of_artifacts(
    client: GitHub, github: GitHubStandIn
) -> None:
    made = github.add_artifact(7, "gatekeeper", b"PK" * 100_000)
    assert client.artifact(made, limit=200_000) == b"PK" * 100_000
    [asked] = github.storage_asked
    assert "authorization" not in asked.headers
    assert WORKFLOW not in str(asked)
    assert github.requests[-1].token == WORKFLOW


def test_an_artifact_is_read_up_to_a_limit(client: GitHub, github: GitHubStandIn) -> None:
    made = github.add_artifact(7, "gatekeeper", b"x" * 1001)
    with pytest.raises(ForgeError, match="the artifact is larger than 1000 bytes"):
        client.artifact(made, limit=1000)


def test_an_artifact_that_ends_in_the_middle_is_no_artifact(
    client: GitHub, github: GitHubStandIn
) -> None:
    made = github.add_artifact(7, "gatekeeper", b"x" * 1000)
    github.fail_next("GET", f"/artifacts/{made}/zip", 200, content=b"half",
                     headers={"content-length": "1000"})
    with pytest.raises(ForgeError, match="broke off"):
        client.artifact(made, limit=1000)


def test_artifacts_that_have_expired_are_not_there(client: GitHub, github: GitHubStandIn) -> None:
    gone = github.add_artifact(7, "gatekeeper", b"x", expired=True)
    github.add_artifact(8, "of-another-run", b"x")
    assert client.artifacts(7) == ()
    with pytest.raises(NotThere):
        client.artifact(gone, limit=1000)


# What a token may not do is told with the permission that is missing.


@pytest.mark.parametrize("call", WRITES)
def test_a_fork_s_token_may_only_read(github: GitHubStandIn, call: str) -> None:
    github.add_token(WORKFLOW, WORKFLOW_MAY, kind="fork")
    github.add_pull(1, HEAD, BASE)
    github.add_comment(1, "github-actions[bot]", "Hi")
    github.add_check_run("gatekeeper", HEAD)
    github.rulesets.append({**RULESET, "id": 1003})
    with client_of(github, WORKFLOW, Clock()) as client:
        with pytest.raises(Denied, match="Resource not accessible by integration") as denied:
            WRITES[call](client)
        assert client.pull(1).number == 1
    missing = {"comments": "issues: write", "check-runs": "checks: write",
               "rulesets": "administration: write"}
    assert denied.value.permission == next(
        level for part, level in missing.items() if part in call)
    assert denied.value.help == f"grant the job `permissions: {denied.value.permission}`"
    method, path = github.writes[0]
    assert f"may not {method} {path}" in denied.value.message
    assert github.comments(1)[0]["body"] == "Hi"
    assert len(github.check_runs) == 1


@pytest.mark.parametrize("path", sorted(READS.keys() - METADATA))
@pytest.mark.parametrize("status", [404, 403])
def test_what_a_token_may_not_read_is_not_there_or_denied(
    github: GitHubStandIn, path: str, status: int
) -> None:
    github.unreadable = status
    github.add_token(WORKFLOW, {})
    github.add_pull(1, HEAD, BASE)
    with client_of(github, WORKFLOW, Clock()) as client:
        with pytest.raises(NotThere if status == 404 else Denied) as no:
            READS[path](client)
    assert path.partition("/memberships/")[0] in no.value.message


def test_a_person_s_token_makes_no_check_runs(github: GitHubStandIn) -> None:
    github.add_token(ANN, {"checks": "write"}, "ann", "user")
    with client_of(github, ANN, Clock()) as client:
        with pytest.raises(Denied, match="You must authenticate via a GitHub App") as denied:
            client.add_check(CHECK)
    assert denied.value.permission == ""
    assert denied.value.help == "give the job a token that may"


@pytest.mark.parametrize(("token", "hint"), [
    ("ghs_expired", "a workflow's own is `${{ github.token }}`"),
    ("", "give one in GITHUB_TOKEN")])
def test_a_token_that_is_none_is_told(github: GitHubStandIn, token: str, hint: str) -> None:
    with client_of(github, token, Clock()) as client:
        with pytest.raises(ForgeError, match="does not accept the token") as refused:
            client.add_comment(1, "Hello", lambda one: False)
    assert refused.value.help == hint
    assert token == "" or token not in refused.value.message


@pytest.mark.parametrize("token", ["ghs_a\nb", "ghs_a b", "ghs_é", "ghs_a\x00"])
def test_what_cannot_be_a_token_is_told_without_being_said(
    github: GitHubStandIn, token: str
) -> None:
    with pytest.raises(ForgeError) as refused:
        with client_of(github, token, Clock()) as client:
            client.pull(1)
    assert "ghs" not in refused.value.message + refused.value.help
    assert github.requests == []


def test_a_comment_that_is_too_long_is_refused_with_github_s_words(
    client: GitHub, github: GitHubStandIn
) -> None:
    with pytest.raises(ForgeError, match=r"status 422: Validation Failed; Body is too long "
                                         r"\(maximum is 65536 characters\)"):
        client.add_comment(1, "x" * 65537, lambda one: False)
    client.add_comment(1, "x" * 65536, lambda one: False)
    assert len(github.comments(1)) == 1


def test_github_s_words_are_shown_harmless(client: GitHub, github: GitHubStandIn) -> None:
    github.fail_next("GET", "/pulls/1", 451,
                     content=b'{"message": "\\u001b[31mno\\r::error::x\\u202e"}')
    with pytest.raises(ForgeError) as refused:
        client.pull(1)
    assert refused.value.message.isprintable()
    assert "\n" not in refused.value.message


@pytest.mark.parametrize("content", [b"null", b"[]", b"1", b'["x"]', b'{"errors": 1}',
                                     b'{"errors": "x"}', b'{"errors": [null, 1]}', b"<html>", b""])
def test_a_refusal_of_any_shape_is_a_refusal(
    client: GitHub, github: GitHubStandIn, content: bytes
) -> None:
    github.fail_next("GET", "/pulls/1", 418, content=content)
    with pytest.raises(ForgeError, match="GitHub refused GET /repos/acme/assistant/pulls/1 "):
        client.pull(1)


# A repository that has moved.


def test_reads_follow_a_repository_that_has_moved(client: GitHub, github: GitHubStandIn) -> None:
    there = f"{github.url}/repos/acme/assistant/pulls/1"
    github.fail_next("GET", "/pulls/1", 301, headers={"location": there})
    assert client.pull(1).number == 1


def test_writes_do_not(client: GitHub, github: GitHubStandIn) -> None:
    there = f"{github.url}/repos/acme/assistant/issues/1/comments"
    github.fail_next("POST", "/comments", 307, headers={"location": there})
    with pytest.raises(ForgeError, match="the repository has moved on GitHub"):
        client.add_comment(1, "Hello", lambda one: False)
    assert github.comments(1) == []


def test_a_redirect_that_goes_around_is_given_up(client: GitHub, github: GitHubStandIn) -> None:
    there = f"{github.url}/repos/acme/assistant/pulls/1"
    github.fail_next("GET", "/pulls/1", 302, headers={"location": there}, times=1000)
    with pytest.raises(ForgeError):
        client.pull(1)


# Answers that are not GitHub's.


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("content", [b"<html>Log in</html>", b"null", b"[null]", b'{"jobs": [{}]}',
                                     b'"x"', b'[{"id": "x"}]', b"\xff", b"{}"])
def test_an_answer_of_another_shape_is_told_or_understood(
    github: GitHubStandIn, path: str, content: bytes
) -> None:
    github.fail_next("GET", path, 200, content=content)
    github.add_token(WORKFLOW, WORKFLOW_MAY)
    with client_of(github, WORKFLOW, Clock()) as client:
        try:
            answer = READS[path](client)
        except ForgeError as error:
            answer = error.message
    if content == b"<html>Log in</html>":
        assert "is not JSON" in str(answer)
    assert isinstance(answer, str | bool | tuple | list | dict)


@pytest.mark.parametrize("call", WRITES)
@pytest.mark.parametrize("content", [b"<html>Log in</html>", b"null", b"[]", b'"x"', b"{}", b""])
def test_an_answer_of_another_shape_to_a_write_is_told_or_understood(
    github: GitHubStandIn, call: str, content: bytes
) -> None:
    method, _, path = call.partition(" ")
    github.fail_next(method, path, 200, content=content)
    github.add_token(WORKFLOW, WORKFLOW_MAY)
    with client_of(github, WORKFLOW, Clock()) as client:
        with pytest.raises(ForgeError):
            WRITES[call](client)
    assert len(github.writes) == 1
