"""What started this run: a desk, or an event of GitHub's. Pure: environment and payload in.

Payloads: docs.github.com, "Events that trigger workflows" and "Webhook events and payloads".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gatekeeper.errors import UsageError

SUPPORTED = ("pull_request", "pull_request_target", "merge_group", "push", "release",
             "workflow_dispatch")
"""Events that are judged; `workflow_run` is reported, see `reported.py`."""
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_QUEUED = re.compile(r"refs/heads/gh-readonly-queue/.+/pr-([0-9]+)-[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Event:
    """The event of a run. Names are a person's to choose, and hostile text."""

    name: str
    """`desk`, or GitHub's name."""
    blocks: str = "merge"
    """Which gates decide: `merge` or `release`."""
    head_sha: str = ""
    """Where results belong: never the test merge's commit."""
    base_sha: str = ""
    """Empty where base is the default branch's tip, or the last release."""
    rooted: bool = False
    """The commit is on a protected branch, or tagged: its own policy decides."""
    number: int = 0
    """The pull request; 0 where there is none."""
    fork: bool = False
    """Head comes from another repository than base, or from one that is gone."""
    base_ref: str = ""
    """The branch that is merged into, or pushed to."""
    default_ref: str = ""
    """The repository's default branch."""
    ref: str = ""
    """The branch that a dispatched run was started on."""
    actor: str = ""
    """Who started it."""


DESK = Event("desk")


def read_event(environment: Mapping[str, str], payload: Any) -> Event:
    """The event of a workflow run; UsageError for one that this version does not judge, and for a
    payload that is not GitHub's."""
    name = environment.get("GITHUB_EVENT_NAME", "")
    if name not in SUPPORTED:
        raise UsageError(f"the event `{name}` is not one gatekeeper judges",
                         f"run it on: {', '.join(SUPPORTED)}")
    if not isinstance(payload, Mapping):
        payload = {}
    if name == "push":
        return _push(payload)
    if name == "release":
        return Event(name, blocks="release", head_sha=_sha(environment.get("GITHUB_SHA"), name),
                     rooted=True)
    default = str(part_of(payload, "repository").get("default_branch") or "")
    if name == "workflow_dispatch":
        return _dispatch(payload, environment, default)
    if name == "merge_group":
        return _merge_group(part_of(payload, name), default)
    return _pull_request(name, part_of(payload, "pull_request"), default)


def part_of(payload: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object inside a payload; an empty one where it is absent or something else."""
    part = payload.get(name)
    return part if isinstance(part, Mapping) else {}


def _pull_request(name: str, pull: Mapping[str, Any], default: str) -> Event:
    head, base = part_of(pull, "head"), part_of(pull, "base")
    theirs, ours = (part_of(side, "repo").get("full_name") for side in (head, base))
    return Event(name, head_sha=_sha(head.get("sha"), name), base_sha=_sha(base.get("sha"), name),
                 number=_number(pull.get("number"), name), fork=not theirs or theirs != ours,
                 base_ref=str(base.get("ref") or ""), default_ref=default,
                 actor=str(part_of(pull, "user").get("login") or ""))


def _merge_group(group: Mapping[str, Any], default: str) -> Event:
    """A group names no pull request; its branch does (the last one of the group)."""
    queued = _QUEUED.fullmatch(str(group.get("head_ref") or ""))
    return Event("merge_group", head_sha=_sha(group.get("head_sha"), "merge_group"),
                 base_sha=_sha(group.get("base_sha"), "merge_group"),
                 number=int(queued[1]) if queued else 0,
                 base_ref=_branch(str(group.get("base_ref") or "")), default_ref=default)


def _push(payload: Mapping[str, Any]) -> Event:
    ref = str(payload.get("ref") or "")
    default = part_of(payload, "repository").get("default_branch")
    if payload.get("deleted"):
        raise UsageError(f"{ref} was deleted: there is nothing to judge",
                         "leave deletions out, with `if: github.event.deleted == false`")
    if not ref.startswith("refs/tags/") and ref != f"refs/heads/{default}":
        raise UsageError(f"a push to `{ref}` is judged as a pull request, not as a push",
                         f"run it on pushes to `{default}` and to tags")
    # `after` of an annotated tag is the tag's own object, and no check can be written on that.
    head = part_of(payload, "head_commit").get("id") or payload.get("after")
    return Event("push", blocks="release", head_sha=_sha(head, "push"), rooted=True,
                 base_ref=_branch(ref))


def _dispatch(
    payload: Mapping[str, Any], environment: Mapping[str, str], default: str
) -> Event:
    """Started by hand: on the default branch or a tag as a push there, elsewhere as the pull
    request of that branch."""
    ref = str(payload.get("ref") or environment.get("GITHUB_REF") or "")
    rooted = ref.startswith("refs/tags/") or ref == f"refs/heads/{default}"
    return Event("workflow_dispatch", blocks="release" if rooted else "merge",
                 head_sha=_sha(environment.get("GITHUB_SHA"), "workflow_dispatch"), rooted=rooted,
                 ref=_branch(ref), default_ref=default,
                 actor=str(part_of(payload, "sender").get("login") or ""))


def _branch(ref: str) -> str:
    return ref.removeprefix("refs/heads/")


def _number(value: object, event: str) -> int:
    if isinstance(value, int) and value > 0:
        return value
    raise UsageError(f"the {event} payload has no number", "this is not GitHub's own payload")


def _sha(value: object, event: str) -> str:
    if isinstance(value, str) and _SHA.fullmatch(value):
        return value
    raise UsageError(f"the {event} payload names no commit", "this is not GitHub's own payload")
