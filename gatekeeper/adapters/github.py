"""One repository on GitHub; see `forge.Forge`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from gatekeeper.adapters.github_transport import Transport
from gatekeeper.github.forge import (
    Artifact,
    CheckSeen,
    Comment,
    ForgeError,
    Job,
    NotThere,
    Pull,
    ReviewSeen,
    Unsure,
)
from gatekeeper.ports import Progress

WRITES = 3
"""Times a write is tried whose answers leave open whether it was done."""
T = TypeVar("T")


class GitHub:
    """One repository, seen and written with one token."""

    def __init__(
        self, api_url: str, repository: str, token: str, progress: Progress,
        redact: Callable[[str], str], sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._transport = Transport(api_url, token, progress, sleep, clock)
        self._redact = redact
        self._repo = f"repos/{repository}"

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()

    def _get(self, path: str, read: Callable[[Any], T]) -> T:
        return _read(read, self._transport.get(f"{self._repo}/{path}"))

    def _pages(self, read: Callable[[Any], T], path: str, key: str = "",
               **params: str | int) -> Iterator[T]:
        for one in self._transport.pages(f"{self._repo}/{path}", key, **params):
            yield _read(read, one)

    def _write(self, method: str, path: str, body: Mapping[str, Any],
               read: Callable[[Any], T], once: bool = False) -> T:
        sent = {name: _redacted(one, self._redact) for name, one in body.items()}
        return _read(read, self._transport.write(method, f"{self._repo}/{path}", sent, once))

    def _once(self, method: str, path: str, body: Mapping[str, Any], read: Callable[[Any], T],
              look: Callable[[], T | None]) -> T:
        """A write that is never done twice: before another try, `look` says whether it was done."""
        for left in reversed(range(WRITES)):
            try:
                return self._write(method, path, body, read, once=True)
            except Unsure:
                done = look()
                if done is not None:
                    return done
                if not left:
                    raise
        raise AssertionError("the last try returns or raises")

    def pull(self, number: int) -> Pull:
        """One pull request."""
        return self._get(f"pulls/{number}", _pull)

    def pulls_from(self, owner: str, branch: str) -> tuple[Pull, ...]:
        """The open pull requests from one branch, of whichever fork."""
        return tuple(self._pages(_pull, "pulls", state="open", head=f"{owner}:{branch}"))

    def comments(self, number: int) -> Iterator[Comment]:
        """Every comment of a pull request, oldest first, page by page."""
        return self._pages(_comment, f"issues/{number}/comments")

    def add_comment(self, number: int, body: str, ours: Callable[[Comment], bool]) -> Comment:
        """A new comment. After an answer that leaves open whether it was made, `ours` finds it."""
        return self._once("POST", f"issues/{number}/comments", {"body": body}, _comment,
                          lambda: next(filter(ours, self.comments(number)), None))

    def edit_comment(self, comment: int, body: str) -> Comment | None:
        """Another body; None where the comment is gone."""
        try:
            return self._write("PATCH", f"issues/comments/{comment}", {"body": body}, _comment)
        except NotThere:
            return None

    def remove_comment(self, comment: int) -> None:
        """Remove one; gone already is as good."""
        try:
            self._transport.write("DELETE", f"{self._repo}/issues/comments/{comment}")
        except NotThere:
            return

    def reviews(self, number: int) -> tuple[ReviewSeen, ...]:
        """Every review, oldest first."""
        return tuple(self._pages(_review, f"pulls/{number}/reviews"))

    def permission(self, login: str) -> str:
        """`admin`, `maintain`, `write`, `triage`, `read` or `none`."""
        try:
            return self._get(f"collaborators/{quote(login, safe='')}/permission", _role)
        except NotThere:  # no account of that name any more
            return "none"

    def in_team(self, team: str, login: str) -> bool:
        """Whether somebody is an active member of `org/team`."""
        org, name, one = (quote(part, safe="") for part in (*team.split("/", 1), login))
        place = f"orgs/{org}/teams/{name}"
        try:
            membership = self._transport.get(f"{place}/memberships/{one}")
        except NotThere:
            # No member, or a token that may not see the team: that would be no answer.
            self._transport.get(f"{place}/members", per_page=1)
            return False
        return _read(lambda data: str(data["state"]), membership) == "active"

    def checks(self, sha: str, name: str) -> tuple[CheckSeen, ...]:
        """The latest check runs of one name on one commit."""
        return tuple(self._pages(_check, f"commits/{sha}/check-runs", "check_runs",
                                 check_name=name, filter="latest"))

    def add_check(self, body: Mapping[str, Any]) -> CheckSeen:
        """A new check run; `body` is GitHub's (name, head_sha, conclusion, output, …)."""

        def made() -> CheckSeen | None:
            seen = self.checks(str(body["head_sha"]), str(body["name"]))
            return next((one for one in seen if one.external_id == body["external_id"]), None)

        return self._once("POST", "check-runs", body, _check, made)

    def edit_check(self, check: int, body: Mapping[str, Any]) -> CheckSeen:
        """More annotations, or another output; what is left out of `output` is emptied."""
        path = f"check-runs/{check}"
        added = body.get("output", {}).get("annotations")
        if not added:
            return self._write("PATCH", path, body, _check)

        def done() -> CheckSeen | None:
            seen = self._pages(_mapping, f"{path}/annotations")
            is_there = any(_same_annotation(one, added[-1]) for one in seen)
            return self._get(path, _check) if is_there else None

        return self._once("PATCH", path, body, _check, done)

    def jobs(self, run: int, attempt: int) -> tuple[Job, ...]:
        """The jobs of one attempt of a workflow run."""
        return tuple(self._pages(_job, f"actions/runs/{run}/attempts/{attempt}/jobs", "jobs"))

    def rules(self, branch: str) -> list[Mapping[str, Any]]:
        """Every active rule of a branch, of repository and organisation, as GitHub has them."""
        return list(self._pages(_mapping, f"rules/branches/{quote(branch, safe='')}"))

    def branch(self, branch: str) -> Mapping[str, Any]:
        """A branch with the readers' view of its classic protection."""
        return self._get(f"branches/{quote(branch, safe='')}", _mapping)

    def tip(self, branch: str) -> str:
        """The commit a branch is at."""
        return self._get(f"branches/{quote(branch, safe='')}",
                         lambda data: str(data["commit"]["sha"]))

    def rulesets(self) -> list[Mapping[str, Any]]:
        """The repository's own rulesets, without their rules."""
        return list(self._pages(_mapping, "rulesets", includes_parents="false"))

    def ruleset(self, ruleset: int) -> Mapping[str, Any]:
        """One ruleset with its rules."""
        return self._get(f"rulesets/{ruleset}", _mapping)

    def put_ruleset(self, ruleset: int | None, body: Mapping[str, Any]) -> str:
        """Make or replace a ruleset; its address."""

        def made() -> str | None:
            named = (one for one in self.rulesets() if one.get("name") == body["name"])
            return next((_address(one) for one in named), None)

        if ruleset is None:
            return self._once("POST", "rulesets", body, _address, made)
        return self._write("PUT", f"rulesets/{ruleset}", body, _address)

    def default_branch(self) -> str:
        """The repository's default branch."""
        repository = self._transport.get(self._repo)
        return _read(lambda data: str(data["default_branch"]), repository)

    def repository_id(self) -> int:
        """The number by which rules name the repository."""
        return _read(lambda data: int(data["id"]), self._transport.get(self._repo))

    def base_changed_at(self, number: int) -> str:
        """When a pull request was last turned to another base branch."""
        events = self._pages(lambda one: (str(one["event"]), str(one["created_at"])),
                             f"issues/{number}/events")
        return max((at for event, at in events if event == "base_ref_changed"), default="")

    def file(self, path: str, ref: str) -> bytes | None:
        """One file at a commit or branch; None where it is not there."""
        try:
            answer = self._transport.send("GET", f"{self._repo}/contents/{quote(path, safe='')}",
                                          params={"ref": ref},
                                          accept="application/vnd.github.raw+json")
        except NotThere:
            return None
        return answer.content

    def artifacts(self, run: int) -> tuple[Artifact, ...]:
        """The artifacts of a workflow run."""
        found = self._pages(_artifact, f"actions/runs/{run}/artifacts", "artifacts")
        return tuple(artifact for artifact, expired in found if not expired)

    def artifact(self, artifact: int, limit: int) -> bytes:
        """One artifact, a zip file of at most `limit` bytes. The place it is kept at is another
        host, which does not get the token."""
        content = self._transport.read(f"{self._repo}/actions/artifacts/{artifact}/zip", limit)
        if content is None:
            raise ForgeError(f"the artifact is larger than {limit} bytes")
        return content


def _redacted(value: Any, redact: Callable[[str], str]) -> Any:
    """What is sent, with every text of it redacted."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {name: _redacted(one, redact) for name, one in value.items()}
    return [_redacted(one, redact) for one in value] if isinstance(value, list) else value


def _read(read: Callable[[Any], T], data: Any) -> T:
    """A value of GitHub's; ForgeError where it is not what GitHub documents."""
    try:
        return read(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ForgeError(f"GitHub's answer cannot be read: {error!r}") from None


def _login(data: Any) -> str:
    return str((data or {}).get("login") or "")


def _mapping(data: Any) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise TypeError(f"{type(data).__name__} in place of an object")
    return data


def _role(data: Any) -> str:
    return str(data.get("role_name") or data["permission"])


def _address(data: Any) -> str:
    links = data.get("_links") or {}
    return str((links.get("html") or {}).get("href") or data["id"])


def _comment(data: Any) -> Comment:
    return Comment(int(data["id"]), _login(data["user"]), str(data.get("body") or ""),
                   str(data["html_url"]))


def _pull(data: Any) -> Pull:
    head, base = data["head"], data["base"]
    return Pull(int(data["number"]), str(data["state"]), _login(data["user"]), str(head["sha"]),
                str((head["repo"] or {}).get("full_name") or ""), str(head["ref"]),
                str(base["ref"]), str(base["sha"]))


def _review(data: Any) -> ReviewSeen:
    return ReviewSeen(_login(data["user"]), str(data["state"]), str(data.get("commit_id") or ""),
                      str(data.get("submitted_at") or ""))


def _job(data: Any) -> Job:
    return Job(str(data["name"]), str(data.get("runner_name") or ""), str(data["status"]))


def _artifact(data: Any) -> tuple[Artifact, bool]:
    """An artifact, and whether it has expired."""
    return (Artifact(int(data["id"]), str(data["name"]), int(data["size_in_bytes"])),
            bool(data["expired"]))


def _same_annotation(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(str(one.get(key) or "").strip() == str(other.get(key) or "").strip()
               for key in ("path", "start_line", "title", "message"))


def _check(data: Any) -> CheckSeen:
    return CheckSeen(int(data["id"]), str(data["name"]), str(data.get("html_url") or ""),
                     str(data.get("external_id") or ""), str((data.get("app") or {}).get("slug")
                                                             or ""))
