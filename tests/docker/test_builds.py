"""Images of users' Dockerfiles, by BuildKit and by the classic builder: the same outcomes."""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
from pathlib import Path

import docker
import pytest

from gatekeeper.adapters.build_job import Job
from gatekeeper.adapters.builders import build_image, choose_builder
from gatekeeper.adapters.docker_cleanup import docker_host
from gatekeeper.adapters.waiting import wait_until
from gatekeeper.manifest.service import Build
from gatekeeper.model import Fault
from gatekeeper.ports import StartFailed
from tests.docker.conftest import Gate, evidence
from tests.support.engine import endless, is_run
from tests.support.repository import Repository


class Ticks:
    """Progress, of which the ticks are kept."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def say(self, text: str) -> None:
        pass

    def tick(self, text: str) -> None:
        self.kept.append(text)


def test_a_failed_build_names_its_step(
    repository: Repository, gate: Gate, engine: docker.DockerClient, builder: str
) -> None:
    mark = uuid.uuid4().hex  # on every layer from here on, and on nobody else's
    repository.write(repository.replace(
        "Dockerfile", "USER 10001",
        f"LABEL story={mark}\nRUN echo no such compiler >&2; exit 9\nUSER 10001"))
    done = gate(PATH=builder)
    assert done.code == 1, done.err
    assert "head did not start: the build failed at step " in done.out
    assert "RUN echo no such compiler >&2; exit 9: " in done.out
    assert "code 9" in done.out or "returned a non-zero code: 9" in done.out
    assert "│ no such compiler" in done.out
    assert engine.images.list(all=True, filters={"label": f"story={mark}"}) == []


def test_the_pack_says_who_has_built(
    repository: Repository, gate: Gate, builder: str, engine: docker.DockerClient
) -> None:
    repository.write({"返金/規程.txt": "30 days", "extra.py": "x = 1\n", **repository.replace(
        "Dockerfile", "USER 10001", "RUN test -f /service/返金/規程.txt\nUSER 10001")})
    done = gate(PATH=builder)
    assert done.code == 0, done.out + done.err
    said = evidence(repository, "environment.json")["runtimes"]["head"]["builder"]
    assert said in done.err
    assert said.startswith("BuildKit (docker " if os.pathsep in builder else "classic (")


def test_a_base_image_that_cannot_be_reached_is_undecided(
    repository: Repository, gate: Gate, builder: str
) -> None:
    repository.write(repository.replace("Dockerfile", "FROM ${PYTHON_IMAGE}",
                                        "FROM registry.invalid/python:1"))
    done = gate(PATH=builder)
    assert done.code == 3, done.out
    assert "■ UNDECIDED" in done.out
    assert "no such host" in done.out


def built(engine: docker.DockerClient, folder: Path, path: str, image: str, *steps: str,
          side: str = "head", tag: str = "", **more: object) -> str:
    """One image out of some steps; its id."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", path)
        builder = choose_builder(docker_host(), folder.parent)
    context = folder / "context"
    context.mkdir(exist_ok=True)
    (context / "Dockerfile").write_text("\n".join((f"FROM {image}", *steps)) + "\n")
    given: dict[str, object] = {"progress": Ticks(), "cancelled": threading.Event(),
                                "labels": {}, "build": Build(), **more}
    job = Job(client=engine, side=side, folder=context,  # type: ignore[arg-type]
              tag=tag or f"gatekeeper-test-{uuid.uuid4().hex}:latest", **given)
    return build_image(job, builder)


def test_a_step_that_never_ends_is_ended_and_named(
    tmp_path: Path, engine: docker.DockerClient, python_image: str, builder: str
) -> None:
    mark, ticks, forever = uuid.uuid4().hex, Ticks(), endless()
    with pytest.raises(StartFailed) as failed:
        built(engine, tmp_path, builder, python_image, f"LABEL story={mark}", "RUN touch /made",
              f"RUN {forever}", seconds=3, progress=ticks)
    failure = failed.value.failure
    assert failure.cause.startswith("the build was ended at step ")
    assert failure.cause.endswith(f": RUN {forever}: not done within 0.05 min")
    assert failure.fault is Fault.CHANGE
    assert ticks.kept[-1].endswith(f": RUN {forever}")
    assert wait_until(lambda: not is_run(engine, forever), 20)
    assert engine.api.images(all=True, filters={"label": f"story={mark}"}) == []
    assert engine.containers.list(all=True, filters={"label": f"story={mark}"}) == []


def test_arguments_of_the_run_win_and_are_on_no_command_line(
    tmp_path: Path, engine: docker.DockerClient, python_image: str, builder: str
) -> None:
    image = built(engine, tmp_path, builder, python_image, "ARG MINE", "ARG THEIRS", "ARG PATH2",
                  "RUN test \"$MINE $THEIRS\" = \"given $(printf 'two\\nlines')\"",
                  build=Build(args={"MINE": "declared", "THEIRS": "two\nlines"}),
                  given={"MINE": "given"})
    engine.images.remove(image, force=True)


def test_equal_trees_make_equal_layers(
    tmp_path: Path, engine: docker.DockerClient, python_image: str, builder: str
) -> None:
    layers, name = [], f"gatekeeper-test-{uuid.uuid4().hex}"
    for number in (1, 2):
        folder = tmp_path / str(number)
        (folder / "context" / "deep").mkdir(parents=True)
        (folder / "context" / "deep" / "file").write_text(tmp_path.name)
        image = built(engine, folder, builder, python_image, "COPY deep /deep",
                      tag=f"{name}:{number}")
        layers.append(engine.images.get(image).attrs["RootFS"]["Layers"])
    assert layers[0] == layers[1]
    for number in (1, 2):
        engine.images.remove(f"{name}:{number}", force=True)


def test_mounts_of_buildkit_work_and_each_side_has_a_cache_of_its_own(
    tmp_path: Path, engine: docker.DockerClient, python_image: str, buildkit: str
) -> None:
    place = f"/cache/{uuid.uuid4().hex}"
    write = f"RUN --mount=type=cache,target=/cache echo poison > {place}"
    read = f"RUN --mount=type=cache,target=/cache cat {place}"
    image = built(engine, tmp_path, buildkit, python_image, write, read)
    engine.images.remove(image, force=True)
    with pytest.raises(StartFailed) as failed:
        built(engine, tmp_path, buildkit, python_image, f"{read} # base", side="base")
    assert failed.value.failure.cause.partition(" → ")[0].endswith("exit code 1")
    assert "No such file" in failed.value.failure.logs


def test_a_build_mounts_its_secrets_and_the_image_holds_none(
    tmp_path: Path, engine: docker.DockerClient, python_image: str, buildkit: str
) -> None:
    value = f"key-{uuid.uuid4().hex}"
    digest = hashlib.sha256(value.encode()).hexdigest()
    step = f"RUN --mount=type=secret,id=HUB_KEY sha256sum /run/secrets/HUB_KEY | grep {digest}"
    image = built(engine, tmp_path, buildkit, python_image, step,
                  "RUN test ! -s /run/secrets/HUB_KEY", secrets={"HUB_KEY": value})
    kept = b"".join(engine.images.get(image).save())
    assert value.encode() not in kept
    engine.images.remove(image, force=True)
    assert not list(tmp_path.parent.rglob("secret-0"))


def test_secrets_of_a_build_need_buildkit(
    tmp_path: Path, engine: docker.DockerClient, python_image: str, classic: str
) -> None:
    with pytest.raises(StartFailed) as failed:
        built(engine, tmp_path, classic, python_image, secrets={"HUB_KEY": "value-1"})
    assert failed.value.failure.cause.startswith(
        "`service.build_secrets` needs BuildKit, which is not used: ")
    assert failed.value.failure.fault is Fault.WORLD


def test_a_dockerfile_that_needs_buildkit_says_so_where_it_is_not_used(
    repository: Repository, gate: Gate, classic: str
) -> None:
    repository.write(repository.replace(
        "Dockerfile", "USER 10001", "RUN --mount=type=cache,target=/c true\nUSER 10001"))
    done = gate(PATH=classic)
    assert done.code == 1, done.err
    assert ("the Dockerfile needs BuildKit, which is not used: there is no docker client here"
            in done.out)


def test_a_here_document_works_or_the_engine_is_named_as_too_old(
    tmp_path: Path, engine: docker.DockerClient, python_image: str, buildkit: str
) -> None:
    steps = ("RUN <<EOF", "echo written > /here", "test -f /here", "EOF")
    if int(str(engine.version()["Version"]).partition(".")[0]) >= 23:
        engine.images.remove(built(engine, tmp_path, buildkit, python_image, *steps), force=True)
        return
    with pytest.raises(StartFailed) as failed:
        built(engine, tmp_path, buildkit, python_image, *steps)
    assert failed.value.failure.cause.endswith(
        "a here-document needs BuildKit of Docker 23 or newer")
