"""The workflow run that this job is part of, as its environment tells. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunContext:
    """Which job of which run of which repository."""

    repository: str
    """`owner/name`."""
    api_url: str
    server_url: str
    run: int
    attempt: int
    job: str
    """The job's key in its workflow: not always the name of its check."""
    runner: str
    """Name of the machine, by which the job is found among its run's."""
    began: int
    """Seconds since 1970."""

    @property
    def owner(self) -> str:
        """Whose repository it is."""
        return self.repository.partition("/")[0]

    @property
    def url(self) -> str:
        """Page of the run; empty where it cannot be told."""
        if not (self.server_url and self.repository and self.run):
            return ""
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run}"


def read_run_context(environment: Mapping[str, str], now: float) -> RunContext:
    """What the runner says ("Variables reference", docs.github.com)."""
    return RunContext(
        repository=environment.get("GITHUB_REPOSITORY", ""),
        api_url=environment.get("GITHUB_API_URL", "https://api.github.com"),
        server_url=environment.get("GITHUB_SERVER_URL", "https://github.com"),
        run=_number(environment.get("GITHUB_RUN_ID", "")),
        attempt=_number(environment.get("GITHUB_RUN_ATTEMPT", "")),
        job=environment.get("GITHUB_JOB", ""),
        runner=environment.get("RUNNER_NAME", ""),
        began=int(now),
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
