"""The action's image, launched with the runner's literal line on a pull request."""

from __future__ import annotations

import html
import json
import subprocess

import docker
import pytest

from tests.action.conftest import PullRequest
from tests.support.engine import of_run
from tests.support.runner import Runner, Step

pytestmark = pytest.mark.xdist_group("action")  # one worker, so that the image is built once
INT2 = ("config/model.toml", 'quantization = "int8"', 'quantization = "int2"')
FLOAT32 = ("config/model.toml", 'quantization = "int8"', 'quantization = "float32"')


def judged(pull_request: PullRequest, image: str, python_image: str, network: str = "") -> Step:
    """One run of the action on a pull request."""
    return pull_request.runner.run(image, "pull_request", pull_request.payload, network,
                                   build_args=f"PYTHON_IMAGE={python_image}")


def test_a_change_that_must_be_blocked(
    pull_request: PullRequest, action_image: str, python_image: str, engine: docker.DockerClient
) -> None:
    pull_request.change(*INT2)
    step = judged(pull_request, action_image, python_image)
    assert step.code == 1, step.log
    assert step.outputs["verdict"] == "block"
    assert json.loads(step.outputs["gates"]) == {"share": "closed"}
    assert "citation_10" in json.loads(step.outputs["failed-cases"])
    assert step.summary.startswith("## ⛔ gatekeeper: blocked\n")
    assert "quantization&#58; int8 → int2" in step.summary
    pack = step.workspace / step.outputs["evidence"]
    assert json.loads((pack / "verdict.json").read_text())["exit_code"] == 1
    seal = json.loads((pack / "manifest.json").read_text())
    assert (step.outputs["inputs-digest"], step.outputs["pack-digest"]) == (
        seal["inputs_digest"], seal["pack_digest"])
    assert (step.workspace / step.outputs["junit"]).read_text().count("<failure") == 9
    assert {path.stat().st_uid for path in pack.rglob("*")} == {1001}
    environment = json.loads((pack / "environment.json").read_text())["runtimes"]["head"]
    assert environment["inside_container"] is True
    assert environment["builder"].startswith("BuildKit (docker ")
    assert of_run(engine, environment["run"]) == set()


def test_a_change_that_must_pass_on_a_job_network(
    pull_request: PullRequest, action_image: str, python_image: str, job_network: str
) -> None:
    pull_request.change(*FLOAT32)
    step = judged(pull_request, action_image, python_image, job_network)
    assert step.code == 0, step.log
    assert step.outputs["verdict"] == "pass"
    assert step.summary.startswith("## ✅ gatekeeper: pass\n")


def test_nothing_that_counts_changed(
    pull_request: PullRequest, action_image: str, python_image: str
) -> None:
    pull_request.change("README.md", "# ", "# The ")
    step = judged(pull_request, action_image, python_image)
    assert step.code == 0, step.log
    assert "nothing that counts changed" in step.summary


def shallow(pull_request: PullRequest, runner: Runner, depth: int, origin: bool) -> None:
    """Check the test merge out again into a shallow clone, as actions/checkout does."""
    source = pull_request.repository.folder
    subprocess.run(["chown", "-R", "0:0", str(source)], check=True)
    merge = pull_request.repository.git("rev-parse", "HEAD")
    for args in (
        ["init", "--quiet"],
        ["remote", "add", "origin", f"file://{source}"],
        ["fetch", "--quiet", f"--depth={depth}", "origin", merge],
        ["checkout", "--quiet", "--detach", merge],
        [] if origin else ["remote", "remove", "origin"],
    ):
        if args:
            subprocess.run(["git", *args], cwd=runner.workspace, check=True)


def test_depth_2_is_enough(
    pull_request: PullRequest, action_image: str, python_image: str
) -> None:
    pull_request.change(*FLOAT32)
    runner = Runner(pull_request.runner.workspace.parents[2] / "shallow")
    shallow(pull_request, runner, depth=2, origin=False)
    step = runner.run(action_image, "pull_request", pull_request.payload,
                      build_args=f"PYTHON_IMAGE={python_image}")
    assert step.code == 0, step.log
    assert step.outputs["verdict"] == "pass"


def test_depth_1_without_a_way_to_fetch_is_undecided_and_names_the_depth(
    pull_request: PullRequest, action_image: str
) -> None:
    pull_request.change(*FLOAT32)
    runner = Runner(pull_request.runner.workspace.parents[2] / "shallow")
    shallow(pull_request, runner, depth=1, origin=False)
    step = runner.run(action_image, "pull_request", pull_request.payload)
    assert step.code == 3, step.log
    assert "check out with `fetch-depth: 2`" in step.log
    assert step.outputs == {"verdict": "undecided", "exit-code": "3", "comment-url": ""}
    assert "gatekeeper: could not judge" in step.summary


@pytest.mark.parametrize(
    ("event", "inputs", "said"),
    [
        ("issues", {}, "the event `issues` is not one gatekeeper judges"),
        ("pull_request", {"force": "yes"}, "input `force`: `yes` is neither true nor false"),
        ("pull_request", {"manifest": "../x.yaml"}, "is not below the workspace"),
        ("pull_request", {"repeats": "many"}, "input `repeats`: `many` is not a whole number"),
    ],
)
def test_wrong_use_is_exit_code_2_with_the_reason_in_the_summary(
    pull_request: PullRequest, action_image: str, event: str, inputs: dict[str, str], said: str
) -> None:
    pull_request.change(*FLOAT32)
    step = pull_request.runner.run(action_image, event, pull_request.payload, **inputs)
    assert step.code == 2, step.log
    assert said in html.unescape(step.summary)
    assert step.outputs["verdict"] == "usage"


def test_no_module_of_the_pull_request_is_imported(
    pull_request: PullRequest, action_image: str, python_image: str
) -> None:
    for name in ("yaml.py", "docker.py", "gatekeeper/__init__.py"):
        pull_request.repository.write({name: "raise SystemExit(0)\n"})
    pull_request.change(*INT2)
    step = judged(pull_request, action_image, python_image)
    assert step.code == 1, step.log
