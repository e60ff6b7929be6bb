"""gatekeeper as others get it: a clean checkout with a commit, what is built from it, and a folder
with all it needs, so that a clean place is filled without a network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.repository import Repository

ROOT = Path(__file__).parents[2]
BUILT_FROM = ("gatekeeper", "pyproject.toml", "hatch_build.py", "README.md", "CHANGELOG.md",
              "LICENSE", ".gitignore")
REQUIRED = "GATEKEEPER_REQUIRE_INDEX"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("install"))  # built and fetched once


@dataclass(frozen=True)
class Built:
    """What was built from one commit."""

    commit: str
    checkout: Path
    sdist: Path
    wheel: Path
    """From the checkout."""
    wheel_of_sdist: Path


def checkout(folder: Path) -> Repository:
    """A clean checkout of what gatekeeper is built from, as the working tree has it."""
    made = Repository(folder)
    for name in BUILT_FROM:
        place = ROOT / name
        if place.is_dir():
            shutil.copytree(place, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(place, folder / name)
    made.commit({})
    return made


def clean() -> dict[str, str]:
    """The environment of somebody who has never heard of this checkout."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "VIRTUAL_ENV", "PIPX_", "UV_", "GIT_", "GITHUB_"))}


def done(*command: str | Path, cwd: Path, **environment: str) -> str:
    """What a command prints; it must succeed."""
    ran = subprocess.run([*map(str, command)], cwd=cwd, env={**clean(), **environment},
                         capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """An sdist and a wheel of a checkout, and a wheel of the sdist."""
    folder = tmp_path_factory.mktemp("built")
    made = checkout(folder / "checkout")
    build = (sys.executable, "-m", "build", "--no-isolation")
    done(*build, "--outdir", folder / "both", cwd=made.folder)
    done(*build, "--wheel", "--outdir", folder / "wheel", cwd=made.folder)
    assert made.git("status", "--porcelain") == "", "the build leaves something behind"
    sdist, = (folder / "both").glob("*.tar.gz")
    of_sdist, = (folder / "both").glob("*.whl")
    wheel, = (folder / "wheel").glob("*.whl")
    return Built(made.git("rev-parse", "HEAD"), made.folder, sdist, wheel, of_sdist)


@pytest.fixture(scope="session")
def wheelhouse(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with gatekeeper's wheel, all it needs, and what builds it. Skips where no package
    index answers."""
    folder = tmp_path_factory.mktemp("wheelhouse")
    ran = subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(folder),
                          "--prefer-binary", str(built.wheel), "hatchling", "setuptools"],
                         capture_output=True, text=True, check=False)
    if ran.returncode and not os.environ.get(REQUIRED):
        pytest.skip(f"no package index has what gatekeeper needs: {ran.stderr.strip()[-200:]} "
                    f"(set {REQUIRED}=1 to require one)")
    assert ran.returncode == 0, ran.stderr
    return folder
