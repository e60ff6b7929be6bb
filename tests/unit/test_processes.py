"""The process runtime on real processes: whatever a command has started is gone when it is stopped,
and `shutdown.proven` says so of nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gatekeeper.adapters.processes import ProcessRuntime, ProcessService
from gatekeeper.adapters.reaper import Reaper
from gatekeeper.adapters.waiting import wait_until
from gatekeeper.adapters.weights import Opened, Weights
from gatekeeper.manifest.models import Model
from gatekeeper.manifest.service import Service
from gatekeeper.model import Fault, Side
from gatekeeper.ports import StartFailed
from tests.support.repository import Repository

STRAY = """
import os, signal, sys, time
for number in {deaf}:
    signal.signal(number, signal.SIG_IGN)
with open("stray.part", "w") as file:
    file.write(str(os.getpid()))
os.rename("stray.part", "stray")
time.sleep(600)
"""
LEADER = """
import os, subprocess, sys, time
# A child of a child, in a session of its own, with nothing of its parents'.
subprocess.run([sys.executable, "-c", "import subprocess, sys; subprocess.Popen("
                "[sys.executable, 'stray.py'], start_new_session=True, env={{}}, stdout=-3)"])
while not os.path.exists("stray"):
    time.sleep(0.01)
print("ready", flush=True)
{then}
"""


class Said:
    """Progress that nobody follows."""

    def say(self, text: str) -> None:
        pass

    def tick(self, text: str) -> None:
        pass


def _nowhere(model: Model, offset: int) -> Opened:
    raise AssertionError("nothing is declared, so nothing is fetched")


NO_WEIGHTS = Weights(Path("/nowhere"), _nowhere, Said(), trusted=True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    made = tmp_path / "tree"
    made.mkdir()
    return made


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[ProcessRuntime]:
    reaper = Reaper()
    made = ProcessRuntime(tmp_path, reaper, Said(), NO_WEIGHTS)
    yield made
    made.close()
    reaper.release()
    reaper.close()


def exists(pid: int) -> bool:
    """Whether it runs; one that has ended and was not asked about does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def start(runtime: ProcessRuntime, tree: Path, then: str = "time.sleep(600)", deaf: str = "()"
          ) -> tuple[ProcessService, int]:
    """A service that has started something else; and the id of that."""
    (tree / "stray.py").write_text(STRAY.format(deaf=deaf))
    (tree / "leader.py").write_text(LEADER.format(then=then))
    service = replace(Service(), command=("python", "leader.py"))
    running = runtime.start(Side.HEAD, tree, service)
    assert wait_until(lambda: "ready" in running.logs(), 60), running.logs()
    return running, int((tree / "stray").read_text())


@pytest.mark.parametrize("deaf", ["()", "(signal.SIGTERM, signal.SIGHUP)"])
def test_what_has_left_the_family_is_gone_too(
    runtime: ProcessRuntime, tree: Path, deaf: str
) -> None:
    running, stray = start(runtime, tree, deaf=deaf)
    assert exists(stray)
    proof = running.stop(10)
    assert not exists(stray)
    assert proof.gone == {"process": True, "port": True}
    assert (proof.proven, proof.killed, proof.exit_code) == (True, False, -signal.SIGTERM)


def test_a_command_that_will_not_end_is_killed_with_all_of_it(
    runtime: ProcessRuntime, tree: Path
) -> None:
    then = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    running, stray = start(runtime, tree, then)
    assert exists(stray)
    proof = running.stop(0.2)
    assert not exists(stray)
    assert (proof.proven, proof.killed, proof.exit_code) == (True, True, -signal.SIGKILL)


def test_a_command_that_leaves_something_behind_has_ended(
    runtime: ProcessRuntime, tree: Path
) -> None:
    running, stray = start(runtime, tree, "sys.exit(7)")
    assert wait_until(lambda: not running.life().running, 60)
    assert running.life().words == "the process ended with exit code 7"
    assert running.stop(10).proven
    assert not exists(stray)


def test_nothing_is_proven_without_the_supervisor(runtime: ProcessRuntime, tree: Path) -> None:
    running, stray = start(runtime, tree, "os.kill(os.getppid(), signal.SIGKILL); time.sleep(600)"
                           .replace("os.kill", "import signal; os.kill"))
    assert wait_until(lambda: not running.life().running, 60)
    assert "killed its supervisor" in running.life().words
    assert running.stop(1).gone["process"] is False
    os.kill(stray, signal.SIGKILL)  # the only one that it cannot find


def test_a_gate_that_is_killed_leaves_nothing(tmp_path: Path, tree: Path) -> None:
    (tree / "stray.py").write_text(STRAY.format(deaf="()"))
    (tree / "leader.py").write_text(LEADER.format(then="time.sleep(600)"))
    gate = subprocess.Popen([sys.executable, "-c", f"""
import time
from dataclasses import replace
from pathlib import Path
from gatekeeper.adapters.processes import ProcessRuntime
from gatekeeper.adapters.reaper import Reaper
from gatekeeper.manifest.service import Service
from gatekeeper.model import Side
from tests.unit.test_processes import NO_WEIGHTS, Said
runtime = ProcessRuntime(Path({str(tmp_path)!r}), Reaper(), Said(), NO_WEIGHTS)
runtime.start(Side.HEAD, Path({str(tree)!r}), replace(Service(), command=("python", "leader.py")))
time.sleep(600)
"""], cwd=Path(__file__).parents[2])
    assert wait_until((tree / "stray").exists, 60)
    gate.kill()
    gate.wait()
    stray = int((tree / "stray").read_text())
    assert wait_until(lambda: not exists(stray), 60)


@pytest.mark.parametrize("command", ["nowhere-to-be-found", "nul\0"])
def test_a_command_that_is_none_is_the_changes_fault(
    runtime: ProcessRuntime, tree: Path, command: str
) -> None:
    with pytest.raises(StartFailed) as failed:
        runtime.start(Side.HEAD, tree, replace(Service(), command=(command,)))
    assert failed.value.failure.cause.startswith("its command cannot be started: ")
    assert failed.value.failure.fault is Fault.CHANGE


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_plan_that_is_cut_off_leaves_no_folder(tmp_path: Path, number: signal.Signals) -> None:
    repository = Repository(tmp_path / "repository")
    tools, scratch, asked = tmp_path / "tools", tmp_path / "scratch", tmp_path / "asked"
    for folder in (tools, scratch):
        folder.mkdir()
    (tools / "git").write_text(f"#!/bin/sh\necho $$ > {asked}.part\nmv {asked}.part {asked}\n"
                               "exec sleep 600\n")
    (tools / "git").chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    plan = subprocess.Popen([sys.executable, "-I", "-m", "gatekeeper", "plan"],
                            cwd=repository.folder, stderr=subprocess.DEVNULL,
                            env={**os.environ, "PATH": path, "TMPDIR": str(scratch)})
    try:
        assert wait_until(asked.exists, 60)
        assert list(scratch.iterdir())
        plan.send_signal(number)
        code = plan.wait(60)
        assert code == (130 if number in (signal.SIGINT, signal.SIGTERM) else -number)
        assert wait_until(lambda: not list(scratch.iterdir()), 60)
    finally:
        with_git = int(asked.read_text())
        if exists(with_git):
            os.kill(with_git, signal.SIGKILL)
