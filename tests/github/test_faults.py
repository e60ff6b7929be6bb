"""A fault of gatekeeper's own is told on GitHub like any other reason not to know."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gatekeeper.commands import action
from gatekeeper.errors import CouldNotMeasure
from tests.github.conftest import BASE, HEAD, WORKFLOW, WORKFLOW_MAY
from tests.support.github.server import GitHubStandIn


def test_a_fault_of_ours_is_undecided_and_told(
    tmp_path: Path, github: GitHubStandIn, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError(f"::error::a fault with {WORKFLOW} in its words")

    github.add_token(WORKFLOW, WORKFLOW_MAY)
    github.add_pull(1, HEAD, BASE)
    side = {"repo": {"full_name": "acme/assistant"}, "ref": "main"}
    event, summary, outputs = (tmp_path / name for name in ("event.json", "summary", "outputs"))
    event.write_text(json.dumps({"pull_request": {
        "number": 1, "user": {"login": "ann"}, "head": {**side, "sha": HEAD},
        "base": {**side, "sha": BASE}}}))
    for name, value in {
        "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": "acme/assistant", "GITHUB_API_URL": github.url,
        "GITHUB_RUN_ID": "8", "GITHUB_RUN_ATTEMPT": "1", "INPUT_GITHUB-TOKEN": WORKFLOW,
        "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(outputs),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(action, "judge_repository", breaks)
    with pytest.raises(CouldNotMeasure, match="a fault of gatekeeper itself: RuntimeError"):
        action.action_command()
    said, = github.comments(1)
    assert "could not judge, and therefore blocked" in said["body"]
    assert [run["conclusion"] for run in github.check_runs] == ["failure"]
    assert "undecided" in outputs.read_text()
    log = capsys.readouterr().out
    assert "in breaks" in log
    assert not any(line.startswith("::error") for line in log.splitlines())
    assert WORKFLOW not in log + said["body"] + summary.read_text()
