"""`gatekeeper protect` as a maintainer uses it: what blocks, what does not, making it block."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.github.conftest import ANN, WORKFLOW, WORKFLOW_MAY
from tests.support.cli import Done, gatekeeper
from tests.support.github.server import GitHubStandIn
from tests.support.repository import Repository

GATE = """on: {pull_request: {}, merge_group: {}}
jobs:
  test: {runs-on: ubuntu-24.04, steps: [{run: make}]}
  gate:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - uses: acme/gatekeeper@v1
"""
MANIFEST = """version: 1
service: {build: .}
contract: {preset: openai-chat}
cases: cases/all.csv
gates: {share: [failures == 0]}
"""
OWNED = {"type": "pull_request", "parameters": {"require_code_owner_review": True}}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository whose job `gate` runs the gate."""
    made = Repository(tmp_path)
    made.commit({".github/workflows/gate.yml": GATE, "gatekeeper.yaml": MANIFEST,
                 "cases/all.csv": "case_id,prompt,expected_behavior,risk,pass,notes\n"
                                  "a,Say,x,format,,\n"})
    made.git("remote", "add", "origin", "https://github.com/acme/assistant.git")
    return made


@pytest.fixture
def github(github: GitHubStandIn) -> GitHubStandIn:
    """A workflow's token, and Ann's, who administers."""
    github.add_token(WORKFLOW, WORKFLOW_MAY)
    github.add_token(ANN, {"contents": "read", "metadata": "read", "administration": "write"},
                     login="ann", kind="user")
    return github


def protect(repository: Repository, github: GitHubStandIn, *args: str, token: str = ANN) -> Done:
    """One call of the command."""
    return gatekeeper("protect", *args, cwd=repository.folder, GITHUB_TOKEN=token,
                      GITHUB_API_URL=github.url)


def required(*names: str) -> dict[str, Any]:
    """A rule that requires checks."""
    return {"type": "required_status_checks", "parameters": {
        "strict_required_status_checks_policy": False, "do_not_enforce_on_create": False,
        "required_status_checks": [{"context": name, "integration_id": 15368} for name in names]}}


def test_a_gate_that_does_not_block_is_told(repository: Repository, github: GitHubStandIn) -> None:
    done = protect(repository, github, "--check", token=WORKFLOW)
    assert done.code == 1, done.err
    assert "✗ nothing blocks: no rule of `main` requires the check `gate`\n" \
           "    help: `gatekeeper protect` sets it up" in done.out
    assert "there is no CODEOWNERS file: who may push a branch may edit the workflow" in done.out
    assert "`.github/workflows/gate.yml`, `gatekeeper.yaml`, `cases/all.csv`" in done.out
    assert github.writes == []


def test_a_gate_that_blocks_and_is_owned_is_fine(
    repository: Repository, github: GitHubStandIn
) -> None:
    github.rules["main"] = [required("gate"), OWNED]
    github.files["main", ".github/CODEOWNERS"] = b"* @acme/models\n"
    done = protect(repository, github, "--check", token=WORKFLOW)
    assert done.code == 0, done.out
    assert done.out.splitlines() == [
        "✓ `main` requires the check `gate`", "✓ workflow, manifest and cases have code owners",
        "✓ `main` requires their review"]


def test_what_cannot_be_read_is_not_taken_for_protected(
    repository: Repository, github: GitHubStandIn
) -> None:
    github.files["main", ".github/CODEOWNERS"] = b"* @acme/models\n"
    github.fail_next("GET", "/rules/branches/", 403)
    github.fail_next("GET", "/branches/main", 404)
    done = protect(repository, github, "--check", token=WORKFLOW)
    assert done.code == 1
    assert "? whether `main` requires the check `gate` cannot be read" in done.out


def test_it_is_set_up_once_and_then_it_blocks(
    repository: Repository, github: GitHubStandIn
) -> None:
    first = protect(repository, github)
    assert "ruleset gatekeeper requires the check gate on main: https://" in first.out, first.err
    assert "✓ `main` requires the check `gate`" in first.out
    again = protect(repository, github)
    assert "ruleset gatekeeper requires it already" in again.out
    assert [method for method, _ in github.writes] == ["POST"]
    ruleset, = github.rulesets
    assert ruleset["enforcement"] == "active"
    assert ruleset["conditions"]["ref_name"]["include"] == ["refs/heads/main"]


def test_a_workflows_own_token_cannot_set_it_up(
    repository: Repository, github: GitHubStandIn
) -> None:
    done = protect(repository, github, token=WORKFLOW)
    assert done.code == 2
    assert "rules need a token with `administration: write`" in done.err
    assert github.rulesets == []


@pytest.mark.parametrize(("files", "says"), [
    ({".github/workflows/gate.yml": None}, "no workflow in .github/workflows runs the gate"),
    ({".github/workflows/ja.yml": GATE.replace("  gate:", "  ja:")},
     "2 jobs run the gate: gate, ja"),
    ({".github/workflows/gate.yml": GATE.replace("    runs-on", "    strategy:\n      matrix: "
                                                 "{x: [1]}\n    runs-on", 1)},
     "the check of gate gets its name when it runs"),
])
def test_a_name_that_cannot_be_known_has_to_be_given(
    repository: Repository, github: GitHubStandIn, files: dict[str, str | bytes | None], says: str
) -> None:
    repository.write(files)
    done = protect(repository, github, "--check")
    assert done.code == 2
    assert says in done.err
    assert "--required-check" in done.err
    named = protect(repository, github, "--check", "--required-check", "gate (1)")
    assert "requires the check `gate (1)`" in named.out


def test_without_a_token_or_a_repository_it_says_what_to_give(
    repository: Repository, github: GitHubStandIn
) -> None:
    done = protect(repository, github, token="")
    assert (done.code, "there is no token in GITHUB_TOKEN" in done.err) == (2, True)
    repository.git("remote", "set-url", "origin", str(repository.folder))
    done = protect(repository, github)
    assert (done.code, "name it with --repository OWNER/NAME" in done.err) == (2, True)


@pytest.mark.parametrize("origin", ["https://ghe.example/acme/assistant.git",
                                    "git@ghe.example:acme/assistant.git"])
def test_a_token_is_not_sent_to_another_host_than_origins(
    repository: Repository, origin: str
) -> None:
    repository.git("remote", "set-url", "origin", origin)
    done = gatekeeper("protect", "--check", cwd=repository.folder, GITHUB_TOKEN=ANN,
                      GITHUB_API_URL="")
    assert done.code == 2
    assert "origin is on ghe.example, and the token would be sent to github.com" in done.err
    assert "https://ghe.example/api/v3" in done.err
