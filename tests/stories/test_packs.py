"""Packs that somebody planted, damaged, or writes to at the same time."""

from __future__ import annotations

import fcntl
import json
import math
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import gatekeeper
from tests.support.repository import Repository
from tests.support.story import STORIES


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """The stories' service, changed."""
    made = Repository(tmp_path / "repository")
    shutil.copytree(STORIES / "common", made.folder, dirs_exist_ok=True)
    made.commit({".gitignore": "__pycache__/\n"}, "before")
    made.branch("change")
    made.write({"extra.py": "x = 1\n"})
    return made


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A folder outside the repository, with something in it."""
    folder = tmp_path / "victim"
    folder.mkdir()
    (folder / "mine.txt").write_text("years of work")
    return folder


def run(repository: Repository) -> Any:
    """`gatekeeper run` on the process runtime."""
    return gatekeeper("run", "--runtime", "process", cwd=repository.folder)


@pytest.mark.parametrize("planted", ["sources", "policy", "eval_cases.csv", "manifest.json"])
def test_a_link_in_a_planted_pack_leads_nowhere(
    repository: Repository, victim: Path, planted: str
) -> None:
    """A pull request may track a folder that looks like a pack, with links to other places."""
    folder = repository.folder / "evidence"
    folder.mkdir()
    (folder / ".gitignore").write_text("*\n")
    (folder / "run.json").write_text("{}")
    (folder / planted).symlink_to(victim if "." not in planted else victim / "mine.txt")
    done = run(repository)
    assert done.code == 0, done.err
    assert [place.name for place in victim.iterdir()] == ["mine.txt"]
    assert (victim / "mine.txt").read_text() == "years of work"
    assert not (folder / planted).is_symlink()


def test_a_link_in_place_of_the_pack_is_refused(repository: Repository, victim: Path) -> None:
    (repository.folder / "evidence").symlink_to(victim)
    done = run(repository)
    assert done.code == 2
    assert "is not a folder of its own" in done.err
    assert (victim / "mine.txt").read_text() == "years of work"


def test_a_linked_ignore_file_is_not_written_through(
    repository: Repository, victim: Path
) -> None:
    folder = repository.folder / "evidence"
    folder.mkdir()
    (folder / "run.json").write_text("{}")
    (folder / ".gitignore").symlink_to(victim / "mine.txt")
    assert run(repository).code == 2
    assert (victim / "mine.txt").read_text() == "years of work"


def test_a_folder_that_only_has_a_run_json_is_no_pack(repository: Repository) -> None:
    folder = repository.folder / "evidence"
    (folder / "sources").mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    (folder / "sources" / "mine.txt").write_text("years of work")
    assert run(repository).code == 2
    assert (folder / "sources" / "mine.txt").read_text() == "years of work"


def test_two_runs_do_not_write_into_one_pack(repository: Repository) -> None:
    assert run(repository).code == 0
    held = os.open(repository.folder / "evidence", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    done = run(repository)
    os.close(held)
    assert done.code == 2
    assert "another run is writing to" in done.err
    assert run(repository).code == 0


def test_a_run_that_was_killed_at_once_does_not_lock_the_folder(repository: Repository) -> None:
    folder = repository.folder / "evidence"
    folder.mkdir()
    (folder / ".gitignore").write_text("*\n")
    (folder / "1.part").write_text("{")
    assert run(repository).code == 0


def test_a_verdict_that_was_removed_is_not_passed(repository: Repository) -> None:
    run(repository)
    (repository.folder / "evidence" / "verdict.json").unlink()
    done = gatekeeper("judge", "evidence", cwd=repository.folder)
    assert done.code == 3
    assert "the verdict was removed" in done.err


DAMAGES: tuple[tuple[str, Any], ...] = (
    ("subject", 5), ("manifest_path", None), ("repeats", "x"), ("changes", [1]), ("head", []),
    ("baseline", "left"), ("base", {"tree": 1}), ("judged_at", None), ("acceptance", {"digest": 1}),
    ("overhead", {"middle": 1, "worst": 1, "samples": math.inf}),
)


@pytest.mark.parametrize(("key", "value"), DAMAGES, ids=lambda one: str(one))
def test_a_damaged_record_is_told_and_never_passed(
    repository: Repository, key: str, value: Any
) -> None:
    run(repository)
    place = repository.folder / "evidence" / "run.json"
    place.write_text(json.dumps({**json.loads(place.read_text()), key: value}))
    for command in (("judge", "evidence"), ("replay", "evidence", "format_01"),
                    ("prove", "--from", "evidence")):
        done = gatekeeper(*command, cwd=repository.folder)
        assert done.code in (2, 3) or command[0] != "judge", done.out + done.err
        assert "Traceback" not in done.err


@pytest.mark.parametrize("attempt", [
    {"side": "left"}, {"case": []}, {"reply": {"body": 5}}, {"timing": None}, {"number": "x"},
    {"reply": {"status": "200", "body": "{}", "content_type": "", "error": "", "detail": ""}},
])
def test_a_damaged_attempt_is_told_and_never_passed(
    repository: Repository, attempt: dict[str, Any]
) -> None:
    run(repository)
    place = repository.folder / "evidence" / "eval_results.jsonl"
    first, *rest = place.read_text().splitlines()
    place.write_text("\n".join([json.dumps({**json.loads(first), **attempt}), *rest]) + "\n")
    done = gatekeeper("judge", "evidence", cwd=repository.folder)
    assert done.code in (1, 2, 3), done.out + done.err
    assert "Traceback" not in done.err
