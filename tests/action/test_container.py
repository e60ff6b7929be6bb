"""The image by hand, as docs/install.md says: not an action's step, but a command line."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from gatekeeper import __version__
from tests.action.conftest import COMMIT, EXAMPLE


def in_container(image: str, folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """One command in a container of the image, which sees a folder and no engine."""
    return subprocess.run(
        ["docker", "run", "--rm", "--network", "none", "-v", f"{folder}:/work", "-w", "/work",
         "--entrypoint", "gatekeeper", image, *args],
        capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The example's files, with a module that must not be taken for gatekeeper's own."""
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "example",
                                  ignore=shutil.ignore_patterns("__pycache__")))
    (folder / "gatekeeper.py").write_text("raise SystemExit('the folder was imported')\n")
    return folder


def test_an_image_that_was_told_its_commit_names_it_and_checks(
    stamped_image: str, example: Path
) -> None:
    told = in_container(stamped_image, example, "--version")
    assert told.stdout == f"gatekeeper {__version__}\ncommit {COMMIT}\n", told.stderr
    checked = in_container(stamped_image, example, "check")
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.startswith("gatekeeper.yaml: sound\n")


def test_an_image_that_was_not_told_says_that_its_commit_is_not_known(
    action_image: str, tmp_path: Path
) -> None:
    told = in_container(action_image, tmp_path, "--version")
    assert told.returncode == 0, told.stderr
    assert "\ncommit unknown, " in told.stdout
