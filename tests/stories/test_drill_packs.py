"""A drill's part of a pack: the verdict is reached again from its replies, and what is not as it
was written never passes and never crashes. However a drill ends, its processes are gone."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.adapters.waiting import wait_until
from tests.support.cli import gatekeeper
from tests.support.engine import Running
from tests.support.repository import Repository
from tests.support.story import STORIES, build


@pytest.fixture(scope="module")
def drilled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack of a run whose drill passed."""
    repository = build(STORIES / "drilled" / "survived", tmp_path_factory.mktemp("drilled") / "r")
    assert gatekeeper("run", "--runtime", "process", cwd=repository.folder).code == 0
    return repository.folder / "evidence"


@pytest.fixture
def pack(drilled: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(drilled, tmp_path / "pack"))


def test_the_verdict_is_reached_again(pack: Path) -> None:
    done = gatekeeper("judge", "--json", str(pack), cwd=pack.parent)
    assert done.out.encode() == (pack / "verdict.json").read_bytes()
    assert done.code == 0


def test_without_its_drill_a_pack_does_not_pass(pack: Path) -> None:
    (pack / "failure_drill.json").unlink()
    done = gatekeeper("judge", str(pack), cwd=pack.parent)
    assert done.code == 3
    assert "does-not-start: not drilled | 5xx-storm: not drilled" in " ".join(done.out.split())


def test_without_the_rollbacks_replies_a_pack_does_not_pass(pack: Path) -> None:
    (pack / "rollbacks" / "5xx-storm.jsonl").unlink()
    done = gatekeeper("judge", str(pack), cwd=pack.parent)
    assert done.code == 3
    assert "of the rollback 5 of 5 cases are not known" in " ".join(done.out.split())


def test_the_rollback_is_judged_by_what_it_replied(pack: Path) -> None:
    replies = pack / "rollbacks" / "5xx-storm.jsonl"
    lines = [json.loads(line) for line in replies.read_text().splitlines()]
    for line in lines:
        line["reply"]["body"] = '{"choices": [{"message": {"content": "whatever"}}]}'
    replies.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = gatekeeper("judge", str(pack), cwd=pack.parent)
    assert done.code == 1
    assert "the rollback does not pass" in " ".join(done.out.split())


@pytest.mark.parametrize("data", [
    3, [], {}, {"drilled": 3}, {"drilled": [{}]}, {"drilled": [{"failure": "../../run"}]},
    {"drilled": [None, None]},
])
def test_a_damaged_drill_is_told_and_not_a_crash(pack: Path, data: Any) -> None:
    (pack / "failure_drill.json").write_text(json.dumps(data))
    done = gatekeeper("judge", str(pack), cwd=pack.parent)
    assert done.code == 2, done.out + done.err
    assert "is damaged" in done.err


def test_a_failure_that_is_none_or_twice_is_damage(pack: Path) -> None:
    place = pack / "failure_drill.json"
    one = json.loads(place.read_text())["drilled"][0]
    for drilled in ([{**one, "failure": "../run"}], [one, one]):
        place.write_text(json.dumps({"drilled": drilled}))
        assert gatekeeper("judge", str(pack), cwd=pack.parent).code == 2


def alive(mark: str) -> list[str]:
    """Processes with a word in their command."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:
            continue
        if mark in words:
            found.append(" ".join(words))
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("moment", ["breaking a copy", "first checks", "asking the rollback"])
def test_no_process_is_left_whenever_it_is_stopped(
    tmp_path: Path, number: signal.Signals, moment: str
) -> None:
    repository: Repository = build(STORIES / "drilled" / "hidden", tmp_path / "repository")
    mark = f"mark-{tmp_path.name}-{number}"
    repository.git("stash", "--quiet", "--include-untracked")
    repository.git("switch", "--quiet", "main")
    repository.commit(repository.replace("gatekeeper.yaml", '"{port}"]', f'"{{port}}", {mark}]'))
    repository.git("switch", "--quiet", "--force-create", "change", "main")
    repository.git("stash", "pop", "--quiet")
    run = Running("--runtime", "process", cwd=repository.folder)
    run.wait_until_it_says(moment)
    assert run.send(number) == (-9 if number is signal.SIGKILL else 130), run.said
    assert wait_until(lambda: not alive(mark), 30), alive(mark)
