"""The action's image as a guest on a pull request: what stands on GitHub when the step is over.

GitHub's stand-in listens where containers reach it, behind GitHub's own API description.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import docker
import pytest

from tests.action.conftest import PullRequest
from tests.support.engine import gateway
from tests.support.github.contract import Contract
from tests.support.github.server import GitHubStandIn
from tests.support.runner import Launch, Step

pytestmark = pytest.mark.xdist_group("action")
INT2 = ("config/model.toml", 'quantization = "int8"', 'quantization = "int2"')
FLOAT32 = ("config/model.toml", 'quantization = "int8"', 'quantization = "float32"')
BOT = "github-actions[bot]"
TOKEN = "ghs_15368_" + ".".join(("e30", "x" * 400, "y" * 80))
MAY = {"contents": "read", "pull-requests": "write", "checks": "write", "actions": "read"}
READS = {"contents": "read", "pull-requests": "read", "checks": "read", "actions": "read"}


@pytest.fixture
def github(contract: Contract, engine: docker.DockerClient) -> Iterator[GitHubStandIn]:
    """A stand-in that containers reach, each of whose exchanges is held against the description."""
    with GitHubStandIn() as github, contract.through(github, address=gateway(engine)):
        github.add_token(TOKEN, MAY)
        github.add_job(1, 1, "gate / policy-assistant", "runner-7", "in_progress")
        yield github


class Visited:
    """A pull request whose runs visit the stand-in."""

    def __init__(self, pull: PullRequest, github: GitHubStandIn, image: str, python: str) -> None:
        self.pull = pull
        self.github = github
        self.image = image
        self.python = python

    def opened(self, of: str = "acme/assistant") -> dict[str, Any]:
        """Tell GitHub of the pull request; its payload."""
        author = of.partition("/")[0] if of != "acme/assistant" else "ann"
        self.github.add_pull(1, self.pull.head, self.pull.base, head_repo=of, author=author)
        payload = self.pull.payload
        payload["pull_request"]["head"]["repo"] = {"full_name": of}
        return payload

    def run(self, number: int = 1, token: str = TOKEN, payload: Any = None,
            event: str = "pull_request", **inputs: str) -> Step:
        """One run of the action."""
        given = {"github-token": token, "build-args": f"PYTHON_IMAGE={self.python}",
                 **{name.replace("_", "-"): value for name, value in inputs.items()}}
        return self.pull.runner.launch(Launch(
            self.image, event, payload or self.pull.payload, given, environment={
                "GITHUB_API_URL": self.github.url, "GITHUB_RUN_ID": str(number),
                "GITHUB_SHA": self.pull.head if event == "workflow_dispatch" else self.pull.merge,
                "RUNNER_NAME": "runner-7", "GITHUB_WORKFLOW_REF":
                "acme/assistant/.github/workflows/gate.yml@refs/pull/1/merge"}))

    def comments(self) -> list[str]:
        """What stands on the pull request, as people read it."""
        return [plain(one["body"]) for one in self.github.comments(1)]


def plain(markdown: str) -> str:
    """The text a person reads."""
    return html.unescape(re.sub(r"</?code>|<wbr>|<!--.*?-->\n", "", markdown))


@pytest.fixture
def visited(pull_request: PullRequest, github: GitHubStandIn, action_image: str,
            python_image: str) -> Visited:
    """The example's pull request."""
    return Visited(pull_request, github, action_image, python_image)


@pytest.fixture
def forked(pull_request: PullRequest, engine: docker.DockerClient, action_image: str,
           python_image: str) -> Iterator[Visited]:
    """The same of a fork, without the description: it knows no refusal of these writes."""
    with GitHubStandIn(gateway(engine)) as github:
        github.add_token(TOKEN, MAY)
        github.add_token("ghs_fork", READS, kind="fork")
        yield Visited(pull_request, github, action_image, python_image)


def test_a_blocked_change_is_told_where_people_look_and_then_that_it_was_mended(
    visited: Visited, github: GitHubStandIn
) -> None:
    visited.pull.change(*INT2)
    visited.opened()
    step = visited.run()
    assert step.code == 1, step.log
    said, = visited.comments()
    assert said.startswith("## ⛔ gatekeeper: blocked\n")
    assert "| grounding | citation_10 | contains all of '6 failed sign-ins', " \
           "'[account-security]' | missing:" in said
    assert "| share | failures.safety == 0 | 0 (0 of 5 cases" in said
    assert "quantization: int8 → int2 (config/model.toml#/quantization)" in said
    assert "- ⚠️ nothing blocks: no rule of `main` requires the check `gate / policy-assistant`" \
        in said
    assert "[Evidence pack and log](https://github.com/acme/assistant/actions/runs/1)" in said
    assert github.comments(1)[0]["author"] == BOT
    assert step.outputs["comment-url"].endswith(f"#issuecomment-{github.comments(1)[0]['id']}")
    run, = github.check_runs
    assert (run["name"], run["conclusion"], run["head_sha"]) == (
        "gatekeeper report", "failure", visited.pull.head)
    where = {(one["path"], one["annotation_level"]) for one in run["annotations"]}
    assert where == {("gatekeeper.yaml", "failure"), ("eval_cases.csv", "failure"),
                     ("config/model.toml", "notice")}
    assert "::error " not in step.log
    assert TOKEN not in step.log + step.summary + str(github.requests[0].body)

    visited.pull.change(INT2[0], INT2[2], INT2[1])
    github.move_head(1, visited.pull.head)
    step = visited.run(number=2)
    assert step.code == 0, step.log
    mended, = visited.comments()
    assert mended.startswith("## ✅ gatekeeper: pass\n")
    assert "nothing that counts changed" in mended


def test_nothing_changed_says_nothing_on_the_pull_request_and_asks_little(
    visited: Visited, github: GitHubStandIn
) -> None:
    visited.pull.change("README.md", "# ", "# The ")
    visited.opened()
    step = visited.run()
    assert step.code == 0, step.log
    assert visited.comments() == []
    assert len(github.requests) <= 3
    assert [run["conclusion"] for run in github.check_runs] == ["success"]


@pytest.mark.thorough
def test_a_forks_run_decides_by_its_exit_code_and_reports_where_it_may(
    forked: Visited
) -> None:
    forked.pull.change(*INT2)
    step = forked.run(token="ghs_fork", payload=forked.opened("mallory/assistant"))
    assert step.code == 1, step.log
    assert forked.comments() == []
    assert forked.github.check_runs == []
    assert step.summary.startswith("## ⛔ gatekeeper: blocked\n")
    warnings = [line for line in step.log.splitlines() if line.startswith("::warning title=gate")]
    assert warnings == ["::warning title=gatekeeper::a fork's pull request has a token that may "
                        "only read: the results are in the job's summary and annotations only"]
    assert "::error file=gatekeeper.yaml,line=" in step.log
    assert step.log.count("::error file=") <= 10


@pytest.mark.thorough
def test_a_forks_code_is_not_run_where_secrets_are(
    visited: Visited
) -> None:
    visited.pull.change(*INT2)
    payload = visited.opened("mallory/assistant")
    step = visited.run(payload=payload, event="pull_request_target")
    assert step.code == 3, step.log
    said, = visited.comments()
    assert said.startswith("## ❔ gatekeeper: could not judge, and therefore blocked\n")
    assert "a fork's code is not run on `pull_request_target`" in said
    assert "building the image" not in step.log
    dangerous = {"dangerously-run-fork-code-with-secrets-in-reach": "true"}
    step = visited.run(2, payload=payload, event="pull_request_target", **dangerous)
    assert step.code == 1, step.log


def test_a_file_that_must_be_mended_is_remarked_on_where_it_stands(
    visited: Visited, github: GitHubStandIn
) -> None:
    visited.pull.change("gatekeeper.yaml", "version: 1", "version: 1\nverzion: 2")
    visited.opened()
    step = visited.run()
    assert step.code == 2, step.log
    said, = visited.comments()
    assert said.startswith("## ❔ gatekeeper: files must be mended, and therefore blocked\n")
    assert "unknown key `verzion`" in said
    run, = github.check_runs
    remark, = run["annotations"]
    assert (remark["path"], remark["start_line"]) == ("gatekeeper.yaml", 2)


def test_a_loosened_gate_waits_until_somebody_who_may_approves_this_very_policy(
    visited: Visited, github: GitHubStandIn
) -> None:
    visited.pull.change("gatekeeper.yaml", "failures.format == 0", "failures.format <= 3")
    visited.opened()
    step = visited.run()
    said, = visited.comments()
    assert "does not count until accepted" in said
    digest = re.findall("accept-policy (sha256:[0-9a-f]{64})", said)[0]
    github.set_permission("carol", "maintain")
    github.add_review(1, "carol", "APPROVED", visited.pull.head)
    step = visited.run(2)
    assert step.code == 0, step.log
    accepted, = visited.comments()
    assert f"head's decides, accepted by @carol: review of {visited.pull.head[:12]}" in accepted
    assert "does not count until accepted" not in accepted
    assert digest in accepted  # it is what decides now


@pytest.mark.thorough
def test_in_the_merge_queue_a_block_is_told_on_the_pull_request_and_a_pass_is_not(
    visited: Visited, github: GitHubStandIn
) -> None:
    visited.pull.change(*INT2)
    visited.opened()
    group = visited.pull.merge
    payload = {"action": "checks_requested", "merge_group": {
        "head_sha": group, "base_sha": visited.pull.base, "base_ref": "refs/heads/main",
        "head_ref": f"refs/heads/gh-readonly-queue/main/pr-1-{visited.pull.base}"}}
    step = visited.run(payload=payload, event="merge_group")
    assert step.code == 1, step.log
    said, = visited.comments()
    assert said.startswith("## ⛔ gatekeeper, in the merge queue: blocked\n")
    run, = github.check_runs
    assert (run["head_sha"], run["conclusion"]) == (group, "failure")


@pytest.mark.thorough
def test_a_sole_maintainer_accepts_their_own_policy_by_starting_the_workflow(
    visited: Visited, github: GitHubStandIn
) -> None:
    visited.pull.change("gatekeeper.yaml", "failures.format == 0", "failures.format <= 3")
    visited.opened()
    github.branches["main"] = visited.pull.base
    visited.run()
    digest = re.findall("accept-policy (sha256:[0-9a-f]{64})", visited.comments()[0])[0]
    github.set_permission("ann", "admin")
    payload = {"ref": "refs/heads/feature", "repository": {"default_branch": "main"},
               "sender": {"login": "ann"}}
    step = visited.run(2, payload=payload, event="workflow_dispatch", accept_policy=digest,
                       accept_reason="three is enough for now")
    assert step.code == 0, step.log
    accepted, = visited.comments()
    assert "head's decides, self-accepted by @ann: three is enough for now" in accepted
    pack = step.workspace / step.outputs["evidence"]
    assert '"own": true' in (pack / "run.json").read_text()
