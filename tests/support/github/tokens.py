"""Tokens, what they may, and how GitHub says that they may not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tests.support.github.exchange import NOT_FOUND, Answer, Asked, refused

LEVELS = ("none", "read", "write", "admin")
SCOPES = ("actions", "administration", "checks", "contents", "issues", "members", "metadata",
          "pull-requests", "statuses")
NEVER = ("administration", "members")
"""What a workflow's token has at no level."""
Kind = Literal["workflow", "user", "fork"]


@dataclass(frozen=True)
class Token:
    """One token."""

    login: str
    kind: Kind
    permissions: Mapping[str, str]

    def has(self, scope: str, level: str) -> bool:
        """Whether it has a scope at this level. Metadata may be read with every token."""
        given = self.permissions.get(scope, "read" if scope == "metadata" else "none")
        return LEVELS.index(given) >= LEVELS.index(level)

    @property
    def holder(self) -> str:
        """What GitHub calls it when it refuses."""
        return "personal access token" if self.kind == "user" else "integration"


def make_token(permissions: Mapping[str, str], login: str, kind: Kind) -> Token:
    """A token as GitHub would give it: of a fork's no permission is more than read."""
    for scope, level in permissions.items():
        if scope not in SCOPES or level not in LEVELS:
            raise ValueError(f"GitHub has no permission `{scope}: {level}`")
        if kind != "user" and scope in NEVER:
            raise ValueError(f"a workflow's token never has `{scope}`")
    if kind == "fork":
        permissions = {scope: min(level, "read", key=LEVELS.index)
                       for scope, level in permissions.items()}
    return Token(login, kind, dict(permissions))


@dataclass(frozen=True)
class Need:
    """What a route needs: one of these scopes at this level."""

    level: str
    scopes: tuple[str, ...]
    apps_only: bool = False

    @property
    def header(self) -> str:
        """`X-Accepted-GitHub-Permissions`, alternatives apart by semicolons."""
        return "; ".join(f"{scope.replace('-', '_')}={self.level}" for scope in self.scopes)


def refusal(token: Token | None, need: Need, asked: Asked, unreadable: int) -> Answer | None:
    """GitHub's no; None where the token may. What a token may not even read is not there (404), or
    is refused as writing is (403): GitHub does both."""
    writing = asked.method != "GET"
    if token is None:
        return refused(401, "Requires authentication") if writing else NOT_FOUND
    if need.apps_only and writing and token.kind == "user":
        return refused(403, "You must authenticate via a GitHub App.")
    if any(token.has(scope, need.level) for scope in need.scopes):
        return None
    if not writing and unreadable == 404:
        return NOT_FOUND
    return refused(403, f"Resource not accessible by {token.holder}",
                   x_accepted_github_permissions=need.header)
