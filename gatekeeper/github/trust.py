"""Whose code may be built and started by a job. Pure.

On `pull_request_target` the job has the repository's secrets and a token that may write. What a
Dockerfile or a service does with them is nobody's choice but its author's, so a fork's is not run
there (docs.github.com, "Securely using pull_request_target").
"""

from __future__ import annotations

from gatekeeper.errors import CouldNotMeasure
from gatekeeper.github.event import Event

PRIVILEGED = ("pull_request_target",)
"""Events of pull requests whose job has the repository's secrets and a token that may write."""


def refuse_fork_code(event: Event, allowed: bool) -> None:
    """CouldNotMeasure where the event would run a fork's code within reach of secrets."""
    if event.fork and event.name in PRIVILEGED and not allowed:
        raise CouldNotMeasure(
            f"a fork's code is not run on `{event.name}`, where it could reach this repository's "
            "secrets and a token that may write",
            "run the gate on `pull_request`; docs/github.md has a lane for forks")
