"""Fixtures shared by all tests: the golden switch, and what is borrowed where it is there: a Docker
engine, GitHub's API description."""

from __future__ import annotations

import os
from collections.abc import Iterator

import docker
import pytest

from gatekeeper.adapters.docker_cleanup import connect, docker_host
from gatekeeper.errors import CouldNotMeasure
from tests.support.github.contract import Contract
from tests.support.npm import node_modules

REQUIRED = "GATEKEEPER_REQUIRE_DOCKER"
THOROUGH = "GATEKEEPER_THOROUGH"
IMAGES = ("python:3.12-slim", "python:3.13-slim", "python:3.11-slim")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write golden files anew")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Variations of what another test shows are left to CI, and it is said that they were."""
    if os.environ.get(THOROUGH):
        return
    left = pytest.mark.skip(reason=f"one more variation: set {THOROUGH}=1, as CI does, to run all")
    for item in items:
        if item.get_closest_marker("thorough"):
            item.add_marker(left)


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Write golden files instead of comparing with them."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """The Docker engine. Skips where there is none, unless the environment requires one."""
    try:
        client = connect(docker_host(), timeout=300)
    except CouldNotMeasure as error:
        if os.environ.get(REQUIRED):
            raise
        pytest.skip(f"{error.message} (set {REQUIRED}=1 to require one)")
    yield client
    client.close()


@pytest.fixture(scope="session")
def contract() -> Iterator[Contract]:
    """GitHub's API description, ready to judge. Tests with it are of the xdist group `contract`, so
    that it is started once."""
    running = Contract(node_modules())
    yield running
    running.close()


@pytest.fixture(scope="session")
def python_image(engine: docker.DockerClient) -> str:
    """A Python base image that is on the engine, else the Dockerfiles' default."""
    wanted = os.environ.get("PYTHON_IMAGE")
    tags = {tag for image in engine.images.list() for tag in image.tags}
    return wanted or next((image for image in IMAGES if image in tags), IMAGES[0])
