"""Every folder beside this file is a story: a repository before and after a change, and what a
person must see. `common/` is the repository all of them start from; `before/` and `after/` lay
files over it (an empty file named `X.removed` removes X, one named `@common` lays `common/` there
too), `later/` is what main gained meanwhile.
`environment.txt` has further variables, `NAME=value` a line. `arguments.txt` has further arguments,
one a line; `{digest}` stands for the digest of the policy
that the change proposes. `judge.json` is the script of an endpoint (tests/support/openai.py) that
is up meanwhile, and `{judge}` in a manifest its URL. `expected.txt` is the whole output, exit code
first; `pytest --update-golden` writes it anew, and the diff is the review.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.cli import gatekeeper, seen
from tests.support.story import STORIES, arguments, build, environment, judged

ALL = sorted(place.parent for place in STORIES.glob("*/about.txt"))


@pytest.mark.parametrize("story", ALL, ids=lambda story: story.name)
def test_story(story: Path, tmp_path: Path, update_golden: bool) -> None:
    with judged(story) as judge:
        repository = build(story, tmp_path / "repository", judge)
        done = gatekeeper("run", "--runtime", "process", *arguments(story, repository),
                          cwd=repository.folder, **environment(story))
    shown = f"exit code {done.code}\n\n{seen(done)}"
    shown = shown.replace(judge, "{judge}") if judge else shown
    expected = story / "expected.txt"
    if update_golden:
        expected.write_text(shown, "utf-8")
    assert shown == expected.read_text("utf-8"), (story / "about.txt").read_text()


def test_the_verdict_is_reached_again_from_every_pack(tmp_path: Path) -> None:
    """One story stands for all: judge needs nothing but the pack, and gets the same bytes."""
    repository = build(STORIES / "json-key-missing", tmp_path / "repository")
    gatekeeper("run", "--runtime", "process", cwd=repository.folder)
    pack = tmp_path / "elsewhere"
    shutil.move(repository.folder / "evidence", pack)
    shutil.rmtree(repository.folder)
    done = gatekeeper("judge", "--json", str(pack), cwd=tmp_path)
    assert done.out.encode() == (pack / "verdict.json").read_bytes()
    assert done.code == 1
