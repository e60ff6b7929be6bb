"""Every way of installing that docs/install.md names, from a clean place."""

from __future__ import annotations

import os
import shutil
import sys
import venv
from pathlib import Path

import pytest

from gatekeeper import __version__
from tests.install.conftest import ROOT, Built, done

EXAMPLE = ROOT / "examples" / "policy-assistant"


def tool(name: str) -> Path:
    """A program of the dev extra's. Skips where it is not there."""
    beside = Path(sys.executable).parent / name
    found = beside if beside.exists() else shutil.which(name)
    if not found:
        pytest.skip(f"there is no {name}; it is part of the dev extra")
    return Path(found)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The example's files, and nothing else of this checkout."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "example",
                                ignore=shutil.ignore_patterns("__pycache__")))


def assert_works(gatekeeper: Path, example: Path, built: Built) -> None:
    """It names its commit and reads the example's files."""
    assert done(gatekeeper, "--version", cwd=example) == \
        f"gatekeeper {__version__}\ncommit {built.commit}\n"
    assert "gatekeeper.yaml: sound" in done(gatekeeper, "check", cwd=example)


def test_pip_into_a_new_environment(
    built: Built, wheelhouse: Path, example: Path, tmp_path: Path
) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    done(tmp_path / "venv" / "bin" / "pip", "install", "--quiet", "--no-index", "--find-links",
         wheelhouse, built.wheel, cwd=tmp_path, PIP_CONFIG_FILE=os.devnull)
    assert_works(tmp_path / "venv" / "bin" / "gatekeeper", example, built)


def test_pipx_install(built: Built, wheelhouse: Path, example: Path, tmp_path: Path) -> None:
    done(tool("pipx"), "install", "--pip-args", f"--no-index --find-links {wheelhouse}",
         built.wheel, cwd=tmp_path, PIPX_HOME=str(tmp_path / "pipx"),
         PIPX_BIN_DIR=str(tmp_path / "bin"), PIPX_MAN_DIR=str(tmp_path / "man"),
         PIPX_DEFAULT_PYTHON=sys.executable, HOME=str(tmp_path))
    assert_works(tmp_path / "bin" / "gatekeeper", example, built)


def test_uvx(built: Built, wheelhouse: Path, example: Path, tmp_path: Path) -> None:
    uvx = (tool("uvx"), "--no-config", "--no-index", "--find-links", wheelhouse, "--python",
           sys.executable, "--from", built.wheel, "gatekeeper")
    place = {"UV_CACHE_DIR": str(tmp_path / "cache"), "UV_TOOL_DIR": str(tmp_path / "tools"),
             "UV_PYTHON_DOWNLOADS": "never", "HOME": str(tmp_path)}
    assert done(*uvx, "--version", cwd=example, **place) == \
        f"gatekeeper {__version__}\ncommit {built.commit}\n"
    assert "gatekeeper.yaml: sound" in done(*uvx, "check", cwd=example, **place)
