"""A run that another workflow's end tells of: `workflow_run`, in the default branch's own workflow.

Identity is taken from the event, which GitHub writes. What the run left behind was written by
whoever wrote the change: it is data, and names nobody (docs.github.com, "Securely using
pull_request_target", "Security hardening for GitHub Actions"). Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gatekeeper.errors import UsageError
from gatekeeper.github.event import part_of
from gatekeeper.github.forge import Pull
from gatekeeper.report.visit import DEPENDABOT

EVENT = "workflow_run"
JUDGED = ("pull_request",)
"""Events whose runs cannot report by themselves where they are of a fork."""


@dataclass(frozen=True, slots=True)
class Reported:
    """The run that ended."""

    run: int
    attempt: int
    event: str
    """What started it."""
    head_sha: str
    head_repo: str
    """`owner/name`; empty where the fork is gone."""
    head_ref: str
    began: int
    """Seconds since 1970; 0 where the event does not say."""

    @property
    def owner(self) -> str:
        """Whose repository the head is in."""
        return self.head_repo.partition("/")[0]


def read_reported(payload: Mapping[str, Any]) -> Reported:
    """The run out of the event's payload; UsageError where it is not GitHub's."""
    run = part_of(payload, EVENT)
    number, attempt = run.get("id"), run.get("run_attempt")
    if not isinstance(number, int) or not isinstance(attempt, int):
        raise UsageError("the workflow_run payload names no run",
                         "this is not GitHub's own payload")
    return Reported(
        run=number, attempt=attempt, event=str(run.get("event") or ""),
        head_sha=str(run.get("head_sha") or ""),
        head_repo=str(part_of(run, "head_repository").get("full_name") or ""),
        head_ref=str(run.get("head_branch") or ""),
        began=_seconds(str(run.get("run_started_at") or "")),
    )


def _seconds(when: str) -> int:
    """GitHub's ISO 8601 as a number."""
    try:
        return max(int(datetime.fromisoformat(when.replace("Z", "+00:00")).timestamp()), 0)
    except (ValueError, OverflowError):
        return 0


def pull_of(reported: Reported, pulls: Iterable[Pull]) -> Pull | None:
    """The pull request that the run was of, if it still has that head. GitHub names none itself
    where it is a fork's."""
    return next((pull for pull in pulls
                 if pull.head_sha == reported.head_sha and pull.head_repo == reported.head_repo),
                None)


def reports_itself(pull: Pull, repository: str) -> bool:
    """Whether the pull request's own run has a token that may write its comment."""
    return pull.head_repo == repository and pull.author != DEPENDABOT
