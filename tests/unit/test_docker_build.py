"""Builds on an engine that others use too. The engine here is a list of what it answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gatekeeper.adapters.docker_build import CHURN_TRIES, build_image
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
    return build_image(engine, "head", folder, Build(), "tag", {},  # type: ignore[arg-type]
                       said or Said(), threading.Event())


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
