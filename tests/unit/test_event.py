"""What started a run, and whose commit its results belong to."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper.errors import UsageError
from gatekeeper.github.event import Event, read_event

ONE, TWO = "1" * 40, "2" * 40
OURS = {"full_name": "acme/assistant"}
PULL_REQUEST: dict[str, Any] = {"pull_request": {"number": 7, "user": {"login": "ann"},
                                 "head": {"sha": ONE, "repo": OURS},
                                 "base": {"sha": TWO, "repo": OURS, "ref": "main"}},
                "number": 7, "after": "3" * 40}
MERGE_GROUP = {"merge_group": {"head_sha": ONE, "base_sha": TWO}, "action": "checks_requested"}
PUSH = {"ref": "refs/heads/main", "after": ONE, "repository": {"default_branch": "main"}}


def pull_request(**changed: Any) -> dict[str, Any]:
    """The payload with parts of its pull request replaced."""
    pull = PULL_REQUEST["pull_request"]
    merged = {key: {**pull[key], **value} if isinstance(value, dict) else value
              for key, value in changed.items()}
    return {"pull_request": {**pull, **merged}}


def pulled(name: str, **changed: Any) -> Event:
    """The event of that payload."""
    told = {"blocks": "merge", "head_sha": ONE, "base_sha": TWO, "number": 7, "base_ref": "main",
            "actor": "ann", **changed}
    return Event(name, **told)


def read(name: str, payload: dict[str, Any]) -> Event:
    """The event of a workflow run."""
    return read_event({"GITHUB_EVENT_NAME": name}, payload)


@pytest.mark.parametrize(
    ("name", "payload", "event"),
    [
        ("pull_request", PULL_REQUEST, pulled("pull_request")),
        ("pull_request_target", PULL_REQUEST, pulled("pull_request_target")),
        ("merge_group", MERGE_GROUP, Event("merge_group", "merge", ONE, TWO)),
        ("push", PUSH, Event("push", "release", ONE, rooted=True, base_ref="main")),
        ("push", {**PUSH, "ref": "refs/tags/v1.0"},
         Event("push", "release", ONE, rooted=True, base_ref="refs/tags/v1.0")),
        ("pull_request", pull_request(head={"sha": "a" * 64}, base={"sha": "b" * 64}),
         pulled("pull_request", head_sha="a" * 64, base_sha="b" * 64)),
        ("pull_request", pull_request(head={"repo": {"full_name": "mallory/assistant"}}),
         pulled("pull_request", fork=True)),
        ("pull_request", pull_request(head={"repo": None}), pulled("pull_request", fork=True)),
        ("pull_request", pull_request(user=None), pulled("pull_request", actor="")),
    ],
)
def test_results_belong_to_the_commit_that_the_payload_names(
    name: str, payload: dict[str, Any], event: Event
) -> None:
    assert read(name, payload) == event


@pytest.mark.parametrize("name", ["", "issue_comment",
                                  "schedule", "PULL_REQUEST"])
def test_an_event_that_is_not_judged_is_told_with_those_that_are(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(name, PULL_REQUEST)
    assert refused.value.message == f"the event `{name}` is not one gatekeeper judges"
    assert refused.value.help.startswith("run it on: pull_request, pull_request_target, ")


def test_outside_of_a_workflow_there_is_no_event() -> None:
    with pytest.raises(UsageError):
        read_event({}, {})


@pytest.mark.parametrize(
    ("payload", "message", "hint"),
    [
        ({**PUSH, "ref": "refs/heads/topic"},
         "a push to `refs/heads/topic` is judged as a pull request, not as a push",
         "run it on pushes to `main` and to tags"),
        ({**PUSH, "ref": "refs/heads/main2"},
         "a push to `refs/heads/main2` is judged as a pull request, not as a push",
         "run it on pushes to `main` and to tags"),
        ({**PUSH, "deleted": True, "after": "0" * 40},
         "refs/heads/main was deleted: there is nothing to judge",
         "leave deletions out, with `if: github.event.deleted == false`"),
    ],
)
def test_a_push_counts_on_the_default_branch_and_to_tags(
    payload: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as refused:
        read("push", payload)
    assert (refused.value.message, refused.value.help) == (message, hint)


@pytest.mark.parametrize("sha", [None, "", "HEAD", ONE[:39], ONE + "1", ONE.replace("1", "G"), 1,
                                 f"{ONE}\n", "A" * 40, ["x"]])
@pytest.mark.parametrize("name", ["pull_request", "merge_group", "push"])
def test_what_is_no_commit_id_is_refused(name: str, sha: object) -> None:
    payload = {"pull_request": pull_request(head={"sha": sha}),
               "merge_group": {"merge_group": {"head_sha": sha, "base_sha": TWO}},
               "push": {**PUSH, "after": sha}}[name]
    with pytest.raises(UsageError, match=f"the {name} payload names no commit"):
        read(name, payload)


@pytest.mark.parametrize("payload", [{}, {"pull_request": None}, {"pull_request": {"head": None}},
                                     {"pull_request": {}}, {"merge_group": {}}])
def test_a_payload_without_its_part_is_refused(payload: dict[str, Any]) -> None:
    for name in ("pull_request", "merge_group"):
        with pytest.raises(UsageError, match="names no commit"):
            read(name, payload)


@pytest.mark.parametrize(("name", "payload"), [
    ("pull_request", {"pull_request": "x"}), ("pull_request", {"pull_request": {"head": [1]}}),
    ("push", {**PUSH, "repository": "x"}), ("push", [PUSH]), ("merge_group", None)])
def test_a_payload_of_another_shape_is_refused(name: str, payload: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        read(name, payload)
