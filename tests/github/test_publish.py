"""What is written on a pull request, told by what stands there afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gatekeeper.adapters.github import GitHub
from gatekeeper.github.publish import Published, one_warning, publish_check, publish_comment
from gatekeeper.report.annotations import Annotation, Level
from gatekeeper.report.check_run import CheckRun
from gatekeeper.report.comment import Mark, gate_digest
from tests.github.conftest import ANN, BASE, HEAD, WORKFLOW, WORKFLOW_MAY, Clock, client_of
from tests.support.github.server import GitHubStandIn

BOT = "github-actions[bot]"
NEWER = "c" * 40


def body(head: str = HEAD, run: int = 10, attempt: int = 1, gate: str = "gatekeeper",
         text: str = "blocked", began: int = 0) -> str:
    """A comment as a run writes it; it began after those of lower numbers."""
    return f"{Mark(gate_digest(gate), head, run, attempt, began or run * 100)}\n{text}\n"


@pytest.fixture
def pulled(github: GitHubStandIn) -> GitHubStandIn:
    """A pull request and a workflow's token."""
    github.add_token(WORKFLOW, WORKFLOW_MAY)
    github.add_pull(1, HEAD, BASE)
    return github


@pytest.fixture
def client(pulled: GitHubStandIn) -> Iterator[GitHub]:
    """gatekeeper's client with that token."""
    with client_of(pulled, WORKFLOW, Clock()) as client:
        yield client


def written(client: GitHub, text: str, author: str = BOT, create: bool = True,
            follows_head: bool = True) -> Published:
    """Write the gate's comment."""
    return publish_comment(client, 1, text, author, create, follows_head)


def seen(github: GitHubStandIn) -> list[tuple[str, str]]:
    """Every comment, as author and text without the mark."""
    return [(one["author"], one["body"].partition("\n")[2].strip() or one["body"])
            for one in github.comments(1)]


def test_the_first_run_writes_a_comment_and_the_next_one_updates_it(
    pulled: GitHubStandIn, client: GitHub
) -> None:
    first = written(client, body())
    assert first.url == f"https://github.com/acme/assistant/pull/1#issuecomment-" \
                        f"{pulled.comments(1)[0]['id']}"
    assert written(client, body(run=11, text="pass")).url == first.url
    assert seen(pulled) == [(BOT, "pass")]


def test_it_is_found_on_any_page(pulled: GitHubStandIn, client: GitHub) -> None:
    for n in range(130):
        pulled.add_comment(1, "ann", f"remark {n}")
    written(client, body())
    for n in range(130):
        pulled.add_comment(1, None if n % 2 else "bob", f"further remark {n}")
    written(client, body(run=11, text="pass"))
    assert [one for one in seen(pulled) if one[0] == BOT] == [(BOT, "pass")]


def test_two_gates_have_a_comment_each(pulled: GitHubStandIn, client: GitHub) -> None:
    written(client, body())
    written(client, body(gate="gatekeeper (ja/gatekeeper.yaml)", text="ja"))
    written(client, body(run=11, text="pass"))
    assert seen(pulled) == [(BOT, "pass"), (BOT, "ja")]


def test_a_forged_mark_is_left_alone(pulled: GitHubStandIn, client: GitHub) -> None:
    pulled.add_comment(1, "mallory", body(run=99, text="✅ pass"))
    pulled.add_comment(1, None, body(run=99, text="✅ pass"))
    written(client, body())
    assert seen(pulled) == [("mallory", "✅ pass"), seen(pulled)[1], (BOT, "blocked")]


def test_results_of_an_outdated_head_are_not_written(
    pulled: GitHubStandIn, client: GitHub
) -> None:
    pulled.move_head(1, NEWER)
    written(client, body(NEWER, run=12, text="pass"))
    late = written(client, body(HEAD, run=11))
    assert (late.url, late.warning) == ("", "")
    assert late.note.startswith(f"commit {HEAD[:12]} is not the pull request's head any more")
    assert seen(pulled) == [(BOT, "pass")]


def test_a_job_that_began_earlier_does_not_write_over_a_later_one(
    pulled: GitHubStandIn, client: GitHub
) -> None:
    written(client, body(run=12, text="pass"))
    late = written(client, body(run=11))
    assert "a job that began later" in late.note
    assert seen(pulled) == [(BOT, "pass")]


def test_an_earlier_run_that_is_run_again_is_the_newer_one(
    pulled: GitHubStandIn, client: GitHub
) -> None:
    written(client, body(run=12, text="files must be mended"))
    assert written(client, body(run=10, attempt=2, text="pass", began=1300)).url
    assert seen(pulled) == [(BOT, "pass")]


def test_a_merge_group_that_ends_late_does_not_write_over_a_newer_heads_results(
    pulled: GitHubStandIn, client: GitHub
) -> None:
    pulled.move_head(1, NEWER)
    written(client, body(NEWER, run=12, text="pass"))
    assert written(client, body("d" * 40, run=11), follows_head=False).note
    assert seen(pulled) == [(BOT, "pass")]


def test_the_head_that_moves_while_the_comments_are_read_is_noticed(
    pulled: GitHubStandIn, client: GitHub
) -> None:
    pulled.before_next("GET", "/pulls/1", lambda: pulled.move_head(1, NEWER))
    assert written(client, body()).note
    assert seen(pulled) == []


def test_nothing_changed_updates_what_is_there_and_writes_nothing_new(
    pulled: GitHubStandIn, client: GitHub
) -> None:
    assert written(client, body(), create=False) == Published()
    assert [one.method for one in pulled.requests] == ["GET"]  # and costs one request
    written(client, body())
    written(client, body(run=11, text="nothing changed"), create=False)
    assert seen(pulled) == [(BOT, "nothing changed")]


def test_a_comment_that_was_deleted_in_between_is_written_anew(
    pulled: GitHubStandIn, client: GitHub
) -> None:
    written(client, body())
    pulled.before_next("PATCH", "/issues/comments/",
                        lambda: pulled.all_comments.clear())
    assert written(client, body(run=11, text="pass")).url
    assert seen(pulled) == [(BOT, "pass")]


def test_of_two_runs_that_both_find_none_the_older_comment_stays_with_the_newer_results(
    pulled: GitHubStandIn, client: GitHub
) -> None:
    pulled.before_next("POST", "/issues/1/comments",
                        lambda: pulled.add_comment(1, BOT, body(run=10, text="other")))
    written(client, body(run=11, text="mine"))
    assert seen(pulled) == [(BOT, "mine")]


def test_a_token_that_writes_as_somebody_else_than_was_said_still_keeps_to_one_comment(
    pulled: GitHubStandIn
) -> None:
    pulled.add_token(ANN, {"pull-requests": "write"}, login="ann", kind="user")
    with client_of(pulled, ANN, Clock()) as client:
        for run in (10, 11, 12):
            written(client, body(run=run, text=f"run {run}"))
    assert seen(pulled) == [("ann", "run 12")]


@pytest.mark.parametrize("done", [True, False])
def test_a_write_that_fails_on_the_way_makes_one_comment(
    pulled: GitHubStandIn, client: GitHub, done: bool
) -> None:
    pulled.fail_next("POST", "/issues/1/comments", 502, done=done)
    assert written(client, body()).url
    assert seen(pulled) == [(BOT, "blocked")]


def test_a_merge_groups_results_are_not_held_against_the_pull_requests_head(
    pulled: GitHubStandIn, client: GitHub
) -> None:
    assert written(client, body(NEWER), follows_head=False).url
    assert seen(pulled) == [(BOT, "blocked")]


def check(remarks: int = 0) -> CheckRun:
    """A check run with so many remarks."""
    return CheckRun("gatekeeper report", "failure", "blocked", "## blocked", tuple(
        Annotation(Level.FAILURE, "eval_cases.csv", n + 1, f"c{n}", "expected x") for n in
        range(remarks)))


def test_a_check_run_is_complete_from_the_first_request_and_gets_its_remarks_in_batches(
    pulled: GitHubStandIn, client: GitHub
) -> None:
    made = publish_check(client, check(120), HEAD, "https://github.com/x", "10.1")
    run, = pulled.check_runs
    assert made.url.endswith(f"/{run['id']}")
    assert (run["name"], run["conclusion"], run["head_sha"]) == ("gatekeeper report", "failure",
                                                                 HEAD)
    assert [one["start_line"] for one in run["annotations"]] == list(range(1, 121))
    assert run["output"]["summary"] == "## blocked"
    assert [method for method, _ in pulled.writes] == ["POST", "PATCH", "PATCH"]


def test_what_a_token_may_not_do_is_one_warning_with_the_permissions_to_grant(
    pulled: GitHubStandIn
) -> None:
    pulled.add_token("ghs_poor", {"contents": "read", "pull-requests": "read"})
    with client_of(pulled, "ghs_poor", Clock()) as client:
        results = (written(client, body()), publish_check(client, check(), HEAD, "", "10.1"))
    assert all(one.url == "" for one in results)
    warning = one_warning(results, "")
    assert "the pull request's comment could not be written" in warning
    assert "the check run could not be written" in warning
    assert "grant the job `issues: write`, `checks: write`" in warning
    assert one_warning(results, "a fork's pull request has a token that may only read") == (
        "a fork's pull request has a token that may only read: the results are in the job's "
        "summary and annotations only")
    assert pulled.comments(1) == []


def test_what_went_well_is_no_warning() -> None:
    assert one_warning((Published("https://x"), Published(note="outdated")), "") == ""


def test_a_github_that_is_down_is_a_warning_and_no_end_of_the_run(
    pulled: GitHubStandIn, client: GitHub
) -> None:
    pulled.fail_next("", "/", 503, times=50)
    result = written(client, body())
    assert "the pull request's comment could not be written: GitHub does not answer" in \
        result.warning
