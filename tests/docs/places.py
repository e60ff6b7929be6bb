"""Places in which the pages' commands are typed: each is what a reader has who comes to them."""

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

import pytest

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
from tests.support.markdown import ROOT, blocks
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
def own_checks(folder: Path) -> Iterator[Place]:
    """The same with the files of docs/own-checks.md."""
    with service(folder) as place:
        for block in blocks("docs/own-checks.md"):
            if block.language == "python":
                file = place.folder / block.first.removeprefix("# ")
                file.parent.mkdir(exist_ok=True)
                file.write_text(block.text)
        yield place


@contextmanager
def example(folder: Path) -> Iterator[Place]:
    """The policy assistant's files as a repository."""
    made = Repository(folder / "policy-assistant")
    shutil.copytree(EXAMPLES / "policy-assistant", made.folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("__pycache__"))
    made.commit({}, "the example")
    yield Place(made.folder, environment(folder / "home"))


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


def on_an_engine(variables: dict[str, str]) -> dict[str, str]:
    """A place's variables where there is an engine: the one that this job has."""
    host = {name: value for name, value in os.environ.items() if name.startswith("DOCKER_")}
    return {**{name: value for name, value in variables.items() if name != "DOCKER_HOST"}, **host}


@contextmanager
def clean(folder: Path, checkout: Path, wheelhouse: Path) -> Iterator[Place]:
    """A machine without gatekeeper, and a folder with a checkout of it and a service's files; what
    is installed comes from the wheelhouse."""
    here = folder / "here"
    shutil.copytree(EXAMPLES / "policy-assistant", here,
                    ignore=shutil.ignore_patterns("__pycache__"))
    (here / "gatekeeper").symlink_to(checkout)
    (folder / "uv.toml").write_text(f'no-index = true\nfind-links = ["{wheelhouse}"]\n')
    tools = folder / "tools"
    tools.mkdir()
    for name in ("pipx", "uvx", "uv"):
        (tools / name).symlink_to(tool(name))
    variables = environment(
        folder / "home", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(wheelhouse),
        PIP_CONFIG_FILE=os.devnull, UV_CONFIG_FILE=str(folder / "uv.toml"),
        UV_PYTHON_DOWNLOADS="never", UV_PYTHON=sys.executable,
        PIPX_DEFAULT_PYTHON=sys.executable)
    home = Path(variables["HOME"])
    variables["PATH"] = os.pathsep.join(map(str, (home / ".local" / "bin", tools,
                                                  *without_gatekeeper())))
    yield Place(here, variables)


def without_gatekeeper() -> list[Path]:
    """The folders of the path in which there is none."""
    return [Path(one) for one in os.environ["PATH"].split(os.pathsep)
            if not (Path(one) / "gatekeeper").exists()]


def tool(name: str) -> Path:
    """A program of the dev extra's. Skips where it is not there."""
    beside = Path(sys.executable).parent / name
    found = beside if beside.exists() else shutil.which(name)
    if not found:
        pytest.skip(f"there is no {name}; it is part of the dev extra")
    return Path(found)


PLACES: dict[str, Callable[[Path], AbstractContextManager[Place]]] = {
    "service": service, "example": example, "released": released, "to release": to_release,
    "own checks": own_checks,
}
"""Name of a place -> what makes it in an empty folder."""
