"""A service that runs elsewhere, at its manifest's `url`: started and stopped by base's commands,
and proven to be dark afterwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.adapters.processes import free_port, port_is_closed
from gatekeeper.adapters.waiting import wait_until
from tests.support.cli import Done, gatekeeper
from tests.support.repository import Repository

COMMON = Path(__file__).parent / "common"
MANIFEST = """version: 1
service:
  url: http://127.0.0.1:{port}
{lines}  ready: {{timeout: 20s}}
contract:
  preset: openai-chat
  limits: {{concurrency: 2, context_length: 4096, timeout: 2s, max_tokens: 128,
            latency_target: 1500ms}}
  stop_path: {{disable: ask the owner, rollback: previous-release}}
eval: {{sources: policies/}}
gates: {{share: [contract.complete, smoke.passed, failures.safety == 0, shutdown.proven]}}
"""


class Elsewhere:
    """Another machine, with the service on it and a way to start and stop it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.pid = folder / "pid"
        self.told = folder / "told"
        self.folder = folder / "there"
        shutil.copytree(COMMON, self.folder)
        start = f"(env; pwd; ls -A) > {self.told}; echo $$ > {self.pid}; " \
                f"exec {sys.executable} {self.folder}/service.py {self.port}"
        self.start = json.dumps(["sh", "-c", start])
        self.stop = json.dumps(["sh", "-c", f"kill $(cat {self.pid})"])

    def manifest(self, start: str = "", stop: str = "", grace: str = "5s") -> str:
        lines = f"  start: {start}\n" if start else ""
        if stop:
            lines += f"  stop: {{command: {stop}, grace: {grace}}}\n"
        return MANIFEST.format(port=self.port, lines=lines)

    def up(self) -> subprocess.Popen[bytes]:
        """The service, started by somebody else."""
        running = subprocess.Popen([sys.executable, "service.py", str(self.port)],
                                   cwd=self.folder, stdout=subprocess.DEVNULL)
        self.pid.write_text(str(running.pid))
        assert wait_until(lambda: not port_is_closed(self.port), 20)
        return running

    @property
    def is_down(self) -> bool:
        return port_is_closed(self.port)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Elsewhere]:
    made = Elsewhere(tmp_path)
    yield made
    if not made.is_down:
        os.kill(int(made.pid.read_text()), signal.SIGKILL)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repository")
    shutil.copytree(COMMON, made.folder, dirs_exist_ok=True)
    return made


def declared(repository: Repository, base: str, head: str) -> None:
    """Base's manifest, and head's."""
    repository.commit({"gatekeeper.yaml": base, ".gitignore": "__pycache__/\n"})
    repository.branch("change")
    repository.write({"gatekeeper.yaml": head, "extra.py": "x = 1\n"})


def run(repository: Repository, *args: str, **environment: str) -> Done:
    return gatekeeper("run", "--force", *args, cwd=repository.folder, **environment)


def proof(repository: Repository) -> Any:
    return json.loads((repository.folder / "evidence" / "shutdown_proof.json").read_text())


def test_it_is_started_asked_stopped_and_dark(repository: Repository, there: Elsewhere) -> None:
    declared(repository, there.manifest(there.start, there.stop),
             there.manifest(there.start, there.stop))
    done = run(repository, GITHUB_TOKEN="ghs_secret", AWS_SECRET="x")
    assert done.code == 0, done.out + done.err
    assert "base's service runs elsewhere, and there is one of it" in done.err
    assert there.is_down
    found = proof(repository)["head"]
    assert found["gone"] == {"address": True, "start command": True}
    assert found["exit_code"] == 0
    told = there.told.read_text().splitlines()
    assert told[-1].endswith("/declared-start"), "its folder is empty"
    names = {line.partition("=")[0] for line in told[:-1]} - {"PWD", "SHLVL", "_", "OLDPWD"}
    assert names <= {"PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "SSH_AUTH_SOCK",
                     "GATEKEEPER_COMMIT"}


def test_a_pack_of_bases_own_run_is_what_it_is_compared_with(
    repository: Repository, there: Elsewhere
) -> None:
    manifest = there.manifest(there.start, there.stop).replace("smoke.passed,", "regressions == 0,")
    repository.commit({"gatekeeper.yaml": manifest, ".gitignore": "__pycache__/\n"})
    assert run(repository, "--evidence", "../before").code == 3
    declared(repository, manifest, manifest)
    done = run(repository, "--baseline", "../before")
    assert done.code == 0, done.out + done.err
    assert "✓ regressions == 0" in done.out


def test_heads_own_commands_are_not_run(repository: Repository, there: Elsewhere) -> None:
    evil = json.dumps(["sh", "-c", f"touch {there.pid}.evil"])
    declared(repository, there.manifest(there.start, there.stop), there.manifest(evil, evil))
    done = run(repository)
    assert done.code == 0, done.out + done.err
    assert "Policy: base's decides; 3 edits do not count until accepted" in done.out
    assert there.is_down
    assert not Path(f"{there.pid}.evil").exists()


def test_a_stop_command_that_does_not_stop_proves_nothing(
    repository: Repository, there: Elsewhere
) -> None:
    declared(repository, there.manifest("", '["true"]', "1s"),
             there.manifest("", '["true"]', "1s"))
    running = there.up()
    with running:
        done = run(repository)
        running.kill()
    assert done.code == 1, done.out + done.err
    assert "still there: address" in done.out
    assert proof(repository)["head"]["gone"] == {"address": False}


def test_without_commands_it_is_asked_and_left_alone(
    repository: Repository, there: Elsewhere
) -> None:
    declared(repository, there.manifest(), there.manifest())
    with there.up() as running:
        done = run(repository)
        assert not there.is_down
        running.kill()
    assert done.code == 1, done.out + done.err
    assert "contract.complete, measured no (unknown: contract.stop_path.stop)" in done.out
    assert "the service was not started by gatekeeper" in done.out


def test_a_start_that_fails_is_nobodys_fault_and_is_stopped_all_the_same(
    repository: Repository, there: Elsewhere
) -> None:
    start = json.dumps(["sh", "-c", "echo no GPU is free; exit 3"])
    stop = json.dumps(["touch", f"{there.pid}.stopped"])
    declared(repository, there.manifest(start, stop), there.manifest(start, stop))
    done = run(repository)
    assert done.code == 3, done.out + done.err
    assert "the declared start command ended with 3" in done.out
    assert "│ no GPU is free" in done.out
    assert Path(f"{there.pid}.stopped").exists()


def test_the_plan_says_what_would_be_run(repository: Repository, there: Elsewhere) -> None:
    declared(repository, there.manifest('["ssh", "gpu", "up"]', '["ssh", "gpu", "down"]'),
             there.manifest('["ssh", "gpu", "up"]', '["ssh", "gpu", "down"]'))
    done = gatekeeper("plan", "--force", cwd=repository.folder)
    assert "baseline: none (base's service runs elsewhere" in done.out
    assert "  start: ssh gpu up\n  stop: ssh gpu down" in done.out


@pytest.mark.parametrize(("lines", "complaint"), [
    ("  build: .\n", "both `url` and `build` are given"),
    ("  start: [a]\n", "what is started here is stopped nowhere"),
])
def test_what_does_not_fit_together(
    repository: Repository, there: Elsewhere, lines: str, complaint: str
) -> None:
    repository.write({"gatekeeper.yaml": MANIFEST.format(port=1, lines=lines)})
    done = gatekeeper("check", cwd=repository.folder)
    assert done.code == 2
    assert complaint in done.err
