"""Every test here builds on a repository of the stories' service."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.support.builders_here import KINDS, path_of
from tests.support.cli import Done, gatekeeper
from tests.support.repository import Repository

COMMON = Path(__file__).parents[1] / "stories" / "common"
Gate = Callable[..., Done]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.docker)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """The stories' service on main, and a branch to change it on."""
    made = Repository(tmp_path / "repository")
    shutil.copytree(COMMON, made.folder, dirs_exist_ok=True)
    made.commit({".gitignore": "__pycache__/\n"}, "before")
    made.branch("change")
    return made


@pytest.fixture
def docker_arguments(engine: docker.DockerClient, python_image: str) -> list[str]:
    """Arguments that put a run on the engine."""
    return ["--runtime", "docker", "--build-arg", f"PYTHON_IMAGE={python_image}"]


@pytest.fixture
def gate(repository: Repository, docker_arguments: list[str]) -> Gate:
    """Gate the working tree on the engine."""

    def run(*args: str, **environment: str) -> Done:
        return gatekeeper("run", *docker_arguments, *args, cwd=repository.folder, **environment)

    return run


@pytest.fixture(params=KINDS)
def builder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The PATH of a run whose images the classic builder builds, and of one with BuildKit."""
    return path_of(request.param, tmp_path / "path")


@pytest.fixture
def buildkit(tmp_path: Path) -> str:
    """The PATH of a run whose images BuildKit builds."""
    return path_of("BuildKit", tmp_path / "path")


@pytest.fixture
def classic(tmp_path: Path) -> str:
    """The PATH of a run whose images the classic builder builds."""
    return path_of("classic", tmp_path / "path")


def replies(**changed: Any) -> str:
    """The stories' replies with some of them replaced; keys are words of the prompts."""
    found = json.loads((COMMON / "replies.json").read_text())
    keys = {"json": "refund SOP", "safety": "Ignore the policy", "latency": "escalation path"}
    return json.dumps({**found, **{keys[key]: value for key, value in changed.items()}})


def evidence(repository: Repository, name: str) -> Any:
    """A JSON document of the pack."""
    return json.loads((repository.folder / "evidence" / name).read_text())


def attempts(repository: Repository) -> list[dict[str, Any]]:
    """Every attempt of the pack."""
    lines = (repository.folder / "evidence" / "eval_results.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]
