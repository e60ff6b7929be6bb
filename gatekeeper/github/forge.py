"""What a guest on GitHub needs of it: the port, its values, and how it says no.

The adapter is `adapters/github.py`. Whatever a person wrote (a body, a login, a branch's name) is
hostile text here; an account that is gone has the login "".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gatekeeper.errors import CouldNotMeasure


class ForgeError(CouldNotMeasure):
    """GitHub could not be asked, or its answer cannot be used."""


class Denied(ForgeError):
    """This token may not (403): a fork's, Dependabot's, or one with too few permissions."""

    def __init__(self, message: str, permission: str) -> None:
        super().__init__(message, f"grant the job `permissions: {permission}`" if permission else
                         "give the job a token that may")
        self.permission = permission
        """What GitHub says is missing, as a workflow writes it: `checks: write`; may be empty."""


class NotThere(ForgeError):
    """Not there, or not to be seen with this token (404)."""


class Unsure(ForgeError):
    """A write whose answer does not tell whether it was done."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment of a pull request."""

    id: int
    author: str
    body: str
    url: str


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request as it is now."""

    number: int
    state: str
    """`open` or `closed`."""
    author: str
    head_sha: str
    head_repo: str
    """`owner/name`; empty where the fork is gone."""
    head_ref: str
    base_ref: str
    base_sha: str


@dataclass(frozen=True, slots=True)
class ReviewSeen:
    """One review, as submitted."""

    login: str
    state: str
    """`APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED` or `PENDING`."""
    commit: str
    """The commit it was given on; empty where that is gone."""
    at: str
    """When, in ISO 8601, UTC."""


@dataclass(frozen=True, slots=True)
class CheckSeen:
    """One check run."""

    id: int
    name: str
    url: str
    external_id: str
    app: str
    """Slug of the app whose token made it."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job of a workflow run."""

    name: str
    """As a required check names it."""
    runner: str
    status: str


@dataclass(frozen=True, slots=True)
class Artifact:
    """One artifact of a workflow run."""

    id: int
    name: str
    size: int
    """Bytes, as GitHub keeps it."""


class Forge(Protocol):
    """One repository on GitHub. Every method may raise ForgeError, Denied or NotThere."""

    def pull(self, number: int) -> Pull:
        """One pull request."""

    def pulls_from(self, owner: str, branch: str) -> tuple[Pull, ...]:
        """The open pull requests from one branch, of whichever fork."""

    def comments(self, number: int) -> Iterator[Comment]:
        """Every comment of a pull request, oldest first, page by page."""

    def add_comment(self, number: int, body: str, ours: Callable[[Comment], bool]) -> Comment:
        """A new comment. After an answer that leaves open whether it was made, `ours` finds it."""

    def edit_comment(self, comment: int, body: str) -> Comment | None:
        """Another body; None where the comment is gone."""

    def remove_comment(self, comment: int) -> None:
        """Remove one; gone already is as good."""

    def reviews(self, number: int) -> tuple[ReviewSeen, ...]:
        """Every review, oldest first."""

    def permission(self, login: str) -> str:
        """`admin`, `maintain`, `write`, `triage`, `read` or `none`."""

    def in_team(self, team: str, login: str) -> bool:
        """Whether somebody is an active member of `org/team`."""

    def checks(self, sha: str, name: str) -> tuple[CheckSeen, ...]:
        """The latest check runs of one name on one commit."""

    def add_check(self, body: Mapping[str, Any]) -> CheckSeen:
        """A new check run; `body` is GitHub's (name, head_sha, conclusion, output, …)."""

    def edit_check(self, check: int, body: Mapping[str, Any]) -> CheckSeen:
        """More annotations, or another output; what is left out of `output` is emptied."""

    def jobs(self, run: int, attempt: int) -> tuple[Job, ...]:
        """The jobs of one attempt of a workflow run."""

    def rules(self, branch: str) -> list[Mapping[str, Any]]:
        """Every active rule of a branch, of repository and organisation, as GitHub has them."""

    def branch(self, branch: str) -> Mapping[str, Any]:
        """A branch with the readers' view of its classic protection."""

    def tip(self, branch: str) -> str:
        """The commit a branch is at."""

    def rulesets(self) -> list[Mapping[str, Any]]:
        """The repository's own rulesets, without their rules."""

    def ruleset(self, ruleset: int) -> Mapping[str, Any]:
        """One ruleset with its rules."""

    def put_ruleset(self, ruleset: int | None, body: Mapping[str, Any]) -> str:
        """Make or replace a ruleset; its address."""

    def default_branch(self) -> str:
        """The repository's default branch."""

    def repository_id(self) -> int:
        """The number by which rules name the repository."""

    def base_changed_at(self, number: int) -> str:
        """When a pull request was last turned to another base branch, in ISO 8601; empty where it
        never was."""

    def file(self, path: str, ref: str) -> bytes | None:
        """One file at a commit or branch; None where it is not there."""

    def artifacts(self, run: int) -> tuple[Artifact, ...]:
        """The artifacts of a workflow run."""

    def artifact(self, artifact: int, limit: int) -> bytes:
        """One artifact, a zip file of at most `limit` bytes."""
