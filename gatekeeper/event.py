"""What started this run: a desk, or an event of GitHub's. Pure: environment and payload in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gatekeeper.errors import UsageError

SUPPORTED = ("pull_request", "merge_group", "push")
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class Event:
    """The event of a run."""

    name: str
    """`desk`, or GitHub's name."""
    blocks: str = "merge"
    """Which gates decide: `merge` or `release`."""
    head_sha: str = ""
    """Where results belong: never the test merge's commit."""
    base_sha: str = ""
    rooted: bool = False
    """The commit is on a protected branch, or tagged: its own policy decides."""


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
    part = _part(payload, name)
    if name == "merge_group":
        return Event(name, head_sha=_sha(part.get("head_sha"), name),
                     base_sha=_sha(part.get("base_sha"), name))
    return Event(name, head_sha=_sha(_part(part, "head").get("sha"), name),
                 base_sha=_sha(_part(part, "base").get("sha"), name))


def _part(payload: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object inside a payload; an empty one where it is absent or something else."""
    part = payload.get(name)
    return part if isinstance(part, Mapping) else {}


def _push(payload: Mapping[str, Any]) -> Event:
    ref = str(payload.get("ref") or "")
    default = _part(payload, "repository").get("default_branch")
    if payload.get("deleted"):
        raise UsageError(f"{ref} was deleted: there is nothing to judge",
                         "leave deletions out, with `if: github.event.deleted == false`")
    if not ref.startswith("refs/tags/") and ref != f"refs/heads/{default}":
        raise UsageError(f"a push to `{ref}` is judged as a pull request, not as a push",
                         f"run it on pushes to `{default}` and to tags")
    return Event("push", blocks="release", head_sha=_sha(payload.get("after"), "push"),
                 rooted=True)


def _sha(value: object, event: str) -> str:
    if isinstance(value, str) and _SHA.fullmatch(value):
        return value
    raise UsageError(f"the {event} payload names no commit", "this is not GitHub's own payload")
