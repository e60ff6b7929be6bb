"""The action's own image, built once, and a checked-out pull request on an emulated runner."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.support.repository import Repository
from tests.support.runner import Runner

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "policy-assistant"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.docker)


@pytest.fixture(scope="session")
def action_image(engine: docker.DockerClient, python_image: str) -> Iterator[str]:
    """The image of action.yml, built as the runner builds it."""
    tag = f"gatekeeper-test-action-{uuid.uuid4().hex[:8]}:latest"
    done = subprocess.run(
        ["docker", "build", "--quiet", "--tag", tag, "--file", str(ROOT / "Dockerfile"),
         "--build-arg", f"PYTHON_IMAGE={python_image}", str(ROOT)],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    yield tag
    engine.images.remove(tag, force=True)


class PullRequest:
    """A pull request on an emulated runner, checked out as actions/checkout does."""

    def __init__(self, runner: Runner, repository: Repository) -> None:
        self.runner = runner
        self.repository = repository
        self.base = repository.git("rev-parse", "main")

    def change(self, name: str, before: str, after: str) -> None:
        """One edit on the feature branch, and the test merge of it."""
        self.repository.branch("feature")
        self.repository.commit(self.repository.replace(name, before, after))
        self.head = self.repository.git("rev-parse", "HEAD")
        self.repository.test_merge("feature")
        # As on a hosted runner: the workspace is another user's than the action's root.
        subprocess.run(["chown", "-R", "1001:1001", str(self.repository.folder)], check=True)

    @property
    def payload(self) -> dict[str, Any]:
        """What GitHub says about it."""
        return {"action": "synchronize", "number": 1, "pull_request": {
            "number": 1, "head": {"sha": self.head}, "base": {"sha": self.base}}}


@pytest.fixture
def pull_request(tmp_path: Path) -> PullRequest:
    """A pull request against the example."""
    runner = Runner(tmp_path)
    shutil.copytree(EXAMPLE, runner.workspace, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("__pycache__"))
    repository = Repository(runner.workspace)
    repository.commit({}, "The policy assistant")
    return PullRequest(runner, repository)
