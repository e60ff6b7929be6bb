"""`gatekeeper doctor` on a real engine."""

from __future__ import annotations

import docker

from gatekeeper.adapters.docker_cleanup import LABEL_SIDE
from gatekeeper.adapters.engine_facts import DOCTOR
from tests.support.cli import gatekeeper
from tests.support.repository import Repository


def test_the_engine_is_told_and_a_port_is_tried_only_when_asked(
    repository: Repository, engine: docker.DockerClient
) -> None:
    done = gatekeeper("doctor", cwd=repository.folder)
    assert f"✓ engine: Docker {engine.version()['Version']}, API" in done.out, done.out + done.err
    assert "builder: " in done.out
    assert "port: " not in done.out
    if "python:3.12-slim" in {tag for image in engine.images.list() for tag in image.tags}:
        done = gatekeeper("doctor", "--deep", cwd=repository.folder)
        assert "✓ port: a published port is reached" in done.out
    assert not engine.containers.list(all=True, filters={"label": f"{LABEL_SIDE}={DOCTOR}"})


def test_gpus_and_an_image_that_are_not_there(
    repository: Repository, engine: docker.DockerClient
) -> None:
    lines = "  image: 127.0.0.1:1/none:v1\n  resources: {gpus: all}\n"
    repository.write(repository.replace("gatekeeper.yaml", "  build: .\n", lines))
    done = gatekeeper("doctor", cwd=repository.folder)
    assert done.code == 3, done.out + done.err
    assert "✗ image 127.0.0.1:1/none:v1: neither on the engine nor in its registry" in done.out
    if "nvidia" not in engine.info()["Runtimes"]:
        assert "✗ gpus: `service.resources.gpus` is all" in done.out
