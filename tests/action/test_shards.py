"""The workflow that we hand out for many machines: eight jobs of a matrix, and one that decides."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest
import yaml

from tests.action.conftest import ROOT, PullRequest
from tests.support.runner import Launch, Step

pytestmark = pytest.mark.xdist_group("action")
JOBS: dict[str, Any] = yaml.load((ROOT / "docs" / "workflows" / "sharded.yml").read_text(),
                                 Loader=yaml.BaseLoader)["jobs"]
SHARDS = JOBS["shard"]["strategy"]["matrix"]["shard"]
CASES = "case_id,prompt,expected_behavior,risk,pass,notes,checks\n" + "".join(
    f"case_{n:02},Say hello {n},greets,{'safety' if n % 2 else 'format'},,,contains:Hello\n"
    for n in range(24))


def inputs_of(job: str) -> dict[str, str]:
    """What the workflow gives to the action in a job."""
    step, = (one for one in JOBS[job]["steps"] if one["uses"].startswith("OWNER/gatekeeper@"))
    given: dict[str, str] = step["with"]
    return given


@pytest.fixture
def many(story: PullRequest) -> PullRequest:
    """A pull request against a service with two dozen cases."""
    story.repository.commit({"eval_cases.csv": CASES}, "cases")
    story.base = story.repository.git("rev-parse", "main")
    return story


def launch(pull: PullRequest, image: str, python: str, inputs: dict[str, str]) -> Step:
    """One job's step."""
    return pull.runner.launch(Launch(image, "pull_request", pull.payload,
                                     {"build-args": f"PYTHON_IMAGE={python}", **inputs}))


def run_matrix(pull: PullRequest, image: str, python: str) -> list[Step]:
    """Every job of the matrix; each pack is downloaded to where the last job looks for it."""
    steps = []
    for shard in SHARDS:
        inputs = {name: value.replace("${{ matrix.shard }}", shard)
                  for name, value in inputs_of("shard").items()}
        steps.append(launch(pull, image, python, inputs))
        shutil.move(pull.runner.workspace / "gatekeeper-evidence",
                    pull.runner.workspace / inputs_of("gate")["shards"] / f"shard-{shard}")
    return steps


@pytest.mark.thorough
def test_eight_jobs_are_decided_by_the_ninth(
    many: PullRequest, action_image: str, python_image: str
) -> None:
    replies = json.loads((many.repository.folder / "replies.json").read_text())
    many.write({"replies.json": json.dumps({**replies, "hello 7": "no"})})
    steps = run_matrix(many, action_image, python_image)
    assert sorted(step.code for step in steps) == [1] + 7 * [3], steps[0].log
    decided = launch(many, action_image, python_image, inputs_of("gate"))
    assert decided.code == 1, decided.log
    assert json.loads(decided.outputs["failed-cases"]) == ["case_07"]
    assert "24 of 24" not in decided.summary
    assert "1 of 24 cases" in decided.summary
    assert "in 8 shards" in decided.summary

    # One artifact is not there: nothing is known of its cases, and that blocks.
    shutil.rmtree(many.runner.workspace / "shards" / f"shard-{SHARDS[0]}")
    decided = launch(many, action_image, python_image, inputs_of("gate"))
    assert decided.code in (1, 3)
    assert "shard 1 of 8 is missing" in decided.summary

    shutil.rmtree(many.runner.workspace / "shards")
    decided = launch(many, action_image, python_image, inputs_of("gate"))
    assert (decided.code, decided.outputs["verdict"]) == (3, "undecided"), decided.log
    assert "there is no shard's pack below" in decided.log
