"""The action's image in mode `release`, launched with the runner's line on pushes to main.

GitHub's stand-in listens where containers reach it, behind GitHub's own API description, over a
real git remote.
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.action.conftest import COMMON
from tests.support.engine import gateway, of_run
from tests.support.github.contract import Contract
from tests.support.github.server import GitHubStandIn
from tests.support.repository import Repository
from tests.support.runner import Launch, Runner, RunningStep, Step

pytestmark = pytest.mark.xdist_group("action")
TOKEN = "ghs_15368_" + ".".join(("e30", "x" * 400, "y" * 80))
MAY = {"contents": "write", "actions": "read", "pull-requests": "read", "checks": "write"}


class Main:
    """The default branch of the stories' service, checked out with all its history."""

    def __init__(self, root: Path, github: GitHubStandIn, image: str, python_image: str) -> None:
        self.runner = Runner(root)
        self.github = github
        self.image = image
        self.python_image = python_image
        shutil.copytree(COMMON, self.runner.workspace, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("__pycache__"))
        self.repository = Repository(self.runner.workspace)
        self.bare = root / "remote.git"
        self.repository.git("init", "--quiet", "--bare", str(self.bare))
        self.repository.git("remote", "add", "origin", str(self.bare))
        github.git = self.bare

    def push(self, files: dict[str, str | bytes | None]) -> str:
        """A commit on main; its id."""
        subprocess.run(["chown", "-R", "0:0", str(self.repository.folder)], check=True)
        self.repository.commit(files)
        self.repository.git("push", "--quiet", "origin", "main")
        self.repository.git("fetch", "--quiet", "--tags", "origin")
        tip = self.repository.git("rev-parse", "main")
        self.github.branches["main"] = tip
        # As on a hosted runner: the workspace is another user's than the action's root.
        subprocess.run(["chown", "-R", "1001:1001", str(self.repository.folder)], check=True)
        return tip

    def released(self, tip: str) -> tuple[Step, RunningStep]:
        """One step of the release workflow."""
        payload = {"ref": "refs/heads/main", "after": tip, "head_commit": {"id": tip},
                   "repository": {"default_branch": "main", "full_name": self.runner.repository}}
        step = self.runner.start(Launch(self.image, "push", payload, {
            "mode": "release", "github-token": TOKEN,
            "build-args": f"PYTHON_IMAGE={self.python_image}"}, environment={
                "GITHUB_API_URL": self.github.url, "GITHUB_SHA": tip,
                "GITHUB_REF": "refs/heads/main"}))
        return step.end(), step

    def tags(self) -> dict[str, str]:
        """Tag -> the commit it comes to, as the remote has them."""
        lines = self.repository.git(
            "--git-dir", str(self.bare), "for-each-ref", "refs/tags",
            "--format=%(refname:strip=2) %(objecttype) %(*objectname)").splitlines()
        return {name: commit for name, kind, commit in map(str.split, lines) if kind == "tag"}


@pytest.fixture
def main(
    tmp_path: Path, contract: Contract, engine: docker.DockerClient, action_image: str,
    python_image: str,
) -> Iterator[Main]:
    """With a stand-in that containers reach."""
    with GitHubStandIn() as github, contract.through(github, address=gateway(engine)):
        github.add_token(TOKEN, MAY)
        yield Main(tmp_path, github, action_image, python_image)


def test_what_passes_is_released_once_and_what_fails_is_not(
    main: Main, engine: docker.DockerClient
) -> None:
    tip = main.push({".gitignore": "__pycache__/\n"})
    step, running = main.released(tip)
    assert step.code == 0, step.log
    assert (step.outputs["verdict"], step.outputs["release-tag"]) == ("pass", "v0.1.0")
    assert main.tags() == {"v0.1.0": tip}
    [release] = main.github.releases
    assert (release["draft"], release["tag_name"]) == (False, "v0.1.0")
    assert step.outputs["pack-digest"] in release["body"]
    archive = next(one["content"] for one in release["assets"]
                   if one["name"] == "gatekeeper-evidence-v0.1.0.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        member = packed.extractfile("evidence/manifest.json")
        assert member is not None
        assert json.load(member)["pack_digest"] == step.outputs["pack-digest"]
    assert TOKEN not in step.log + step.summary + str(release["body"])
    pack = step.workspace / step.outputs["evidence"]
    run = json.loads((pack / "environment.json").read_text())["runtimes"]["head"]["run"]
    assert running.post(step).code == 0
    assert of_run(engine, run) == set()

    written = len(main.github.writes)
    again, _ = main.released(tip)
    assert again.code == 0, again.log
    assert "released before, as v0.1.0" in again.log
    assert len(main.github.writes) == written

    step, _ = main.released(main.push({"replies.json": "{}\n"}))
    assert step.code == 1, step.log
    assert (step.outputs["verdict"], step.outputs["release-tag"]) == ("block", "")
    assert main.tags() == {"v0.1.0": tip}
    assert len(main.github.releases) == 1
