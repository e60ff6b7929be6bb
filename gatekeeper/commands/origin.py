"""The checkout at hand, and the repository on GitHub that it is of."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.adapters.console import Console
from gatekeeper.adapters.history import History
from gatekeeper.commands.protect import api_of_origin, of_origin
from gatekeeper.errors import UsageError
from gatekeeper.redaction import Redactor

if TYPE_CHECKING:
    from gatekeeper.adapters.github_releases import ReleasingGitHub


def token_here(needs: str) -> str:
    """The token of the environment; UsageError where there is none."""
    token = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN") or ""
    if not token:
        raise UsageError("there is no token in GITHUB_TOKEN", f"it needs {needs}")
    return token


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that goes with the command."""
    folder = Path(tempfile.mkdtemp(prefix="gatekeeper-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
