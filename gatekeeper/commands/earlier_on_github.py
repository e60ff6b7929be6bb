"""Earlier runs that this repository keeps on GitHub."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.adapters.archive import read_archive
from gatekeeper.adapters.artifact import MAX_ZIP
from gatekeeper.adapters.history import History as Checkout
from gatekeeper.github.forge import ForgeError
from gatekeeper.github.releases import Releases
from gatekeeper.judging.learning import Earlier, unreachable
from gatekeeper.manifest.told import History
from gatekeeper.releasing.believing import Shelf
from gatekeeper.releasing.earlier_runs import read_runs
from gatekeeper.releasing.provenance import Home


def read_from_github(
    git: Checkout, forge: Releases, repository: str, history: History, scratch: Path
) -> Earlier:
    """Those of the artifact that is declared, and of releases."""
    try:
        home = Home(repository, forge.default_branch())
    except ForgeError as error:
        return unreachable(history.store, error.message)
    return read_runs(Shelf(forge, home, history.github, MAX_ZIP, read_archive, git.tree_here,
                           scratch), history.store)
