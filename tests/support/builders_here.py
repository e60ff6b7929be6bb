"""PATHs on which a run finds the docker client that a test wants, or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from gatekeeper.adapters.builders import choose_builder
from gatekeeper.adapters.docker_cleanup import docker_host

KINDS = ("classic", "BuildKit")


def path_of(kind: str, folder: Path) -> str:
    """A PATH whose docker client leads to a kind of builder. Skips where no client here does."""
    folder.mkdir()
    git = shutil.which("git")
    assert git is not None
    (folder / "git").symlink_to(git)
    if kind == "classic":
        return str(folder)
    (folder / "docker").symlink_to(_client_that_can())
    return os.pathsep.join((str(folder), os.defpath))


def _client_that_can() -> Path:
    for place in os.environ["PATH"].split(os.pathsep):
        client = Path(place, "docker")
        if client.is_file() and _builds_with_buildkit(place):
            return client
    pytest.skip("no docker client on PATH can build with BuildKit on this engine")


def _builds_with_buildkit(place: str) -> bool:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as scratch:
        patch.setenv("PATH", place)
        return choose_builder(docker_host(), Path(scratch)).name.startswith("BuildKit")
