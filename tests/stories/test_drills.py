"""Stories about drills, in `drilled/`: told as the others are, with `<time>` in place of every time
of a drill. `command.txt` names the command where it is not `run`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.cli import gatekeeper, seen
from tests.support.story import STORIES, arguments, build

ALL = sorted(place.parent for place in STORIES.glob("drilled/*/about.txt"))
_TIME = re.compile(r" *\b\d+\.\d\d s\b")


@pytest.mark.parametrize("story", ALL, ids=lambda story: story.name)
def test_drilled_story(story: Path, tmp_path: Path, update_golden: bool) -> None:
    repository = build(story, tmp_path / "repository")
    named = story / "command.txt"
    command = named.read_text().strip() if named.exists() else "run"
    done = gatekeeper(command, "--runtime", "process", *arguments(story, repository),
                      cwd=repository.folder)
    shown = _TIME.sub("  <time>", f"exit code {done.code}\n\n{seen(done)}")
    expected = story / "expected.txt"
    if update_golden:
        expected.write_text(shown, "utf-8")
    assert shown == expected.read_text("utf-8"), (story / "about.txt").read_text()
