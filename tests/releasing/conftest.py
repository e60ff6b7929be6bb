"""A service's repository with its bare remote, and GitHub's stand-in on that very remote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gatekeeper.adapters.github_releases import ReleasingGitHub
from gatekeeper.redaction import Redactor
from tests.github.conftest import WORKFLOW, Clock, Said
from tests.support.github.server import GitHubStandIn
from tests.support.repository import Repository

MAY = {"contents": "write", "actions": "write", "pull-requests": "read", "checks": "write"}


@dataclass
class Remote:
    """A repository, its bare remote, and GitHub on top of that."""

    local: Repository
    bare: Path
    github: GitHubStandIn

    def push(self) -> str:
        """Push main; its tip, of which GitHub knows."""
        self.local.git("push", "--quiet", "origin", "main")
        tip = self.local.git("rev-parse", "main")
        self.github.branches["main"] = tip
        return tip

    def tags(self) -> dict[str, str]:
        """Tag -> commit, as the remote has them."""
        rows = self.local.git("ls-remote", "--tags", "origin").splitlines()
        found: dict[str, str] = {}
        for row in rows:
            sha, name = row.split("\t")
            found[name.removeprefix("refs/tags/").removesuffix("^{}")] = sha
        return found

    def kind_of(self, tag: str) -> str:
        """Git's type of what a tag names: `tag` where it is annotated."""
        return self.local.git("--git-dir", str(self.bare), "cat-file", "-t", f"refs/tags/{tag}")


@contextmanager
def standing_on(github: GitHubStandIn, folder: Path) -> Iterator[Remote]:
    """A stand-in over a repository with one commit."""
    local = Repository(folder / "repository")
    bare = folder / "remote.git"
    local.git("init", "--quiet", "--bare", str(bare))
    local.git("remote", "add", "origin", str(bare))
    local.commit({"README.md": "# The assistant\n"}, "first")
    github.git = bare
    github.add_token(WORKFLOW, MAY)
    remote = Remote(local, bare, github)
    remote.push()
    yield remote


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Remote]:
    """One without anything in between."""
    with GitHubStandIn() as github, standing_on(github, tmp_path) as remote:
        yield remote


@contextmanager
def client_of(github: GitHubStandIn, token: str = WORKFLOW) -> Iterator[ReleasingGitHub]:
    """gatekeeper's client, with a clock that does not wait."""
    clock = Clock()
    client = ReleasingGitHub(github.url, github.repo, token, Said(), Redactor((token,)),
                             clock.sleep, clock)
    yield client
    client.close()
