"""The action's own image, built once, and a checked-out pull request on an emulated runner."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.support.repository import Repository
from tests.support.runner import Launch, Runner

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "policy-assistant"
COMMON = ROOT / "tests" / "stories" / "common"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.docker)


@pytest.fixture(scope="session")
def action_image(
    engine: docker.DockerClient, python_image: str, tmp_path_factory: pytest.TempPathFactory,
    worker_id: str, testrun_uid: str,
) -> Iterator[str]:
    """The image of action.yml, built as the runner builds it, once for all workers of a run."""
    name, base = f"gatekeeper-test-action-{testrun_uid[:8]}", tmp_path_factory.getbasetemp()
    users = (base if worker_id == "master" else base.parent) / f"{name}.users"
    with _counted(users, 1) as count:
        if count == 1:
            _build(name, python_image)
    yield f"{name}:latest"
    with _counted(users, -1) as count:
        for tag in ("latest", "installed") if count == 0 else ():
            engine.images.remove(f"{name}:{tag}", force=True)


@contextlib.contextmanager
def _counted(place: Path, step: int) -> Iterator[int]:
    """How many workers use something, this one counted in or out; nobody else counts meanwhile."""
    with place.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        count = int(file.read() or 0) + step
        file.truncate(0)
        file.write(str(count))
        file.flush()
        yield count


def _build(name: str, python_image: str) -> None:
    # The first stage gets a name too: without one, nobody could remove it afterwards.
    for tag, target in ((f"{name}:installed", ("--target", "installed")), (f"{name}:latest", ())):
        done = subprocess.run(
            ["docker", "build", "--quiet", "--tag", tag, "--file", str(ROOT / "Dockerfile"),
             "--build-arg", f"PYTHON_IMAGE={python_image}", *target, str(ROOT)],
            capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


class PullRequest:
    """A pull request on an emulated runner, checked out as actions/checkout does."""

    def __init__(self, runner: Runner, repository: Repository) -> None:
        self.runner = runner
        self.repository = repository
        self.base = repository.git("rev-parse", "main")
        self.head = self.merge = ""

    def change(self, name: str, before: str, after: str) -> None:
        """One edit on the feature branch, and the test merge of it."""
        self.write(self.repository.replace(name, before, after))

    def write(self, files: dict[str, str | bytes | None]) -> None:
        """Files on the feature branch, and the test merge of it."""
        self._own(0)
        if self.head:
            self.repository.git("switch", "--quiet", "feature")
        else:
            self.repository.branch("feature")
        self.repository.commit(files)
        self.head = self.repository.git("rev-parse", "HEAD")
        self.merge = self.repository.test_merge("feature")
        # As on a hosted runner: the workspace is another user's than the action's root.
        self._own(1001)

    def _own(self, user: int) -> None:
        folder = str(self.repository.folder)
        subprocess.run(["chown", "-R", f"{user}:{user}", folder], check=True)

    def launch(self, image: str, python_image: str, **more: Any) -> Launch:
        """The action's launch on it."""
        inputs = {"build-args": f"PYTHON_IMAGE={python_image}", **more.pop("inputs", {})}
        return Launch(image, "pull_request", self.payload, inputs, **more)

    @property
    def payload(self) -> dict[str, Any]:
        """What GitHub says about it."""
        ours = {"full_name": self.runner.repository}
        return {"action": "synchronize", "number": 1, "pull_request": {
            "number": 1, "user": {"login": "ann"},
            "head": {"sha": self.head, "ref": "feature", "repo": ours},
            "base": {"sha": self.base, "ref": "main", "repo": ours}}}


@pytest.fixture
def pull_request(tmp_path: Path) -> PullRequest:
    """A pull request against the example."""
    return opened(tmp_path, EXAMPLE)


@pytest.fixture
def story(tmp_path: Path) -> PullRequest:
    """A pull request against the stories' service, which does what it is told to."""
    return opened(tmp_path, COMMON)


def opened(root: Path, service: Path) -> PullRequest:
    """A repository of a service, checked out, on which a pull request can be opened."""
    runner = Runner(root)
    shutil.copytree(service, runner.workspace, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("__pycache__"))
    repository = Repository(runner.workspace)
    repository.commit({}, "before")
    return PullRequest(runner, repository)


@pytest.fixture
def job_network(engine: docker.DockerClient) -> Iterator[str]:
    """The network a job with `services:` has; other jobs are on the default bridge."""
    network = engine.networks.create(f"github_network_{uuid.uuid4().hex}")
    yield str(network.name)
    network.remove()
