"""One route: its pattern, what it needs, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tests.support.github.exchange import Answer, Asked
from tests.support.github.state import Facts
from tests.support.github.tokens import Need, Token


@dataclass(frozen=True)
class Situation:
    """The facts a route works on, and for whom it does."""

    facts: Facts
    asked: Asked
    token: Token
    api: str
    """The API's address as the client knows it."""
    storage: str
    """The address of the host that artifacts are kept at."""
    uploads: str
    """The address of the host that takes files of releases."""

    @property
    def repository(self) -> str:
        """The repository's address in the API."""
        return f"{self.api}/repos/{self.facts.repo}"

    @property
    def body(self) -> dict[str, Any]:
        """The document that came with it; an empty one in place of anything else."""
        body = self.asked.body
        return body if isinstance(body, dict) else {}


Act = Callable[..., Answer]


@dataclass(frozen=True)
class Route:
    """One route. In its pattern `{name}` is a segment, `{name#}` a number, `{name+}` all that is
    left."""

    method: str
    pattern: str
    need: Need
    act: Act

    def captured(self, path: str) -> dict[str, str | int] | None:
        """What the placeholders stand for in a path; None where it is another's."""
        wanted, given = self.pattern.split("/"), path.split("/")
        if wanted[-1].endswith("+}") and len(given) > len(wanted):
            rest = len(wanted) - 1
            given = [*given[:rest], "/".join(given[rest:])]
        if len(wanted) != len(given):
            return None
        found: dict[str, str | int] = {}
        for name, text in zip(wanted, given, strict=True):
            if name.endswith("#}") and text.isdecimal():
                found[name[1:-2]] = int(text)
            elif name.startswith("{") and not name.endswith("#}") and text:
                found[name.strip("{+}")] = unquote(text)
            elif name != text:
                return None
        return found
