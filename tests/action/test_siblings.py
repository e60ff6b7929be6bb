"""The rows of docs/design/0004: wherever the action's container is, it reaches what it starts."""

from __future__ import annotations

import contextlib
import html
import json
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from gatekeeper.adapters.docker_cleanup import connect
from tests.action.conftest import PullRequest
from tests.support.engine import of_run
from tests.support.other_engine import other_engine
from tests.support.runner import Step

pytestmark = pytest.mark.xdist_group("action")
FLOAT32 = ("config/model.toml", 'quantization = "int8"', 'quantization = "float32"')


def reached(step: Step, engine: docker.DockerClient, inside: bool) -> None:
    """The run has passed, from where it should, and has left nothing."""
    assert step.code == 0, step.log
    pack = step.workspace / step.outputs["evidence"]
    environment = json.loads((pack / "environment.json").read_text())["runtimes"]["head"]
    assert environment["inside_container"] is inside
    assert of_run(engine, environment["run"]) == set()


@pytest.fixture
def job_container(engine: docker.DockerClient, python_image: str, job_network: str
                  ) -> Iterator[Any]:
    """The container of a job with `container:`."""
    container = engine.containers.run(python_image, ["sleep", "600"], detach=True, init=True,
                                      network=job_network)
    yield container
    container.remove(force=True)


@pytest.mark.parametrize("row", ["bridge", "job", "host", "shared"])
def test_a_sibling_is_reached(
    pull_request: PullRequest, action_image: str, python_image: str, engine: docker.DockerClient,
    job_network: str, job_container: Any, row: str,
) -> None:
    """In a control-group namespace of its own, as on cgroup v2: no name of ours is in it."""
    network = {"bridge": "", "job": job_network, "host": "host",
               "shared": f"container:{job_container.id}"}[row]
    pull_request.change(*FLOAT32)
    step = pull_request.runner.launch(pull_request.launch(
        action_image, python_image, network=network, options=("--cgroupns", "private"),
        temp=row == "job"))
    reached(step, engine, inside=row != "host")
    job_container.reload()
    assert set(job_container.attrs["NetworkSettings"]["Networks"]) == {job_network}


@pytest.fixture(scope="module")
def stranger(engine: docker.DockerClient, python_image: str) -> Iterator[Path]:
    """The socket of an engine that does not know the action's container."""
    folder = Path(tempfile.mkdtemp(prefix="stranger-"))  # short: a socket's path may have 108 bytes
    try:
        with other_engine(folder) as other:
            other.images.load(engine.images.get(python_image).save(named=python_image))
            yield folder / "docker.sock"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_an_engine_that_does_not_know_us_is_reached_on_the_loopback_that_it_shares(
    pull_request: PullRequest, action_image: str, python_image: str, stranger: Path
) -> None:
    pull_request.change(*FLOAT32)
    step = pull_request.runner.launch(pull_request.launch(
        action_image, python_image, network="host", socket=str(stranger)))
    with contextlib.closing(connect(f"unix://{stranger}")) as other:
        reached(step, other, inside=False)


def test_an_engine_that_does_not_know_us_and_is_elsewhere_is_undecided_in_one_sentence(
    pull_request: PullRequest, action_image: str, python_image: str, stranger: Path
) -> None:
    pull_request.change(*FLOAT32)
    step = pull_request.runner.launch(pull_request.launch(
        action_image, python_image, socket=str(stranger)))
    assert step.code == 3, step.log
    assert step.outputs["verdict"] == "undecided"
    said = "the engine does not know the container we run in, and is not in its network"
    assert said in step.log
    assert said in html.unescape(step.summary)
    pack = step.workspace / step.outputs["evidence"]
    environment = json.loads((pack / "environment.json").read_text())["runtimes"]["head"]
    with contextlib.closing(connect(f"unix://{stranger}")) as other:
        assert of_run(other, environment["run"]) == set()


def undecided(step: Step, said: str) -> None:
    """One clear sentence: in the log, in the summary, and the verdict in the outputs."""
    assert step.code == 3, step.log
    assert f"gatekeeper: {said}" in step.log
    assert "Traceback" not in step.log
    assert step.outputs == {"verdict": "undecided", "exit-code": "3", "comment-url": ""}
    assert said in html.unescape(step.summary)


def test_no_socket(pull_request: PullRequest, action_image: str, python_image: str) -> None:
    pull_request.change(*FLOAT32)
    step = pull_request.runner.launch(pull_request.launch(action_image, python_image, socket=""))
    undecided(step, "no Docker engine: /var/run/docker.sock does not exist")


def test_a_folder_in_place_of_the_socket(
    pull_request: PullRequest, action_image: str, python_image: str, tmp_path: Path
) -> None:
    """What an engine makes of a socket that is not there when it is asked to mount it."""
    pull_request.change(*FLOAT32)
    step = pull_request.runner.launch(pull_request.launch(
        action_image, python_image, socket=str(tmp_path / "run" / "docker.sock")))
    undecided(step, "no Docker engine: /var/run/docker.sock is not a socket")


def test_a_socket_that_nobody_answers(
    pull_request: PullRequest, action_image: str, python_image: str, tmp_path: Path
) -> None:
    place = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(place))
    pull_request.change(*FLOAT32)
    step = pull_request.runner.launch(pull_request.launch(action_image, python_image,
                                                          socket=str(place)))
    undecided(step, "no Docker engine answers at unix:///var/run/docker.sock: ")
