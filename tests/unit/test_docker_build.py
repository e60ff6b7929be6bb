"""Builds on an engine that others use too. The engine here is a list of what it answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gatekeeper.adapters.docker_build import CHURN_TRIES, Job, build_folder, build_image
from gatekeeper.manifest.service import Build
from gatekeeper.model import Fault
from gatekeeper.ports import StartFailed

CHURN = {"error": "failed to get digest sha256:0a: open /var/lib/docker/image/overlay2/imagedb/"
                  "content/sha256/0a: no such file or directory"}
BROKEN = {"error": "The command '/bin/sh -c make' returned a non-zero code: 2"}
BUILT = {"stream": "Successfully built 0a1b2c3d4e5f\n"}


class Engine:
    """Answers one event a build; the last one for ever after."""

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


def built(engine: Engine, folder: Path, said: Said | None = None) -> str:
    (folder / "Dockerfile").write_text("FROM scratch\n")
    return build_image(Job(engine, "head", folder, Build(), "tag", {},  # type: ignore[arg-type]
                           said or Said(), threading.Event(), lambda layer: None))


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


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A judged tree with a folder of the host beside it, and links of the change's into it."""
    host = tmp_path / "github" / "workspace"
    host.mkdir(parents=True)
    tree = tmp_path / "head"
    (tree / "service").mkdir(parents=True)
    for folder in (host, tree, tree / "service"):
        (folder / "Dockerfile").write_text("FROM scratch\n")
    (tree / "out").symlink_to(tmp_path / "github")
    (tree / "way").symlink_to("service")
    (tree / "round").symlink_to("round")
    (tree / "service" / "Host").symlink_to(host / "Dockerfile")
    (tree / "service" / "Own").symlink_to("Dockerfile")
    (tree / "service" / "Above").symlink_to("../Dockerfile")
    return tree


@pytest.mark.parametrize(("context", "dockerfile", "words"), [
    ("out", "workspace/Dockerfile", "the build context out leads out of the tree that is judged"),
    ("out/workspace", "Dockerfile", "the build context out/workspace leads out of the tree"),
    ("..", "Dockerfile", "the build context .. leads out of the tree"),
    ("../github/workspace", "Dockerfile", "leads out of the tree"),
    ("/", "Dockerfile", "the build context / leads out of the tree"),
    ("round", "Dockerfile", "the build context round leads"),
    ("x" * 300, "Dockerfile", "there is no Dockerfile"),
    ("nul\0", "Dockerfile", "leads nowhere"),
    ("way", "Dockerfile", "the build context way is reached through a link; name the folder"),
    ("nowhere", "Dockerfile", "there is no Dockerfile in the build context"),
    ("service", "Host", "the Dockerfile Host leads out of the build context service"),
    ("service", "Above", "the Dockerfile Above leads out of the build context service"),
    ("service", "../Dockerfile", "leads out of the build context service"),
    ("service", "/etc/passwd", "leads out of the build context service"),
])
def test_a_build_sees_the_judged_tree_and_nothing_else(
    tree: Path, context: str, dockerfile: str, words: str
) -> None:
    with pytest.raises(StartFailed) as failed:
        build_folder(tree, Build(context, dockerfile))
    assert words in failed.value.failure.cause
    assert failed.value.failure.fault is Fault.CHANGE


def test_ignore_rules_are_not_read_through_a_link(tree: Path) -> None:
    (tree / "service" / ".dockerignore").symlink_to("/etc/passwd")
    with pytest.raises(StartFailed, match=r"has a link as \.dockerignore"):
        build_folder(tree, Build("service"))


@pytest.mark.parametrize("context", ["service", "./service", "service/", "service/../service"])
@pytest.mark.parametrize("dockerfile", ["Dockerfile", "./Dockerfile", "Own"])
def test_a_build_inside_the_tree_is_taken(tree: Path, context: str, dockerfile: str) -> None:
    assert build_folder(tree, Build(context, dockerfile)) == (tree / "service").resolve()
