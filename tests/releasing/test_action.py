"""The action in mode `release`: inputs and event in, exit code, outputs and summary out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.github.conftest import WORKFLOW
from tests.releasing.conftest import Remote
from tests.releasing.service import QUEUE, Service
from tests.support.cli import Done, gatekeeper
from tests.support.runner import read_outputs


@dataclass
class Job:
    """A job of the release workflow."""

    service: Service
    folder: Path

    def run(self, event: str = "push", ref: str = "refs/heads/main", **inputs: str
            ) -> tuple[Done, dict[str, str], str]:
        """One step; its end, its outputs, its summary."""
        files = {name: self.folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for place in files.values():
            place.write_text("")
        tip = self.service.local.git("rev-parse", f"{ref}^{{commit}}")
        payload: dict[str, Any] = {
            "ref": ref, "after": tip, "head_commit": {"id": tip},
            "repository": {"default_branch": "main", "full_name": "acme/assistant"},
            "pull_request": {"number": 1, "head": {"sha": tip}, "base": {"sha": tip}}}
        (self.folder / "event.json").write_text(json.dumps(payload))
        done = gatekeeper(
            "action", cwd=self.service.local.folder, GITHUB_API_URL=self.service.remote.github.url,
            GITHUB_REPOSITORY="acme/assistant", GITHUB_EVENT_NAME=event, GITHUB_REF=ref,
            GITHUB_SHA=tip, GITHUB_EVENT_PATH=str(self.folder / "event.json"), GITHUB_RUN_ID="9",
            **{name: str(place) for name, place in files.items()},
            **{"INPUT_GITHUB-TOKEN": WORKFLOW, "INPUT_MODE": "release",
               **{f"INPUT_{name.upper()}": value for name, value in inputs.items()}})
        return (done, read_outputs(files["GITHUB_OUTPUT"].read_text()),
                files["GITHUB_STEP_SUMMARY"].read_text())


@pytest.fixture
def job(remote: Remote, tmp_path: Path) -> Job:
    """On a service whose queue has left evidence."""
    service = Service(remote)
    service.kept(service.measured(tmp_path / "pack"), event="merge_group", branch=QUEUE)
    (tmp_path / "job").mkdir()
    return Job(service, tmp_path / "job")


def test_a_push_to_main_is_released_with_what_the_queue_has_measured(job: Job) -> None:
    done, outputs, summary = job.run()
    assert done.code == 0, done.out + done.err
    github = job.service.remote.github
    assert outputs["verdict"] == "pass"
    assert outputs["exit-code"] == "0"
    assert outputs["release-tag"] == "v0.1.0"
    assert outputs["release-url"] == "https://github.com/acme/assistant/releases/tag/v0.1.0"
    assert outputs["pack-digest"] in github.releases[0]["body"]
    assert outputs["image"] == ""
    assert (job.service.local.folder / outputs["evidence"] / "verdict.json").is_file()
    assert "released as v0&#46;1&#46;0" in summary
    assert [one["conclusion"] for one in github.check_runs] == ["success"]
    assert WORKFLOW not in done.out + done.err + summary


def test_again_it_is_released_before(job: Job) -> None:
    job.run()
    written = len(job.service.remote.github.writes)
    done, outputs, summary = job.run()
    assert done.code == 0, done.out + done.err
    assert (outputs["verdict"], outputs["release-tag"]) == ("pass", "v0.1.0")
    assert "released before" in summary
    assert len(job.service.remote.github.writes) == written


def test_a_tag_of_a_commit_beside_main_is_blocked(job: Job) -> None:
    local = job.service.local
    local.branch("topic")
    local.commit({"replies.json": "{}\n"})
    local.git("tag", "v3.0.0")
    local.git("push", "--quiet", "origin", "v3.0.0")
    local.git("switch", "--quiet", "main")
    done, outputs, summary = job.run(ref="refs/tags/v3.0.0")
    assert done.code == 1, done.out + done.err
    assert (outputs["verdict"], outputs["release-tag"]) == ("block", "")
    assert "tag v3&#46;0&#46;0 has no proof" in summary


def test_a_pull_request_is_not_released(job: Job) -> None:
    done, outputs, _ = job.run("pull_request")
    assert done.code == 2
    assert "mode `release` does not run on `pull_request`" in done.err
    assert outputs["verdict"] == "usage"
    assert job.service.remote.github.releases == []


def test_an_unknown_mode_is_told(job: Job) -> None:
    done, _, _ = job.run(mode="relase")
    assert done.code == 2
    assert "input `mode`: unknown word `relase`" in done.err
