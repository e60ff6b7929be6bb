"""Earlier runs of whichever store the policy declares: a folder, or this repository on GitHub."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from gatekeeper.adapters.archive import read_archive
from gatekeeper.adapters.artifact import MAX_ZIP
from gatekeeper.adapters.earlier_packs import read_history
from gatekeeper.adapters.history import History as Checkout
from gatekeeper.commands.origin import at_origin, scratch_folder
from gatekeeper.errors import UsageError
from gatekeeper.github.forge import ForgeError
from gatekeeper.github.releases import Releases
from gatekeeper.judging.learning import Earlier
from gatekeeper.manifest.told import History
from gatekeeper.releasing.earlier_runs import Shelf, read_runs, unreachable
from gatekeeper.releasing.provenance import Home

EarlierRuns = Callable[[History, Path], Earlier]
"""Reads a declared store; the second is a folder's place."""


def at_desk(folder: Path) -> EarlierRuns:
    """With the token of the environment, from the repository that origin is."""

    def read(history: History, place: Path) -> Earlier:
        if not history.github:
            return read_history(place, history.folder)
        token = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN") or ""
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
            return read_history(place, history.folder)
        if forge is None:
            return unreachable(history.store, "there is no token; set the input `github-token`")
        with scratch_folder() as scratch:
            return _from_github(Checkout(Path.cwd(), scratch), forge, repository, history, scratch)

    return read


def _from_github(
    git: Checkout, forge: Releases, repository: str, history: History, scratch: Path
) -> Earlier:
    try:
        home = Home(repository, forge.default_branch())
    except ForgeError as error:
        return unreachable(history.store, error.message)
    return read_runs(Shelf(forge, home, history.github, MAX_ZIP, read_archive, git.tree_here,
                           scratch), history.store)
