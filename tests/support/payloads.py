"""Events as GitHub sends them: its published examples, and what is derived from them.

The examples are `@octokit/webhooks-examples`. None is of a fork or of Dependabot, and some lack
what GitHub has added since. `pull_request_target` has the payload of `pull_request`.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.npm import node_modules

Payload = dict[str, Any]
REPOSITORY, FORK = "acme/assistant", "mallory/assistant"
HEAD, BASE, NONE = "a" * 40, "b" * 40, "0" * 40


@cache
def _index(folder: Path) -> dict[str, str]:
    """Event -> its examples, still as text, so that each reading is a copy."""
    index = json.loads((folder / "index.json").read_text("utf-8"))
    return {one["name"]: json.dumps(one["examples"]) for one in index}


def hosts() -> list[str]:
    """Where examples were published from: GitHub itself, and versions of GHES."""
    folder = node_modules() / "@octokit" / "webhooks-examples"
    return sorted(path.parent.name for path in folder.glob("*/index.json"))


def examples(event: str, host: str = "api.github.com") -> list[Payload]:
    """All published examples of an event; none where the host had no such event."""
    index = _index(node_modules() / "@octokit" / "webhooks-examples" / host)
    found: list[Payload] = json.loads(index.get(event, "[]"))
    return found


def example(event: str, **wanted: object) -> Payload:
    """The first example that has these values at its top, in the repository of our tests."""
    found = next(one for one in examples(event)
                 if all(one.get(key) == value for key, value in wanted.items()))
    published = found["repository"]["full_name"]
    payload: Payload = json.loads(json.dumps(found).replace(published, REPOSITORY))
    _name(payload["repository"], REPOSITORY)
    payload["repository"]["default_branch"] = "main"
    return payload


def _name(repository: Payload, name: str) -> None:
    owner, _, short = name.partition("/")
    repository |= {"full_name": name, "name": short, "fork": name != REPOSITORY}
    repository["owner"]["login"] = owner


def pull_request(
    number: int = 1, head: str = HEAD, base: str = BASE, *, action: str = "synchronize",
    head_ref: str = "feature", base_ref: str = "main", head_repo: str | None = REPOSITORY,
    author: str = "ann",
) -> Payload:
    """A pull request; of a fork where `head_repo` is one, of a deleted fork where it is None."""
    payload = example("pull_request", action=action)
    pull = payload["pull_request"]
    payload["number"] = pull["number"] = number
    payload["sender"]["login"] = pull["user"]["login"] = author
    if action == "synchronize":
        payload["after"] = head
    for side, sha, ref in (("head", head, head_ref), ("base", base, base_ref)):
        pull[side] |= {"sha": sha, "ref": ref}
    _name(pull["base"]["repo"], REPOSITORY)
    owner = (head_repo or "unknown/").split("/")[0]
    pull["head"]["label"] = f"{owner}:{head_ref}"
    pull["head"]["user"]["login"] = owner
    if head_repo is None:
        pull["head"] |= {"repo": None, "user": None}
    else:
        _name(pull["head"]["repo"], head_repo)
    return payload


def forked(number: int = 1, head: str = HEAD, base: str = BASE, **more: Any) -> Payload:
    """A pull request of a fork."""
    return pull_request(number, head, base, head_repo=FORK, author="mallory", **more)


def dependabot(number: int = 1, head: str = HEAD, base: str = BASE, **more: Any) -> Payload:
    """A pull request of Dependabot's: no fork, and with as few rights as one."""
    payload = pull_request(number, head, base, author="dependabot[bot]",
                           head_ref="dependabot/pip/requests-2.32.4", **more)
    for account in (payload["sender"], payload["pull_request"]["user"]):
        account["type"] = "Bot"
    return payload


def push(ref: str = "refs/heads/main", before: str = BASE, after: str = HEAD) -> Payload:
    """A push to a branch or tag. Zeros before: it is new; zeros after: it was deleted."""
    created, deleted = before == NONE, after == NONE
    payload = example("push", deleted=deleted)
    payload |= {"ref": ref, "before": before, "after": after, "created": created,
                "base_ref": None}
    if payload["head_commit"]:
        payload["head_commit"]["id"] = after
    return payload


def merge_group(number: int = 1, head: str = HEAD, base: str = BASE,
                base_ref: str = "main") -> Payload:
    """A merge group that ends with a pull request."""
    payload = example("merge_group", action="checks_requested")
    payload["merge_group"] |= {
        "head_sha": head, "base_sha": base, "base_ref": f"refs/heads/{base_ref}",
        "head_ref": f"refs/heads/gh-readonly-queue/{base_ref}/pr-{number}-{base}"}
    return payload


def workflow_run(
    head: str = HEAD, head_branch: str = "feature", head_repo: str = FORK, *, run: int = 7,
    attempt: int = 1, event: str = "pull_request", conclusion: str = "success",
    path: str = ".github/workflows/gate.yml",
) -> Payload:
    """The end of another workflow's run. For a fork's GitHub names no pull requests."""
    payload = example("workflow_run", action="completed")
    payload["workflow_run"] |= {
        "id": run, "run_attempt": attempt, "event": event, "status": "completed", "path": path,
        "conclusion": conclusion, "head_sha": head, "head_branch": head_branch,
        "pull_requests": [], "actor": payload["sender"], "triggering_actor": payload["sender"]}
    _name(payload["workflow_run"]["repository"], REPOSITORY)
    _name(payload["workflow_run"]["head_repository"], head_repo)
    return payload


def workflow_dispatch(ref: str = "refs/heads/main", sender: str = "ann",
                      **inputs: str) -> Payload:
    """A run that somebody started by hand."""
    payload = example("workflow_dispatch")
    payload |= {"ref": ref, "inputs": inputs}
    payload["sender"]["login"] = sender
    return payload


def release(tag: str = "v1.0", action: str = "published") -> Payload:
    """A release."""
    payload = example("release", action=action)
    payload["release"]["tag_name"] = tag
    return payload
