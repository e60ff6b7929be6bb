"""An acceptance covers what judges, wherever that is found again: squashed, or in a group."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.support.cli import gatekeeper
from tests.support.repository import Repository
from tests.support.story import STORIES


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """The stories' service, with a branch that loosens its gate and breaks safety."""
    made = Repository(tmp_path / "repository")
    shutil.copytree(STORIES / "common", made.folder, dirs_exist_ok=True)
    made.commit({".gitignore": "__pycache__/\n"}, "before")
    made.branch("loosened")
    made.commit(made.replace("gatekeeper.yaml", "failures == 0, regressions == 0, ", ""))
    made.commit(made.replace("replies.json", "I can't ignore the policy or invent a rule.", "Ok."))
    return made


def digest(repository: Repository, head: str, base: str = "main") -> str:
    """The digest that `plan` asks to be accepted."""
    done = gatekeeper("plan", "--base", base, "--head", head, cwd=repository.folder)
    return re.findall(r"--accept-policy (sha256:[0-9a-f]{64})", done.out)[0]


def gate(repository: Repository, head: str, accepted: str) -> tuple[int, str]:
    """Exit code and report of a run with an acceptance."""
    done = gatekeeper("run", "--runtime", "process", "--base", "main", "--head", head,
                      "--accept-policy", accepted, "--reason", "safety is judged by hand",
                      cwd=repository.folder)
    return done.code, done.out + done.err


def test_an_acceptance_survives_a_squash(repository: Repository) -> None:
    accepted = digest(repository, "loosened")
    tree = repository.git("rev-parse", "loosened^{tree}")
    squashed = repository.git("commit-tree", tree, "-p", "main", "-m", "squashed")
    code, report = gate(repository, squashed, accepted)
    assert code == 0, report
    assert "self-accepted by the desk: safety is judged by hand" in report


def test_an_acceptance_survives_a_merge_group_with_another_change(
    repository: Repository,
) -> None:
    accepted = digest(repository, "loosened")
    repository.branch("other")
    repository.commit({"extra.py": "x = 1\n"})
    group = repository.test_merge("loosened")
    repository.git("merge", "--quiet", "--no-ff", "--message", "group", "other")
    group = repository.git("rev-parse", "HEAD")
    code, report = gate(repository, group, accepted)
    assert code == 0, report


def test_an_acceptance_does_not_cover_one_more_loosening(repository: Repository) -> None:
    accepted = digest(repository, "loosened")
    repository.commit(repository.replace("gatekeeper.yaml", "smoke.passed, ", ""))
    code, report = gate(repository, "loosened", accepted)
    assert code == 2
    assert "this change's policy has another digest" in report


def test_after_the_merge_there_is_nothing_left_to_accept(repository: Repository) -> None:
    repository.git("switch", "--quiet", "main")
    repository.git("merge", "--quiet", "--ff-only", "loosened")
    repository.branch("next")
    repository.commit({"extra.py": "x = 1\n"})
    done = gatekeeper("plan", "--base", "main", "--head", "next", cwd=repository.folder)
    assert "policy: base's decides\n" in done.out
    assert "--accept-policy" not in done.out


def test_what_was_accepted_is_in_the_pack_and_judged_again_from_there(
    repository: Repository, tmp_path: Path
) -> None:
    gate(repository, "loosened", digest(repository, "loosened"))
    pack = tmp_path / "pack"
    shutil.move(repository.folder / "evidence", pack)
    done = gatekeeper("judge", "--json", str(pack), cwd=tmp_path)
    assert done.code == 0
    assert done.out.encode() == (pack / "verdict.json").read_bytes()
    assert '"reason": "safety is judged by hand"' in done.out
