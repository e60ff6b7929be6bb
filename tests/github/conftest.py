"""GitHub as a client meets it: straight, or with GitHub's own API description in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from gatekeeper.adapters.github import GitHub
from gatekeeper.redaction import Redactor
from tests.support.github.contract import Contract
from tests.support.github.server import GitHubStandIn

HEAD, BASE = "a" * 40, "b" * 40
WORKFLOW = "ghs_15368_" + ".".join(("e30", "x" * 400, "y" * 80))
"""A workflow's token in its new form, which is long and has dots."""
WORKFLOW_MAY = {"contents": "read", "pull-requests": "write", "checks": "write", "actions": "read"}
ANN = "github_pat_" + "1" * 40


@dataclass
class Clock:
    """Time that passes only when somebody sleeps."""

    now: float = 1_790_000_000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let this time pass."""
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Said:
    """Progress, kept."""

    lines: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """A step."""
        self.lines.append(text)

    def tick(self, text: str) -> None:
        """Something that changes often."""


@contextmanager
def client_of(github: GitHubStandIn, token: str, clock: Clock, said: Said | None = None,
              ) -> Iterator[GitHub]:
    """gatekeeper's client, with a clock that does not wait."""
    client = GitHub(github.url, github.repo, token, said or Said(), Redactor((token,)),
                    clock.sleep, clock)
    yield client
    client.close()


@pytest.fixture
def github() -> Iterator[GitHubStandIn]:
    """A stand-in without anything in between."""
    with GitHubStandIn() as github:
        yield github


@pytest.fixture
def judged_github(contract: Contract) -> Iterator[GitHubStandIn]:
    """A stand-in whose every request and answer is held against the description."""
    with GitHubStandIn() as github, contract.through(github):
        yield github
