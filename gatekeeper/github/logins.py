"""Which registry is told which password. Pure.

A token of GitHub's is sent to GitHub's own registry and to no other, whatever a manifest declares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

GITHUB_REGISTRY = "ghcr.io"


class Login(NamedTuple):
    """How a registry is logged in to; of GitHub's any name goes with a token."""

    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Logins:
    """What there is to log in with; empty where there is nothing."""

    user: str = "gatekeeper"
    password: str = ""
    """Given for the declared registry."""
    token: str = ""
    """GitHub's."""

    def of(self, repository: str) -> Login | None:
        """The login for a repository's registry; None where the engine's own has to do."""
        if self.password:
            return Login(self.user, self.password)
        host = repository.partition("/")[0]
        return Login(self.user, self.token) if self.token and host == GITHUB_REGISTRY else None


NO_LOGINS = Logins()
