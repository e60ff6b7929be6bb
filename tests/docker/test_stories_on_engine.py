"""The same stories on the real engine: a person must see the same, line by line, but for what the
runtimes themselves are called and leave behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import gatekeeper, seen
from tests.support.story import STORIES, arguments, build

ON_THE_ENGINE = (
    "base-broken", "brownfield-worse", "case-added", "case-edited", "case-waived",
    "contract-changed", "contract-changed-accepted", "first-adoption", "gate-loosened",
    "lfs-pointer", "manifest-renamed", "source-changed", "stale-branch",
    "stream-broken",
)
_OF_THE_RUNTIME = ("shutdown.proven", "  engine:", "  │")


def essence(text: str) -> list[str]:
    """What does not depend on the runtime."""
    return [line for line in text.splitlines() if not any(
        mark in line for mark in _OF_THE_RUNTIME)]


@pytest.mark.parametrize("name", ON_THE_ENGINE)
def test_story_on_the_engine(name: str, tmp_path: Path, docker_arguments: list[str]) -> None:
    repository = build(STORIES / name, tmp_path / "repository")
    done = gatekeeper("run", *docker_arguments, *arguments(STORIES / name, repository),
                      cwd=repository.folder)
    shown = f"exit code {done.code}\n\n{seen(done)}"
    assert essence(shown) == essence((STORIES / name / "expected.txt").read_text("utf-8"))
