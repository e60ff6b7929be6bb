"""Events as GitHub publishes them, and those it publishes no example of."""

from __future__ import annotations

import pytest

from gatekeeper.errors import UsageError
from gatekeeper.github.event import SUPPORTED, Event, read_event
from tests.support import payloads
from tests.support.payloads import BASE, HEAD, NONE, Payload


def read(name: str, payload: Payload) -> Event:
    """The event of a job that this payload started."""
    return read_event({"GITHUB_EVENT_NAME": name, "GITHUB_SHA": HEAD}, payload)


@pytest.mark.parametrize("name", SUPPORTED)
def test_every_published_example_is_read_or_refused_with_the_reason(name: str) -> None:
    published, found, refused = name.removesuffix("_target"), [], []
    for host in payloads.hosts():
        for payload in payloads.examples(published, host):
            try:
                found.append(read(name, payload))
            except UsageError as error:
                refused.append(error)
    assert found
    assert {event.name for event in found} == {name}
    assert {len(event.head_sha) for event in found} == {40}
    assert all(error.message and error.help for error in refused)


def test_every_published_pull_request_has_its_number_and_base() -> None:
    for payload in payloads.examples("pull_request"):
        event = read("pull_request", payload)
        assert event.number == payload["number"]
        assert event.base_ref == payload["pull_request"]["base"]["ref"]
        assert event.fork is False


def test_of_published_pushes_only_deletions_are_refused_where_the_default_branch_was_pushed_to(
) -> None:
    for payload in payloads.examples("push"):
        if payload["deleted"]:
            with pytest.raises(UsageError, match="was deleted"):
                read("push", payload)
        else:
            assert read("push", payload).blocks == "release"


@pytest.mark.parametrize("name", ["pull_request", "pull_request_target"])
def test_pull_requests_of_the_repository_of_forks_and_of_bots(name: str) -> None:
    def seen(payload: Payload) -> tuple[int, bool, str, str]:
        event = read(name, payload)
        assert (event.head_sha, event.base_sha) == (HEAD, BASE)
        return event.number, event.fork, event.actor, event.base_ref

    assert seen(payloads.pull_request()) == (1, False, "ann", "main")
    assert seen(payloads.pull_request(2, action="opened")) == (2, False, "ann", "main")
    assert seen(payloads.forked(3, base_ref="next")) == (3, True, "mallory", "next")
    assert seen(payloads.pull_request(4, head_repo=None)) == (4, True, "ann", "main")
    assert seen(payloads.dependabot(5)) == (5, False, "dependabot[bot]", "main")


def test_other_events() -> None:
    assert read("push", payloads.push()) == Event(
        "push", "release", HEAD, rooted=True, base_ref="main")
    assert read("push", payloads.push("refs/tags/v1.0", before=NONE)).rooted
    annotated = {**payloads.push("refs/tags/v1.0", before=NONE), "after": "d" * 40}
    assert read("push", annotated).head_sha == HEAD
    with pytest.raises(UsageError, match="refs/heads/topic"):
        read("push", payloads.push("refs/heads/topic", before=NONE))
    with pytest.raises(UsageError, match="was deleted"):
        read("push", payloads.push("refs/tags/v1.0", after=NONE))
    assert read("merge_group", payloads.merge_group(104, base_ref="release/1.0")) == Event(
        "merge_group", head_sha=HEAD, base_sha=BASE, number=104, base_ref="release/1.0",
        default_ref="main")
    assert read("release", payloads.release()).blocks == "release"
    dispatched = read("workflow_dispatch", payloads.workflow_dispatch("refs/heads/topic", "bob"))
    assert (dispatched.ref, dispatched.actor, dispatched.rooted) == ("topic", "bob", False)


def test_a_fork_names_itself_in_the_run_that_its_pull_request_started() -> None:
    run = payloads.workflow_run()["workflow_run"]
    assert run["head_repository"]["full_name"] == "mallory/assistant"
    assert run["repository"]["full_name"] == "acme/assistant"
    assert run["pull_requests"] == []
