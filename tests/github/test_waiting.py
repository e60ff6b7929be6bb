"""The client and a GitHub that fails, hesitates or limits: what is tried again, and how often."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest

from gatekeeper.adapters.github import GitHub
from gatekeeper.github.forge import Denied, ForgeError
from tests.github.conftest import ANN, BASE, HEAD, WORKFLOW, WORKFLOW_MAY, Clock, Said, client_of
from tests.support.github.server import GitHubStandIn

ANNOTATION = {"path": "eval_cases.csv", "start_line": 2, "end_line": 2, "message": "is not JSON",
              "annotation_level": "failure"}
OUTPUT = {"title": "Blocked", "summary": "9 of 9"}
CHECK = {"name": "gatekeeper", "head_sha": HEAD, "conclusion": "failure", "external_id": "7-1",
         "output": OUTPUT}


@pytest.fixture
def clock(github: GitHubStandIn) -> Clock:
    """One clock for both sides, which passes only when somebody sleeps."""
    clock = Clock()
    github.clock = clock
    return clock


@pytest.fixture
def said() -> Said:
    """What the client says of its waiting."""
    return Said()


@pytest.fixture
def client(github: GitHubStandIn, clock: Clock, said: Said) -> Iterator[GitHub]:
    """What a job has, on a repository with one pull request."""
    github.add_token(WORKFLOW, WORKFLOW_MAY)
    github.add_pull(1, HEAD, BASE)
    with client_of(github, WORKFLOW, clock, said) as client:
        yield client


def post(client: GitHub, body: str = "## Blocked") -> int:
    """A comment, found again by its body."""
    return client.add_comment(1, body, lambda one: one.body == body).id


# A read is tried four times.


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_read_is_tried_again(client: GitHub, github: GitHubStandIn, clock: Clock,
                               status: int) -> None:
    github.fail_next("GET", "/pulls/1", status, content=b"<html>Unicorn!</html>", times=3)
    assert client.pull(1).number == 1
    assert clock.slept == [1, 2, 4]


def test_a_connection_that_is_cut_is_opened_again(
    client: GitHub, github: GitHubStandIn, clock: Clock
) -> None:
    github.cut_next("GET", "/pulls/1")
    assert client.pull(1).number == 1
    assert clock.slept == [1]


def test_a_read_that_fails_four_times_is_given_up(
    client: GitHub, github: GitHubStandIn, clock: Clock
) -> None:
    github.fail_next("GET", "/pulls/1", 502, times=4)
    with pytest.raises(ForgeError, match=r"does not answer at .*: status 502") as given_up:
        client.pull(1)
    assert "githubstatus" in given_up.value.help
    assert clock.slept == [1, 2, 4]
    assert len(github.requests) == 4


def test_nobody_at_the_address() -> None:
    clock = Clock()
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        client = GitHub(address, "acme/assistant", "", Said(), str, clock.sleep, clock)
        with pytest.raises(ForgeError, match=f"GitHub does not answer at {address}"):
            post(client)
        client.close()
    assert clock.slept == [1, 2, 4]


# A write whose answer got lost is never done twice.


Fault = Callable[[GitHubStandIn, str, str, bool], None]


def fails(status: int) -> Fault:
    """An answer of this status, whether the write was done or not."""
    return lambda github, method, path, done: github.fail_next(method, path, status, done=done)


FAULTS: dict[str, Fault] = {
    **{str(status): fails(status) for status in (500, 502, 503, 504)},
    "cut": lambda github, method, path, done: github.cut_next(method, path, done=done)}
DONE = pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
EVERY_FAULT = pytest.mark.parametrize("fault", FAULTS)


@EVERY_FAULT
@DONE
def test_a_comment_is_made_once(client: GitHub, github: GitHubStandIn, fault: str,
                                done: bool) -> None:
    github.add_comment(1, "bob", "Nice")
    FAULTS[fault](github, "POST", "/issues/1/comments", done)
    made = post(client)
    assert [one["id"] for one in github.comments(1)][1:] == [made]
    assert [method for method, _ in github.writes] == ["POST"] * (1 if done else 2)


@EVERY_FAULT
@DONE
def test_a_check_run_is_made_once(client: GitHub, github: GitHubStandIn, fault: str,
                                  done: bool) -> None:
    github.add_check_run("gatekeeper", HEAD, external_id="of an earlier run")
    FAULTS[fault](github, "POST", "/check-runs", done)
    made = client.add_check(CHECK)
    assert [one["id"] for one in github.check_runs][1:] == [made.id]


@EVERY_FAULT
@DONE
def test_a_ruleset_is_made_once(github: GitHubStandIn, clock: Clock, fault: str,
                                done: bool) -> None:
    github.add_token(ANN, {"administration": "write"}, "ann", "user")
    FAULTS[fault](github, "POST", "/rulesets", done)
    with client_of(github, ANN, clock) as client:
        address = client.put_ruleset(None, {"name": "gate", "enforcement": "active"})
    [made] = github.rulesets
    assert address.endswith(f"/rules/{made['id']}")


def test_a_comment_that_cannot_be_made_is_given_up(client: GitHub, github: GitHubStandIn) -> None:
    github.fail_next("POST", "/issues/1/comments", 502, times=10)
    with pytest.raises(ForgeError, match="status 502"):
        post(client)
    assert len(github.writes) == 3
    assert github.comments(1) == []


@EVERY_FAULT
@DONE
def test_an_edit_and_a_removal_are_repeated(client: GitHub, github: GitHubStandIn, fault: str,
                                            done: bool) -> None:
    made = github.add_comment(1, "github-actions[bot]", "## Blocked")
    FAULTS[fault](github, "PATCH", "/issues/comments/", done)
    FAULTS[fault](github, "DELETE", "/issues/comments/", done)
    edited = client.edit_comment(made, "## Passed")
    assert edited is not None
    assert github.comments(1)[0]["body"] == "## Passed"
    client.remove_comment(made)
    assert github.comments(1) == []


@EVERY_FAULT
@DONE
def test_annotations_are_added_once(client: GitHub, github: GitHubStandIn, fault: str,
                                    done: bool) -> None:
    made = client.add_check(CHECK)
    for line in range(2):
        FAULTS[fault](github, "PATCH", "/check-runs/", done)
        batch = [{**ANNOTATION, "start_line": n, "end_line": n}
                 for n in range(50 * line + 1, 50 * line + 51)]
        client.edit_check(made.id, {"output": {**OUTPUT, "annotations": batch}})
    [check] = github.check_runs
    assert [one["start_line"] for one in check["annotations"]] == list(range(1, 101))


# Rate limits are waited for, as GitHub asks.


def test_the_primary_limit_is_waited_for_until_its_reset(
    client: GitHub, github: GitHubStandIn, clock: Clock, said: Said
) -> None:
    github.rate_limit_next("primary", 45)
    assert client.pull(1).number == 1
    assert clock.slept == [45]
    assert said.lines == ["GitHub asks to wait 45 s (rate limit)"]


@pytest.mark.parametrize("status", [403, 429])
def test_the_secondary_limit_is_waited_for_as_long_as_it_says(
    client: GitHub, github: GitHubStandIn, clock: Clock, status: int
) -> None:
    github.rate_limit_next("secondary", 7, status=status, times=2)
    assert client.pull(1).number == 1
    assert clock.slept == [7, 7]


@pytest.mark.parametrize("status", [403, 429])
def test_a_minute_where_the_secondary_limit_says_nothing(
    client: GitHub, github: GitHubStandIn, clock: Clock, status: int
) -> None:
    github.rate_limit_next("secondary", status=status)
    assert client.pull(1).number == 1
    assert clock.slept == [60]


def test_waiting_has_an_end(client: GitHub, github: GitHubStandIn, clock: Clock) -> None:
    github.rate_limit_next("secondary", times=2)
    with pytest.raises(ForgeError, match="it asks to wait 120 s") as given_up:
        client.pull(1)
    assert given_up.value.help.startswith("run the job again later")
    assert clock.slept == [60]
    assert len(github.requests) == 2


def test_a_reset_that_is_far_away_is_not_waited_for(
    client: GitHub, github: GitHubStandIn, clock: Clock
) -> None:
    github.rate_limit_next("primary")
    with pytest.raises(ForgeError, match="it asks to wait 3600 s"):
        client.pull(1)
    assert clock.slept == []


def test_patience_is_one_run_s_and_not_one_request_s(
    client: GitHub, github: GitHubStandIn, clock: Clock
) -> None:
    for _ in range(2):
        github.rate_limit_next("primary", 50)
        client.pull(1)
    github.rate_limit_next("primary", 50)
    with pytest.raises(ForgeError, match="it asks to wait 50 s"):
        client.pull(1)
    assert clock.slept == [50, 50]


def test_limits_without_end_are_given_up(client: GitHub, github: GitHubStandIn) -> None:
    github.rate_limit_next("secondary", 1, times=1000)
    with pytest.raises(ForgeError, match="it asks to wait 1 s"):
        client.pull(1)
    assert len(github.requests) == 4


def test_a_write_that_was_limited_is_done_once(
    client: GitHub, github: GitHubStandIn, clock: Clock
) -> None:
    github.rate_limit_next("secondary", 7, method="POST")
    made = post(client)
    assert [one["id"] for one in github.comments(1)] == [made]
    assert clock.slept == [7]


def test_a_no_is_not_a_limit(client: GitHub, github: GitHubStandIn, clock: Clock) -> None:
    github.add_token(WORKFLOW, {"contents": "read"})
    with pytest.raises(Denied):
        post(client)
    assert clock.slept == []


def test_writes_are_a_second_apart(client: GitHub, github: GitHubStandIn, clock: Clock) -> None:
    for number in range(3):
        post(client, f"comment {number}")
    assert clock.slept == [1, 1]
    clock.now += 30
    post(client, "much later")
    assert clock.slept == [1, 1]
