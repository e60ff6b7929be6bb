"""Earlier runs of whichever store the policy declares: a folder, or this repository on GitHub. What
reads them is imported where a policy declares one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.adapters.history import History as Checkout
from gatekeeper.commands.origin import at_origin, found_token
from gatekeeper.commands.scratch import scratch_folder
from gatekeeper.errors import UsageError
from gatekeeper.judging.learning import Earlier, unreachable
from gatekeeper.manifest.told import History

if TYPE_CHECKING:
    from gatekeeper.github.releases import Releases

EarlierRuns = Callable[[History, Path], Earlier]
"""Reads a declared store; the second is a folder's place."""


def at_desk(folder: Path) -> EarlierRuns:
    """With the token of the environment, from the repository that origin is."""

    def read(history: History, place: Path) -> Earlier:
        if not history.github:
            return _from_folder(history, place)
        token = found_token()
        if not token:
            return unreachable(history.store, "there is no token in GITHUB_TOKEN; it needs "
                               "`actions: read` and `contents: read`")
        try:
            with scratch_folder() as scratch, at_origin(folder, scratch, "", token) as origin:
                return _from_github(*origin, history, scratch)
        except UsageError as error:  # it is no repository on GitHub
            return unreachable(history.store, error.message)

    return read


def on_github(forge: Releases | None, repository: str) -> EarlierRuns:
    """With the token of the job."""

    def read(history: History, place: Path) -> Earlier:
        if not history.github:
            return _from_folder(history, place)
        if forge is None:
            return unreachable(history.store, "there is no token; set the input `github-token`")
        with scratch_folder() as scratch:
            return _from_github(Checkout(Path.cwd(), scratch), forge, repository, history, scratch)

    return read


def _from_folder(history: History, place: Path) -> Earlier:
    from gatekeeper.adapters.earlier_packs import read_history  # noqa: PLC0415 - seldom declared

    return read_history(place, history.folder)


def _from_github(
    git: Checkout, forge: Releases, repository: str, history: History, scratch: Path
) -> Earlier:
    from gatekeeper.commands.earlier_on_github import (  # noqa: PLC0415 - seldom declared
        read_from_github,
    )

    return read_from_github(git, forge, repository, history, scratch)
