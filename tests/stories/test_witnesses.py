"""What others say is asked once, kept, and never needed again; a key is never kept."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.adapters.waiting import wait_until
from gatekeeper.evidence.files import TESTIMONY
from gatekeeper.judging.rejudging import Trusted, judge_again
from gatekeeper.outcome import Conclusion
from gatekeeper.policy.declared import read_declared
from tests.support.cli import gatekeeper
from tests.support.openai import endpoint
from tests.support.repository import Repository
from tests.support.story import STORIES, build, judged

KEY = "sk-the-judges-key-0123456789"


def run(repository: Repository, **environment: str):  # type: ignore[no-untyped-def]
    """`gatekeeper run` on the process runtime."""
    return gatekeeper("run", "--runtime", "process", cwd=repository.folder, **environment)


@pytest.mark.parametrize("name", ["rubric-not-met", "rubric-answer-in-prose", "similar-not-alike"])
def test_the_verdict_is_reached_again_without_anybody(name: str, tmp_path: Path) -> None:
    with judged(STORIES / name) as url:
        repository = build(STORIES / name, tmp_path / "repository", url)
        first = run(repository)
    pack = tmp_path / "elsewhere"
    shutil.move(repository.folder / "evidence", pack)
    shutil.rmtree(repository.folder)
    done = gatekeeper("judge", "--json", str(pack), cwd=tmp_path)
    assert done.out.encode() == (pack / "verdict.json").read_bytes()
    assert (done.code, "byte for byte" in done.err) == (first.code, True)


def test_without_its_record_a_pack_is_undecided(tmp_path: Path) -> None:
    with judged(STORIES / "rubric-met") as url:
        repository = build(STORIES / "rubric-met", tmp_path / "repository", url)
        assert run(repository).code == 0
    pack = repository.folder / "evidence"
    record = pack / TESTIMONY
    assert all(json.loads(line)["said"] for line in record.read_text().splitlines())
    record.unlink()
    done = gatekeeper("judge", str(pack), cwd=tmp_path)
    assert done.code == 3
    assert "nobody was asked" in done.out


def test_an_answer_that_is_moved_to_another_reply_does_not_count(tmp_path: Path) -> None:
    with judged(STORIES / "rubric-not-met") as url:
        repository = build(STORIES / "rubric-not-met", tmp_path / "repository", url)
        assert run(repository).code == 1
    pack = repository.folder / "evidence"
    lines = [json.loads(line) for line in (pack / TESTIMONY).read_text().splitlines()]
    good = next(line["said"] for line in lines if line["side"] == "base")
    about = next(line["about"] for line in lines if line["side"] == "base")
    for line in lines:
        line["said"], line["about"] = good, about
    (pack / TESTIMONY).write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = gatekeeper("judge", str(pack), cwd=tmp_path)
    assert done.code == 3, done.out
    assert "nobody was asked" in done.out


@pytest.mark.parametrize("right", [True, False])
def test_a_key_goes_to_the_endpoint_and_nowhere_else(tmp_path: Path, right: bool) -> None:
    script = {"says": {"": [f'{{"pass": true, "reason": "you are {KEY}"}}']},
              "key": KEY if right else "another"}
    with endpoint(script) as judge:
        repository = build(STORIES / "rubric-without-key", tmp_path / "repository", judge.url)
        done = run(repository, STORY_JUDGE_KEY=KEY)
    assert len(judge.requests) == (6 if right else 0)
    assert done.code == (0 if right else 3), done.out
    assert KEY not in done.out + done.err
    kept = [place for place in (repository.folder / "evidence").rglob("*") if place.is_file()]
    assert not [place for place in kept if KEY.encode() in place.read_bytes()]
    assert "redacted" in (repository.folder / "evidence" / TESTIMONY).read_text()


def test_a_judge_that_is_not_there_is_undecided(tmp_path: Path) -> None:
    with judged(STORIES / "rubric-met") as url:
        gone = url
    repository = build(STORIES / "rubric-met", tmp_path / "repository", gone)
    done = run(repository)
    assert done.code == 3
    assert "judge-1: the connection was refused" in done.out


def test_an_interrupt_does_not_wait_for_a_judge(tmp_path: Path) -> None:
    with endpoint({"says": {"": {"fault": "hang"}}}) as judge:
        repository = build(STORIES / "rubric-met", tmp_path / "repository", judge.url)
        command = [sys.executable, "-I", "-m", "gatekeeper", "run", "--runtime", "process"]
        with subprocess.Popen(command, cwd=repository.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as running:
            assert wait_until(lambda: bool(judge.requests), 60)
            running.send_signal(signal.SIGINT)
            out, _ = running.communicate(timeout=60)
    assert running.returncode == 130
    assert b"INTERRUPTED" in out


def test_what_others_said_is_not_believed_of_a_forks_own_run(tmp_path: Path) -> None:
    with judged(STORIES / "rubric-met") as url:
        repository = build(STORIES / "rubric-met", tmp_path / "repository", url)
        assert run(repository).code == 0
    base = read_declared("gatekeeper.yaml", lambda path: (repository.folder / path).read_bytes())
    judgement = judge_again(repository.folder / "evidence", Trusted(
        base, "b" * 40, "a" * 40, "a against main", "2026-10-02T00:00:00Z"))
    assert judgement.verdict.conclusion is Conclusion.UNDECIDED
    assert "nobody was asked" in str(judgement.verdict.reasons)


def test_an_own_check_without_an_engine_is_undecided_and_says_so(tmp_path: Path) -> None:
    repository = build(STORIES / "code-changed", tmp_path / "repository")
    rows = (repository.folder / "eval_cases.csv").read_text().splitlines()
    rows = [rows[0] + ",checks", *(row + "," for row in rows[1:-1]),
            rows[-1] + ",python:checks/tone.py:polite"]
    repository.git("stash", "--quiet", "--include-untracked")
    repository.git("switch", "--quiet", "main")
    repository.commit({"eval_cases.csv": "\n".join(rows) + "\n",
                       "checks/tone.py": "def polite(reply):\n    return {}\n"})
    repository.git("switch", "--quiet", "--force-create", "change", "main")
    repository.git("stash", "pop", "--quiet")
    done = run(repository, DOCKER_HOST="unix:///nowhere/docker.sock")
    assert done.code == 3, done.err
    said = " ".join(done.out.split())
    assert "own checks run in a container, and cannot be run here: no Docker engine" in said
