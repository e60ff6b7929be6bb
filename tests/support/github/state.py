"""The facts of one repository, and how a test sets them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.support.github.tokens import Kind, Token, make_token

Record = dict[str, Any]
UNKNOWN_COMMIT = "0" * 40


@dataclass
class Facts:
    """One repository. What a test may read or set directly is an attribute."""

    clock: Callable[[], float]
    repo: str = "acme/assistant"
    default_branch: str = "main"
    unreadable: int = 404
    """How a token is refused what it may not even read; GitHub does 404 and 403."""
    tokens: dict[str, Token] = field(default_factory=dict)
    pulls: dict[int, Record] = field(default_factory=dict)
    all_comments: dict[int, Record] = field(default_factory=dict)
    """By id: `number`, `author` (None where the account is gone), `body`, and when."""
    reviews: list[Record] = field(default_factory=list)
    turns: list[Record] = field(default_factory=list)
    """When pull requests were turned to another base branch."""
    roles: dict[str, str] = field(default_factory=dict)
    """Login -> `admin`, `maintain`, `write`, `triage`, `read`, `none` or a custom role."""
    teams: dict[tuple[str, str], str] = field(default_factory=dict)
    """(`org/team`, login) -> `active` or `pending`."""
    check_runs: list[Record] = field(default_factory=list)
    """What tokens made, as last written; `annotations` has all that were ever added."""
    jobs: list[Record] = field(default_factory=list)
    branches: dict[str, str] = field(default_factory=dict)
    """Name -> its tip."""
    rules: dict[str, list[Record]] = field(default_factory=dict)
    """Branch -> rules that apply beside those of `rulesets`: an organisation's, say."""
    protection: dict[str, Record] = field(default_factory=dict)
    """Branch -> its classic protection."""
    rulesets: list[Record] = field(default_factory=list)
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """(branch or commit, path) -> content."""
    artifacts: list[Record] = field(default_factory=list)
    runs: dict[int, Record] = field(default_factory=dict)
    """Workflow runs by number: `event`, `path`, `head_sha`, `head_branch`, `head_repo`."""
    git: Path | None = None
    """A bare repository: commits, tags and refs are its."""
    releases: list[Record] = field(default_factory=list)
    """As last written, `assets` with their `content`."""
    immutable_releases: bool = False
    burned: set[str] = field(default_factory=set)
    """Tags that an immutable release had."""
    untaggable: set[str] = field(default_factory=set)
    """Commits whose workflows the default branch does not have."""
    dispatches: list[tuple[str, str]] = field(default_factory=list)
    """(workflow's file, ref) of runs that were started."""
    chosen_latest: int = 0
    """Number of the release that somebody made the latest; 0 where nobody chose."""
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1001))

    @property
    def repository(self) -> Path:
        """The bare repository; a test that asks for one has to set it."""
        assert self.git is not None, "the stand-in has no git repository"
        return self.git

    def next_id(self) -> int:
        """The next number; there is one row of them for everything."""
        return next(self._ids)

    def now(self) -> str:
        """The time as GitHub writes it."""
        return datetime.fromtimestamp(self.clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def add_token(self, token: str, permissions: dict[str, str],
                  login: str = "github-actions[bot]", kind: Kind = "workflow") -> None:
        """Let a token in. Permissions are named as in a workflow file."""
        self.tokens[token] = make_token(permissions, login, kind)

    def add_pull(
        self, number: int, head_sha: str, base_sha: str, head_ref: str = "feature",
        base_ref: str = "main", head_repo: str | None = "acme/assistant",
        author: str | None = "ann", state: str = "open",
    ) -> None:
        """A pull request; `head_repo` is None where the fork is gone."""
        self.pulls[number] = {
            "id": self.next_id(), "number": number, "head_sha": head_sha, "base_sha": base_sha,
            "head_ref": head_ref, "base_ref": base_ref, "head_repo": head_repo, "author": author,
            "state": state, "created_at": self.now(), "head_owner": (head_repo or "").split("/")[0]}
        self.branches.setdefault(base_ref, base_sha)
        if head_repo == self.repo:
            self.branches[head_ref] = head_sha

    def merge(self, number: int, sha: str, *labels: str) -> None:
        """A pull request is merged as a commit."""
        self.pulls[number] |= {"state": "closed", "merge_sha": sha, "merged_at": self.now(),
                               "labels": labels}

    def move_head(self, number: int, sha: str) -> None:
        """A push to a pull request's branch."""
        pull = self.pulls[number]
        pull["head_sha"] = sha
        if pull["head_repo"] == self.repo:
            self.branches[pull["head_ref"]] = sha

    def turn_base(self, number: int, branch: str) -> None:
        """Turn a pull request to another base branch."""
        self.pulls[number]["base_ref"] = branch
        self.turns.append({"id": self.next_id(), "number": number, "at": self.now()})

    def add_comment(self, number: int, author: str | None, body: str) -> int:
        """A comment; its id. The author is None where the account is gone."""
        made = self.next_id()
        self.all_comments[made] = {
            "id": made, "number": number, "author": author, "body": body,
            "created_at": self.now(), "updated_at": self.now()}
        return made

    def comments(self, number: int) -> list[Record]:
        """A pull request's comments, oldest first: `id`, `author`, `body`, …"""
        return [one for one in self.all_comments.values() if one["number"] == number]

    def add_review(self, number: int, login: str | None, state: str, commit: str | None,
                   body: str = "") -> int:
        """A review; its id."""
        self.reviews.append({"id": self.next_id(), "number": number, "author": login, "body": body,
                             "state": state, "commit": commit, "submitted_at": self.now()})
        return int(self.reviews[-1]["id"])

    def set_permission(self, login: str, role: str) -> None:
        """What an account may do here; GitHub knows no other accounts."""
        self.roles[login] = role

    def add_team_member(self, team: str, login: str, state: str = "active") -> None:
        """A member of `org/team`."""
        self.teams[team, login] = state

    def add_check_run(self, name: str, head_sha: str, app: str = "github-actions",
                      **given: Any) -> int:
        """A check run that somebody else made; its id. What is not given is of a success."""
        self.check_runs.append({
            "id": self.next_id(), "name": name, "head_sha": head_sha, "app": app,
            "status": "completed", "conclusion": "success", "external_id": "", "details_url": None,
            "started_at": self.now(), "completed_at": self.now(), "output": {}, "actions": [],
            "annotations": [], **given})
        return int(self.check_runs[-1]["id"])

    def add_job(self, run: int, attempt: int, name: str, runner_name: str, status: str,
                head_sha: str = UNKNOWN_COMMIT) -> int:
        """A job of a workflow run; its id, which is that of its check run too."""
        self.jobs.append({"id": self.next_id(), "run": run, "attempt": attempt, "name": name,
                          "runner_name": runner_name, "status": status, "head_sha": head_sha,
                          "conclusion": "success" if status == "completed" else None,
                          "started_at": self.now()})
        return int(self.jobs[-1]["id"])

    def add_run(self, run: int, event: str, head_sha: str, *, head_branch: str = "main",
                path: str = ".github/workflows/gate.yml",
                head_repo: str | None = "acme/assistant") -> None:
        """A workflow run."""
        self.runs[run] = {"event": event, "head_sha": head_sha, "head_branch": head_branch,
                          "path": path, "head_repo": head_repo, "created_at": self.now()}

    def add_artifact(self, run: int, name: str, content: bytes, expired: bool = False) -> int:
        """An artifact of a workflow run, a zip file; its id."""
        self.artifacts.append({"id": self.next_id(), "run": run, "name": name, "content": content,
                               "expired": expired, "created_at": self.now()})
        return int(self.artifacts[-1]["id"])
