"""The checkout at hand, and the repository on GitHub that it is of."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.adapters.console import Console
from gatekeeper.adapters.git import Git
from gatekeeper.adapters.history import History
from gatekeeper.errors import UsageError
from gatekeeper.redaction import Redactor

if TYPE_CHECKING:
    from gatekeeper.adapters.github_releases import ReleasingGitHub


_ORIGIN = re.compile(r"(?:https?://(?:[^/@]*@)?([^/]+)/|(?:ssh://)?git@([^:/]+)[:/])"
                     r"([^/]+/[^/]+?)(?:\.git)?/?")
HOST, API = "github.com", "https://api.github.com"


def found_token() -> str:
    """The token of the environment; empty where there is none."""
    return os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN") or ""


def token_here(needs: str) -> str:
    """The token of the environment; UsageError where there is none."""
    token = found_token()
    if not token:
        raise UsageError("there is no token in GITHUB_TOKEN", f"it needs {needs}")
    return token


@contextlib.contextmanager
def at_origin(
    folder: Path, scratch: Path, repository: str, token: str
) -> Iterator[tuple[History, ReleasingGitHub, str]]:
    """The checkout, the repository on GitHub that it is of, and that one's name."""
    from gatekeeper.adapters.github_releases import ReleasingGitHub  # noqa: PLC0415 - 300 ms

    git = History(folder, scratch)
    api = os.environ.get("GITHUB_API_URL") or api_of_origin(git)
    name = repository or os.environ.get("GITHUB_REPOSITORY") or of_origin(git)
    with contextlib.closing(
            ReleasingGitHub(api, name, token, Console(), Redactor((token,)))) as forge:
        yield git, forge, name


def of_origin(git: Git) -> str:
    """`owner/name` of the repository that origin is; UsageError where it is none on GitHub."""
    found = _ORIGIN.fullmatch(git.origin.url())
    if not found:
        raise UsageError("origin is no repository on GitHub",
                         "name it with --repository OWNER/NAME")
    return found[3]


def api_of_origin(git: Git) -> str:
    """Where a token for this repository may be sent."""
    found = _ORIGIN.fullmatch(git.origin.url())
    host = (found[1] or found[2]).lower() if found else HOST
    if host != HOST:
        raise UsageError(f"origin is on {host}, and the token would be sent to {HOST}",
                         "set GITHUB_API_URL; GitHub Enterprise Server's is "
                         f"https://{host}/api/v3")
    return API
