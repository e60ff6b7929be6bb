"""Containers that do as they please, on a real engine: each ends as a recorded outcome within what
is declared, and nothing of it is left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import docker
import pytest

from tests.docker.conftest import evidence
from tests.support.cli import Done, gatekeeper_measured
from tests.support.engine import of_run
from tests.support.repository import Repository

MEMORY_KIB = 400 * 1024
"""What no gate may take, whatever a service writes."""
FORKS = """import signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
refused = 0
while refused < 100:
    try:
        os.fork()
    except OSError:
        refused += 1
        time.sleep(0.01)
"""
FILLS = """def fill():
    with open("/tmp/full", "wb") as file:
        while True:
            file.write(bytes(1 << 20))
fill()
"""
FLOODS = """import threading
def flood():
    for _ in range(2000):
        print("x" * 100_000, flush=True)
threading.Thread(target=flood, daemon=True).start()
"""
FLOODS_AND_ENDS = """for _ in range(500):
    print("x" * 100_000, flush=True)
print("drowned", flush=True)
raise SystemExit(1)
"""


@pytest.fixture
def gate(
    repository: Repository, docker_arguments: list[str], tmp_path: Path
) -> Callable[[], Done]:
    """Gate the working tree on the engine, within the memory that a gate may take."""

    def run() -> Done:
        done, peak = gatekeeper_measured("run", *docker_arguments, cwd=repository.folder,
                                         peak=tmp_path / "peak")
        assert peak < MEMORY_KIB
        return done

    return run


@pytest.fixture
def bad(repository: Repository) -> Repository:
    """A base with tight ceilings, so that the tests are quick."""
    repository.git("switch", "--quiet", "main")
    repository.commit(repository.replace(
        "gatekeeper.yaml", "  ready: {timeout: 20s}\n",
        "  ready: {timeout: 6s}\n  stop: {grace: 1s}\n"
        "  resources: {memory: 256m, processes: 48}\n  sandbox: {tmpfs: {/tmp: 8m}}\n"))
    repository.git("switch", "--quiet", "--force-create", "change", "main")
    return repository


def does(repository: Repository, lines: str) -> None:
    """Let head's service do something before it listens."""
    body = "".join(f"    {line}\n" for line in ("import os, time", *lines.splitlines()))
    text = (repository.folder / "service.py").read_text()
    repository.write({"service.py": text.replace(
        'if __name__ == "__main__":\n', f'if __name__ == "__main__":\n{body}')})


def nothing_is_left(repository: Repository, engine: docker.DockerClient) -> None:
    assert of_run(engine, evidence(repository, "environment.json")["runtimes"]["head"]["run"]) \
        == set()
    assert evidence(repository, "shutdown_proof.json")["head"]["proven"] is True


def test_a_fork_bomb_stays_under_its_ceiling(
    bad: Repository, gate: Callable[[], Done], engine: docker.DockerClient
) -> None:
    does(bad, FORKS)
    done = gate()
    assert done.code == 1, done.out + done.err
    assert "head did not start: " in done.out or "head's service" in done.out or \
        "the connection was" in done.out
    nothing_is_left(bad, engine)


def test_a_full_folder_in_memory_is_told(
    bad: Repository, gate: Callable[[], Done], engine: docker.DockerClient
) -> None:
    does(bad, FILLS)
    done = gate()
    assert done.code == 1, done.out + done.err
    assert "head did not start: exited (exit code 1): a folder in memory is full → look at the " \
        "sizes of `service.sandbox.tmpfs`" in done.out
    nothing_is_left(bad, engine)


def test_a_flood_of_log_is_cut_off_by_the_engine(
    bad: Repository, gate: Callable[[], Done], engine: docker.DockerClient
) -> None:
    does(bad, FLOODS)
    done = gate()
    assert done.code == 0, done.out + done.err
    nothing_is_left(bad, engine)


def test_of_a_flood_before_the_end_the_last_words_are_kept(
    bad: Repository, gate: Callable[[], Done], engine: docker.DockerClient
) -> None:
    does(bad, FLOODS_AND_ENDS)
    done = gate()
    assert done.code == 1, done.out + done.err
    assert "│ drowned" in done.out
    assert len(evidence(bad, "run.json")["head"]["failure"]["logs"]) <= 4000
    nothing_is_left(bad, engine)
