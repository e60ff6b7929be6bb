"""Who builds, and builds on an engine that others use too."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gatekeeper.adapters.build_job import Job
from gatekeeper.adapters.builders import CHURN_TRIES, build_image, choose_builder, judge_client
from gatekeeper.adapters.buildkit_builder import DockerClient, build_arguments
from gatekeeper.adapters.classic_builder import ClassicBuilder
from gatekeeper.manifest.service import Build
from gatekeeper.model import Fault
from gatekeeper.ports import StartFailed

CHURN = {"error": "failed to get digest sha256:0a: open /var/lib/docker/image/overlay2/imagedb/"
                  "content/sha256/0a: no such file or directory"}
BROKEN = {"error": "The command '/bin/sh -c make' returned a non-zero code: 2"}
BUILT = {"stream": "Successfully built 0a1b2c3d4e5f\n"}


class Engine:
    """A list of what the engine answers: one event a build, the last one for ever after."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)
        self.hooks: dict[str, list[Any]] = {"response": []}
        self.api = self
        self.images = self

    def build(self, **_: Any) -> Iterator[dict[str, Any]]:
        yield self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def get(self, name: str) -> Any:
        return SimpleNamespace(id="sha256:" + name, tags=[name])


class Said:
    """Progress, kept."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)

    def tick(self, text: str) -> None:
        pass


def job(engine: Any, folder: Path, said: Said | None = None, **more: Any) -> Job:
    return Job(engine, "head", folder, more.pop("build", Build()), "tag", {}, said or Said(),
               threading.Event(), **more)


def built(engine: Engine, folder: Path, said: Said | None = None) -> str:
    (folder / "Dockerfile").write_text("FROM scratch\n")
    return build_image(job(engine, folder, said), ClassicBuilder("it is not there"))


def test_a_layer_that_another_run_took_away_is_no_fault_of_the_change(tmp_path: Path) -> None:
    said = Said()
    assert built(Engine(CHURN, CHURN, BUILT), tmp_path, said) == "sha256:tag"
    assert said.lines == ["head: a cached layer was taken away, building again"] * 2


def test_an_engine_that_keeps_losing_layers_is_the_worlds_fault(tmp_path: Path) -> None:
    said = Said()
    with pytest.raises(StartFailed) as failed:
        built(Engine(CHURN), tmp_path, said)
    assert failed.value.failure.fault is Fault.WORLD
    assert len(said.lines) == CHURN_TRIES - 1


def test_a_step_that_fails_is_never_built_again(tmp_path: Path) -> None:
    said = Said()
    with pytest.raises(StartFailed) as failed:
        built(Engine(BROKEN, BUILT), tmp_path, said)
    assert failed.value.failure.fault is Fault.CHANGE
    assert said.lines == []


def test_a_dockerfile_that_needs_buildkit_is_told_why_there_is_none(tmp_path: Path) -> None:
    needs = {"error": "the --mount option requires BuildKit. Refer to https://docs.docker.com/go"}
    with pytest.raises(StartFailed) as failed:
        built(Engine(needs), tmp_path)
    assert failed.value.failure.cause == (
        "the build failed: the Dockerfile needs BuildKit, which is not used: it is not there")


def test_a_here_document_that_is_not_understood_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nRUN <<EOF\necho hello\nEOF\n")
    words = "dockerfile parse error line 3: unknown instruction: ECHO"
    told = job(None, tmp_path).failed("", words, "").failure
    assert told.cause == (f"the build failed: {words}; a here-document needs BuildKit of Docker 23 "
                          "or newer")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nECHO hello\n")
    assert "here-document" not in job(None, tmp_path).failed("", words, "").failure.cause


@pytest.mark.parametrize(("client", "api", "buildx", "name", "why"), [
    ("20.10.24+dfsg1", "1.41", "", "docker 20.10.24", ""),
    ("26.1.5+dfsg1", "1.47", "github.com/docker/buildx 0.13.1+ds1 0.13.1", "docker 26.1.5 with "
     "buildx 0.13.1", ""),
    ("29.0.1", "1.52", "github.com/docker/buildx v0.30.0 abcdef", "docker 29.0.1 with buildx "
     "v0.30.0", ""),
    ("28.2.2", "1.41", "", "docker 28.2.2", "docker 28.2.2 has no buildx"),
    ("20.10.24", "1.40", "", "docker 20.10.24", "the engine's API 1.40 is too old for it"),
])
def test_a_client_that_can(client: str, api: str, buildx: str, name: str, why: str) -> None:
    said = json.dumps({"Client": {"Version": client}, "Server": {"ApiVersion": api}})
    assert judge_client(said, buildx) == (name, why)


@pytest.mark.parametrize("said", ["", "podman version 4", "{}", "[]", '{"Client": {}}', '"x"',
                                  '{"Client": {"Version": "20.10"}, "Server": null}',
                                  '{"Client": {"Version": "x"}, "Server": {"ApiVersion": "1.41"}}'])
def test_a_client_that_does_not_speak_with_the_engine(said: str) -> None:
    assert judge_client(said, "buildx 1")[1] == "the docker client does not speak with this engine"


def test_without_a_client_the_classic_builder_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    builder = choose_builder("unix:///var/run/docker.sock", tmp_path)
    assert builder.name == "classic (there is no docker client here)"


def test_values_given_to_the_run_are_on_no_command_line_and_a_change_sets_no_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"GITHUB_TOKEN": "ghs_x", "INPUT_GITHUB-TOKEN": "ghs_x", "HOME": "/root",
                        "ACTIONS_RUNTIME_TOKEN": "x", "LD_PRELOAD": "", "DOCKER_CONTEXT": "other",
                        "HTTPS_PROXY": "http://proxy:3128"}.items():
        monkeypatch.setenv(name, value)
    given = {"TOKEN": "secret", "PATH": "/mine", "HTTPS_PROXY": "http://theirs:3128"}
    client = DockerClient("/usr/bin/docker", "docker", "unix:///run/docker.sock")
    one = job(None, tmp_path, given=given, build=Build(".", "./Dockerfile", {
        "LD_PRELOAD": "/evil.so", "TOKEN": "theirs", "BUILDKIT_CACHE_MOUNT_NS": "gatekeeper-base"}))
    arguments = build_arguments(one, frozenset(client.settings(tmp_path)))
    environment = client.environment(tmp_path, given)
    assert [word for word in arguments if word.startswith("--build-arg")] == [
        "--build-arg=LD_PRELOAD=/evil.so", "--build-arg=TOKEN",
        "--build-arg=BUILDKIT_CACHE_MOUNT_NS=gatekeeper-base", "--build-arg=PATH=/mine",
        "--build-arg=HTTPS_PROXY", "--build-arg=BUILDKIT_CACHE_MOUNT_NS=gatekeeper-head"]
    assert "--file=Dockerfile" in arguments
    assert set(environment) == {
        "TOKEN", "HTTPS_PROXY", "PATH", "HOME", "DOCKER_CONFIG", "DOCKER_HOST", "DOCKER_BUILDKIT",
        "BUILDX_BUILDER", "BUILDX_CONFIG", "BUILDX_NO_DEFAULT_ATTESTATIONS"} | (
        {"SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "NO_PROXY", "http_proxy", "https_proxy",
         "no_proxy"} & set(environment))
    assert environment["TOKEN"] == "secret"
    assert environment["HTTPS_PROXY"] == "http://theirs:3128"
    assert environment["PATH"] != "/mine"
    assert environment["HOME"] == str(tmp_path)
    assert environment["DOCKER_HOST"] == "unix:///run/docker.sock"
