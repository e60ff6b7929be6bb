"""Places in which the pages' commands are typed: each is what a reader has when they come to them."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from gatekeeper.adapters.processes import free_port, port_is_closed
from gatekeeper.adapters.waiting import wait_until
from tests.github.conftest import ANN, WORKFLOW
from tests.github.test_protect import GATE
from tests.github.test_released import TAG, served
from tests.github.test_released import released as show_release
from tests.releasing.conftest import standing_on
from tests.releasing.service import Service
from tests.support.cli import gatekeeper
from tests.support.github.server import GitHubStandIn
from tests.support.markdown import ROOT
from tests.support.repository import Repository

COMMON = ROOT / "tests" / "stories" / "common"
EXAMPLES = ROOT / "examples"
NO_ENGINE = "unix:///there/is/no/engine"
GATES = """gates:
  share: [contract.complete, smoke.passed, failures == 0, regressions == 0]
  gpu-hour: {blocks: [gpu], until: [cases.count >= 5]}
"""
RUNBOOK = """# Assistant

## Run

```sh
python service.py {port} >log.txt 2>&1 &
echo $! >pid
```

## Test

```sh
curl -fsS http://127.0.0.1:{port}/health
```

## Stop

```sh
kill $(cat pid)
```
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where commands are typed."""

    folder: Path
    variables: dict[str, str]


def environment(home: Path, **more: str) -> dict[str, str]:
    """A reader's: nothing of this job's, a home of their own, and no Docker engine."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("GITHUB_", "GH_", "INPUT_", "CI", "FORCE_COLOR", "PYTHON",
                                    "GIT_", "DOCKER_"))}
    home.mkdir(exist_ok=True)
    return {**kept, "HOME": str(home), "COLUMNS": "120", "NO_COLOR": "1", "DOCKER_HOST": NO_ENGINE,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "ann@example.com",
            "GIT_COMMITTER_NAME": "Ann", "GIT_COMMITTER_EMAIL": "ann@example.com",
            "GIT_CONFIG_NOSYSTEM": "1", "NO_PROXY": "*", **more}


@functools.cache
def _judged_service() -> Path:
    """A repository of the stories' service with a change that passes and its pack; made once a
    worker and copied after that."""
    folder = _scratch() / "service"
    made, port = Repository(folder), free_port()
    shutil.copytree(COMMON, folder, dirs_exist_ok=True)
    manifest = (COMMON / "gatekeeper.yaml").read_text().partition("gates:")[0] + GATES
    made.commit({
        "gatekeeper.yaml": manifest.replace("build: .\n", f"build: .\n  port: {port}\n"),
        "README.md": RUNBOOK.replace("{port}", str(port)), ".gitignore": "__pycache__/\n",
        ".github/workflows/gate.yml": GATE}, "before")
    made.git("remote", "add", "origin", "https://github.com/acme/assistant.git")
    made.branch("change")
    made.commit({"extra.py": "x = 1\n"}, "after")
    done = gatekeeper("run", "--runtime", "process", cwd=folder)
    assert done.code == 0, done.out + done.err
    return folder


@functools.cache
def _scratch() -> Path:
    made = Path(tempfile.mkdtemp(prefix="gatekeeper-docs-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


@contextmanager
def service(folder: Path) -> Iterator[Place]:
    """A service's repository at a change that passes, with the pack of a run in `evidence`; the
    same service is up at $URL, and GitHub at $GITHUB_API_URL."""
    repository = Path(shutil.copytree(_judged_service(), folder / "service"))
    port = free_port()
    with GitHubStandIn() as github, ExitStack() as stack:
        github.add_token(ANN, {"contents": "read", "metadata": "read", "administration": "write"},
                         login="ann", kind="user")
        up = stack.enter_context(subprocess.Popen(
            [sys.executable, "service.py", str(port)], cwd=repository, stdout=subprocess.DEVNULL))
        stack.callback(up.kill)
        assert wait_until(lambda: not port_is_closed(port), 20)
        yield Place(repository, environment(
            folder / "home", URL=f"http://127.0.0.1:{port}", TOKEN=ANN, GITHUB_API_URL=github.url))


@contextmanager
def example(folder: Path) -> Iterator[Place]:
    """The policy assistant's files as a repository; $PORT is free."""
    made = Repository(folder / "policy-assistant")
    shutil.copytree(EXAMPLES / "policy-assistant", made.folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("__pycache__"))
    made.commit({}, "the example")
    yield Place(made.folder, environment(folder / "home", PORT=str(free_port())))


@contextmanager
def released(folder: Path) -> Iterator[Place]:
    """A repository with the pack of a run in `evidence` and its archive beside it; on GitHub the
    archive is the evidence of the release $TAG, and on the web it is below $WEB."""
    repository = Path(shutil.copytree(_judged_service(), folder / "repository"))
    for output in (folder / "asset", repository / "gatekeeper-evidence.tar.gz",
                   repository / "evidence.tar.gz"):
        done = gatekeeper("pack", "evidence", "-o", str(output), cwd=repository)
        assert done.code == 0, done.err
    with served() as web:
        show_release(web, folder)
        web.answers["/evidence.tar.gz"] = (folder / "asset").read_bytes()
        yield Place(repository, environment(
            folder / "home", WEB=web.url, TAG=TAG, GITHUB_API_URL=web.url,
            GITHUB_REPOSITORY="acme/service"))


@contextmanager
def to_release(folder: Path) -> Iterator[Place]:
    """A service on GitHub's default branch, of which a run has left its pack as an artifact."""
    with GitHubStandIn() as github, standing_on(github, folder / "home-of") as remote:
        made = Service(remote)
        made.kept(made.measured(folder / "pack"))
        yield Place(remote.local.folder, environment(
            folder / "home", GITHUB_API_URL=github.url, GITHUB_REPOSITORY="acme/assistant",
            TOKEN=WORKFLOW))


PLACES: dict[str, Callable[[Path], AbstractContextManager[Place]]] = {
    "service": service, "example": example, "released": released, "to release": to_release,
}
"""Name of a place -> what makes it in an empty folder."""
