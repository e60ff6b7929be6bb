"""Every folder beside this file is a story: a repository before and after a change, and what a
person must see. `common/` is the repository all of them start from; `before/` and `after/` lay
files over it (an empty file named `X.removed` removes X), `later/` is what main gained meanwhile.
`arguments.txt` has further arguments, one a line; `{digest}` stands for the digest of the policy
that the change proposes. `expected.txt` is the whole output, exit code first;
`pytest --update-golden` writes it anew, and the diff is the review.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.support.cli import gatekeeper, seen
from tests.support.repository import Repository

HERE = Path(__file__).parent
STORIES = sorted(place.parent for place in HERE.glob("*/about.txt"))


def lay(repository: Repository, files: Path) -> None:
    """Lay a folder's files over the repository."""
    for place in sorted(files.rglob("*")):
        inside = place.relative_to(files)
        if place.name.endswith(".removed"):
            (repository.folder / inside.with_suffix("")).unlink()
        elif place.is_file() or place.is_symlink():
            (repository.folder / inside).parent.mkdir(parents=True, exist_ok=True)
            (repository.folder / inside).unlink(missing_ok=True)
            shutil.copy(place, repository.folder / inside, follow_symlinks=False)


def build(story: Path, folder: Path) -> Repository:
    """The story's repository: before on main, after in the working tree of a branch."""
    repository = Repository(folder)
    lay(repository, HERE / "common")
    lay(repository, story / "before")
    repository.commit({".gitignore": "__pycache__/\n"}, "before")
    if (story / "later").exists():
        repository.git("branch", "change")
        lay(repository, story / "later")
        repository.commit({}, "later")
        repository.git("switch", "--quiet", "change")
    else:
        repository.branch("change")
    lay(repository, story / "after")
    return repository


def arguments(story: Path, repository: Repository) -> list[str]:
    """Further arguments, one a line."""
    place = story / "arguments.txt"
    text = place.read_text() if place.exists() else ""
    if "{digest}" in text:
        planned = gatekeeper("plan", cwd=repository.folder)
        text = text.replace("{digest}", re.findall(r"sha256:[0-9a-f]{64}", planned.out)[-1])
    return text.splitlines()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_story(story: Path, tmp_path: Path, update_golden: bool) -> None:
    repository = build(story, tmp_path / "repository")
    done = gatekeeper("run", "--runtime", "process", *arguments(story, repository),
                      cwd=repository.folder)
    shown = f"exit code {done.code}\n\n{seen(done)}"
    expected = story / "expected.txt"
    if update_golden:
        expected.write_text(shown, "utf-8")
    assert shown == expected.read_text("utf-8"), (story / "about.txt").read_text()


def test_the_verdict_is_reached_again_from_every_pack(tmp_path: Path) -> None:
    """One story stands for all: judge needs nothing but the pack, and gets the same bytes."""
    repository = build(HERE / "json-key-missing", tmp_path / "repository")
    gatekeeper("run", "--runtime", "process", cwd=repository.folder)
    pack = tmp_path / "elsewhere"
    shutil.move(repository.folder / "evidence", pack)
    shutil.rmtree(repository.folder)
    done = gatekeeper("judge", "--json", str(pack), cwd=tmp_path)
    assert done.out.encode() == (pack / "verdict.json").read_bytes()
    assert done.code == 1
