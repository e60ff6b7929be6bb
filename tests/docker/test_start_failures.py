"""A service that does not start, on a real engine: blocked in the engine's own words."""

from __future__ import annotations

import threading
from pathlib import Path

import docker
import pytest

from gatekeeper.adapters.build_job import Job
from gatekeeper.adapters.builders import build_image
from gatekeeper.manifest.service import Build
from gatekeeper.model import Fault
from gatekeeper.ports import StartFailed
from tests.docker.conftest import Gate, evidence, replies
from tests.support.cli import gatekeeper
from tests.support.repository import Repository


def test_a_failed_build_names_its_step(
    repository: Repository, gate: Gate, engine: docker.DockerClient
) -> None:
    mark = repository.folder.parent.name  # on every layer from here on, and on nobody else's
    repository.write(repository.replace(
        "Dockerfile", "USER 10001",
        f"LABEL story={mark}\nRUN echo no such compiler >&2; exit 9\nUSER 10001"))
    done = gate()
    assert done.code == 1, done.err
    assert "the build failed at step 5/" in done.out
    assert "returned a non-zero code: 9" in done.out
    assert "│ no such compiler" in done.out
    assert engine.images.list(all=True, filters={"label": f"story={mark}"}) == []


class Silent:
    """Progress that nobody follows."""

    def say(self, text: str) -> None:
        pass

    def tick(self, text: str) -> None:
        pass


def test_a_step_that_never_ends_is_ended_and_named(
    tmp_path: Path, engine: docker.DockerClient, python_image: str
) -> None:
    mark = f"never-{tmp_path.name}"
    (tmp_path / "Dockerfile").write_text(
        f"FROM {python_image}\nLABEL story={mark}\nRUN touch /made\nRUN sleep 100000\n")
    with pytest.raises(StartFailed) as failed:
        build_image(Job(engine, "head", tmp_path, Build(), f"{mark}:latest".lower(), {}, Silent(),
                        threading.Event(), lambda layer: None, seconds=6))
    failure = failed.value.failure
    assert failure.cause == ("the build was ended at step 4/4: RUN sleep 100000: not done within "
                             "0.1 min")
    assert failure.fault is Fault.CHANGE
    assert engine.api.images(all=True, filters={"label": f"story={mark}"}) == []
    assert engine.containers.list(all=True, filters={"label": f"story={mark}"}) == []


def test_a_base_image_that_cannot_be_reached_is_undecided(
    repository: Repository, gate: Gate
) -> None:
    repository.write(repository.replace("Dockerfile", "FROM ${PYTHON_IMAGE}",
                                        "FROM registry.invalid/python:1"))
    done = gate()
    assert done.code == 3, done.out
    assert "■ UNDECIDED" in done.out
    assert "no such host" in done.out


def test_an_exit_at_once_is_told_with_code_cause_and_last_lines(
    repository: Repository, gate: Gate
) -> None:
    repository.write({"service.py": "raise FileNotFoundError('/models/assistant.gguf')\n"})
    done = gate()
    assert done.code == 1, done.err
    assert "head did not start: exited (exit code 1): a file is missing" in done.out
    assert "engine: container exited, exit code 1" in done.out
    assert "│ FileNotFoundError: /models/assistant.gguf" in done.out


def test_a_kill_for_memory_is_told_as_one(repository: Repository, gate: Gate) -> None:
    repository.git("switch", "--quiet", "main")
    repository.commit(repository.replace("gatekeeper.yaml", "  build: .\n",
                                         "  build: .\n  resources: {memory: 48m}\n"))
    repository.git("switch", "--quiet", "--force-create", "change", "main")
    repository.write({"service.py": "x = bytearray(10**9)\n"})
    done = gate()
    assert done.code == 1, done.err
    assert "killed for memory (exit code 137): raise `service.resources.memory`" in done.out


def test_a_head_cannot_raise_its_own_ceiling(repository: Repository, gate: Gate) -> None:
    repository.git("switch", "--quiet", "main")
    repository.commit(repository.replace("gatekeeper.yaml", "  build: .\n",
                                         "  build: .\n  resources: {memory: 48m}\n"))
    repository.git("switch", "--quiet", "--force-create", "change", "main")
    repository.write({
        **repository.replace("gatekeeper.yaml", "memory: 48m", "memory: 4g"),
        "replies.json": replies(latency={"fault": "hog"}),
    })
    done = gate()
    assert done.code == 1, done.err
    assert "service.resources.memory" in done.out
    assert "head's service ended while it was asked: killed for memory" in done.out


def test_a_command_that_is_not_there(repository: Repository, gate: Gate) -> None:
    repository.write(repository.replace("Dockerfile", '["python3",', '["python9",'))
    done = gate()
    assert done.code == 1, done.err
    assert "python9" in done.out


def test_a_container_that_ignores_sigterm_is_killed_and_gone(
    repository: Repository, gate: Gate
) -> None:
    text = (repository.folder / "service.py").read_text()
    deaf = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    head, main, tail = text.partition("if __name__")
    repository.write({
        "service.py": head + deaf + "\n" + main + tail,
        **repository.replace("gatekeeper.yaml", "  ready:", "  stop: {grace: 1s}\n  ready:"),
    })
    done = gate()
    assert done.code == 0, done.out + done.err
    proof = evidence(repository, "shutdown_proof.json")["head"]
    assert proof["killed"] is True
    assert proof["proven"] is True


def test_no_engine_is_one_sentence_and_exit_code_3(repository: Repository) -> None:
    repository.write({"extra.py": "x = 1\n"})
    done = gatekeeper("run", "--runtime", "docker", cwd=repository.folder,
                      DOCKER_HOST="unix:///nowhere/docker.sock")
    assert done.code == 3
    assert done.err.rstrip().endswith(
        "gatekeeper: no Docker engine: /nowhere/docker.sock does not exist\n"
        "help: start Docker, or use --runtime process at a desk")


def test_a_file_in_place_of_the_socket_is_told_as_such(
    repository: Repository, tmp_path: Path
) -> None:
    place = tmp_path / "docker.sock"
    place.write_text("")
    repository.write({"extra.py": "x = 1\n"})
    done = gatekeeper("run", "--runtime", "docker", cwd=repository.folder,
                      DOCKER_HOST=f"unix://{place}")
    assert done.code == 3
    assert f"no Docker engine: {place} is not a socket" in done.err


def test_auto_takes_the_process_runtime_without_an_engine_and_says_so(
    repository: Repository,
) -> None:
    repository.write({"extra.py": "x = 1\n"})
    done = gatekeeper("run", cwd=repository.folder, DOCKER_HOST="unix:///nowhere/docker.sock")
    assert done.code == 0
    assert "no Docker engine: /nowhere/docker.sock does not exist: taking the process runtime" \
        in done.err
