"""A story's folder as a repository and a command line."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.cli import gatekeeper
from tests.support.openai import endpoint
from tests.support.repository import Repository

STORIES = Path(__file__).parents[1] / "stories"
COMMON_HERE = "@common"
"""An empty file of this name lays `common/` into its folder; it sorts before what changes it."""


def lay(repository: Repository, files: Path, judge: str = "") -> None:
    """Lay a folder's files over the repository; `{judge}` in a manifest is the endpoint's URL."""
    for place in sorted(files.rglob("*")):
        inside = place.relative_to(files)
        if place.name == COMMON_HERE:
            shutil.copytree(STORIES / "common", repository.folder / inside.parent,
                            dirs_exist_ok=True)
        elif place.name.endswith(".removed"):
            (repository.folder / inside.with_suffix("")).unlink()
        elif place.is_file() or place.is_symlink():
            (repository.folder / inside).parent.mkdir(parents=True, exist_ok=True)
            (repository.folder / inside).unlink(missing_ok=True)
            shutil.copy(place, repository.folder / inside, follow_symlinks=False)
            if place.name == "gatekeeper.yaml" and not place.is_symlink():
                text = place.read_bytes().replace(b"{judge}", judge.encode())
                (repository.folder / inside).write_bytes(text)


@contextmanager
def judged(story: Path) -> Iterator[str]:
    """The URL of the story's endpoint, up while it is told; empty where it has none."""
    script = story / "judge.json"
    if not script.exists():
        yield ""
        return
    with endpoint(json.loads(script.read_text("utf-8"))) as judge:
        yield judge.url


def build(story: Path, folder: Path, judge: str = "") -> Repository:
    """The story's repository: before on main, after in the working tree of a branch."""
    repository = Repository(folder)
    lay(repository, STORIES / "common")
    lay(repository, story / "before", judge)
    repository.commit({".gitignore": "__pycache__/\n"}, "before")
    if (story / "later").exists():
        repository.git("branch", "change")
        lay(repository, story / "later")
        repository.commit({}, "later")
        repository.git("switch", "--quiet", "change")
    else:
        repository.branch("change")
    lay(repository, story / "after", judge)
    return repository


def environment(story: Path) -> dict[str, str]:
    """Further variables, `NAME=value` a line."""
    place = story / "environment.txt"
    lines = place.read_text().splitlines() if place.exists() else []
    return dict(line.split("=", 1) for line in lines)


def arguments(story: Path, repository: Repository) -> list[str]:
    """Further arguments, one a line."""
    place = story / "arguments.txt"
    text = place.read_text() if place.exists() else ""
    if "{digest}" in text:
        planned = gatekeeper("plan", cwd=repository.folder)
        text = text.replace("{digest}", re.findall(r"sha256:[0-9a-f]{64}", planned.out)[-1])
    return text.splitlines()
