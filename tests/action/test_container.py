"""The image by hand, as docs/install.md says: not an action's step, but a command line."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
import pytest

from gatekeeper import __version__
from tests.action.conftest import EXAMPLE, ROOT
from tests.docs.places import Place, environment, on_an_engine
from tests.docs.running import BLOCKS, assert_runs, blocks_at
from tests.docs.settings import RUN
from tests.support.repository import Repository


@contextmanager
def beside_a_checkout(folder: Path, engine: docker.DockerClient, python: str) -> Iterator[Place]:
    """A service's files with a checkout of gatekeeper beside them, and a module that must not be
    taken for it; the base image is one that the engine has."""
    here = Path(shutil.copytree(EXAMPLE, folder / "here",
                                ignore=shutil.ignore_patterns("__pycache__")))
    made = Repository(here / "gatekeeper")
    for name in ("gatekeeper", "requirements.lock", "Dockerfile", ".dockerignore"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, made.folder / name)
    text = (made.folder / "Dockerfile").read_text()
    made.commit({"Dockerfile": text.replace("python:3.12-slim", python)})
    (here / "docker.py").write_text("raise SystemExit('the folder was imported')\n")
    image = f"gatekeeper-test-install-{uuid.uuid4().hex[:8]}"
    yield Place(here, on_an_engine(environment(folder / "home", IMAGE=image)))
    engine.images.remove(image, force=True)


@pytest.mark.parametrize("key", blocks_at("image"), ids=lambda key: f"{key[0]}: {key[1][:40]}")
def test_what_a_page_says_of_the_image(
    key: tuple[str, str], action_image: str, engine: docker.DockerClient, python_image: str,
    tmp_path: Path
) -> None:
    place = beside_a_checkout(tmp_path, engine, python_image)
    said = assert_runs(BLOCKS[key], RUN[key], place)
    commit = Repository(tmp_path / "here" / "gatekeeper").git("rev-parse", "HEAD")
    assert f"gatekeeper {__version__}\ncommit {commit}\n" in said


def test_an_image_that_was_not_told_says_that_its_commit_is_not_known(action_image: str) -> None:
    told = subprocess.run(["docker", "run", "--rm", "--entrypoint", "gatekeeper", action_image,
                           "--version"], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "\ncommit unknown, " in told.stdout
