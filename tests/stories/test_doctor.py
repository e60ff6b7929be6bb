"""`gatekeeper doctor`: a line for each thing that a run needs, and what to do about it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support.cli import Done, gatekeeper
from tests.support.repository import Repository

COMMON = Path(__file__).parent / "common"
NO_ENGINE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repository")
    shutil.copytree(COMMON, made.folder, dirs_exist_ok=True)
    made.commit({".gitignore": "__pycache__/\n"}, "before")
    return made


def doctor(repository: Repository, *args: str, **environment: str) -> Done:
    return gatekeeper("doctor", *args, cwd=repository.folder, **environment)


def lines(done: Done) -> list[str]:
    return done.out.splitlines()


def test_without_an_engine_a_desk_can_still_run_the_command(repository: Repository) -> None:
    done = doctor(repository, **NO_ENGINE)
    assert done.code == 0, done.out + done.err
    assert "✓ manifest: gatekeeper.yaml is sound" in lines(done)
    assert "✓ cases: 5 in eval_cases.csv" in lines(done)
    assert "! engine: no Docker engine: /nowhere/docker.sock does not exist" in lines(done)
    assert "    → the process runtime would be taken, at a desk" in lines(done)


def test_what_only_docker_can_run_needs_an_engine(repository: Repository) -> None:
    repository.write(repository.replace(
        "gatekeeper.yaml", '  command: [python, service.py, "{port}"]\n', ""))
    done = doctor(repository, **NO_ENGINE)
    assert done.code == 3, done.out + done.err
    assert "✗ engine: no Docker engine: /nowhere/docker.sock does not exist" in lines(done)


def test_a_manifest_that_must_be_mended_is_exit_code_2(repository: Repository) -> None:
    repository.write(repository.replace("gatekeeper.yaml", "preset:", "preest:"))
    done = doctor(repository, **NO_ENGINE)
    assert done.code == 2, done.out + done.err
    assert any(line.startswith("✗ manifest: gatekeeper.yaml:") for line in lines(done))


def test_base_that_is_not_in_the_clone(repository: Repository) -> None:
    done = doctor(repository, "--base", "origin/elsewhere", **NO_ENGINE)
    assert done.code == 3, done.out + done.err
    assert "✗ base: origin/elsewhere is not in this clone" in lines(done)


def test_a_history_that_is_cut_off_is_told(repository: Repository, tmp_path: Path) -> None:
    repository.git("clone", "--quiet", "--depth", "1", f"file://{repository.folder}",
                   str(tmp_path / "shallow"))
    done = gatekeeper("doctor", cwd=tmp_path / "shallow", **NO_ENGINE)
    assert done.code == 0, done.out + done.err
    assert "history is cut off" in done.out


def test_outside_a_repository(tmp_path: Path) -> None:
    done = gatekeeper("doctor", cwd=tmp_path, **NO_ENGINE)
    assert done.code == 3, done.out + done.err
    assert "✗ repository:" in done.out


def test_weights_and_secrets_that_are_not_here(repository: Repository, tmp_path: Path) -> None:
    models = f"  models: [{{from: \"path:{tmp_path}/x\", sha256: {'0' * 64}, mount: /models/x}}]\n"
    judge = "judge: {url: 'http://127.0.0.1:1', model: m, auth: {secret: J_KEY}}\ngates:"
    repository.write(repository.replace("gatekeeper.yaml", "  ready:", f"{models}  ready:"))
    repository.write(repository.replace("gatekeeper.yaml", "gates:", judge))
    done = doctor(repository, **NO_ENGINE)
    assert done.code == 3, done.out + done.err
    assert f"✗ model: path:{tmp_path}/x is not on this machine" in lines(done)
    assert "✗ secret: J_KEY is not set, which judge needs" in lines(done)
    (tmp_path / "x").touch()
    assert doctor(repository, J_KEY="secret-value", **NO_ENGINE).code == 0


def test_every_declared_secret_is_looked_for(repository: Repository) -> None:
    repository.write(repository.replace(
        "gatekeeper.yaml", "  ready:", "  environment: {HUB: {secret: HUB_TOKEN}}\n  ready:"))
    repository.write(repository.replace(
        "gatekeeper.yaml", "  preset: openai-chat",
        "  preset: openai-chat\n  auth: {secret: SERVICE_KEY}"))
    done = doctor(repository, HUB_TOKEN="hub-token-value", **NO_ENGINE)
    assert done.code == 3, done.out + done.err
    assert "✗ secret: SERVICE_KEY is not set, which contract.auth needs" in lines(done)
    assert "✓ secret: HUB_TOKEN is set (service.environment.HUB)" in lines(done)
    assert "hub-token-value" not in done.out + done.err


def test_in_a_workflow_the_token_is_looked_for(repository: Repository) -> None:
    done = doctor(repository, GITHUB_ACTIONS="true", **NO_ENGINE)
    assert "! token: no GitHub token is set here" in lines(done)
    done = doctor(repository, GITHUB_ACTIONS="true", GITHUB_TOKEN="ghs_x", **NO_ENGINE)
    assert "✓ token: GITHUB_TOKEN is set" in lines(done)
    assert "ghs_x" not in done.out


def test_as_json(repository: Repository) -> None:
    done = doctor(repository, "--json", **NO_ENGINE)
    found = {one["name"]: one for one in json.loads(done.out)}
    assert found["engine"]["state"] == "warn"
    assert found["git"]["state"] == "ok"
    assert set(found["base"]) == {"name", "state", "words", "todo"}


def test_it_leaves_nothing_in_the_repository(repository: Repository) -> None:
    doctor(repository, **NO_ENGINE)
    assert repository.git("status", "--porcelain") == ""
