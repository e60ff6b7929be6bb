"""However a run ends, nothing of it is left, and what was measured is kept."""

from __future__ import annotations

import json
import signal
import uuid
from pathlib import Path

import docker
import pytest

from gatekeeper.adapters.waiting import wait_until
from tests.docker.conftest import attempts, evidence, replies
from tests.support.cli import gatekeeper
from tests.support.engine import Running, endless, is_run, of_run
from tests.support.repository import Repository


def unnamed(engine: docker.DockerClient, mark: str) -> list[str]:
    """Layers that a story's build made, and that carry no label of a run."""
    return [str(image["Id"]) for image in
            engine.api.images(all=True, filters={"label": f"story={mark}"})]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_asking_keeps_what_was_measured(
    repository: Repository, docker_arguments: list[str], number: signal.Signals
) -> None:
    repository.write({"replies.json": replies(latency={"fault": "hang"}),
                      **repository.replace("gatekeeper.yaml", "concurrency: 2", "concurrency: 1")})
    run = Running(*docker_arguments, cwd=repository.folder)
    run.wait_until_it_says("asking")
    results = repository.folder / "evidence" / "eval_results.jsonl"
    assert wait_until(lambda: results.read_bytes().count(b"\n") >= 5, 60)
    assert run.send(number) == 130
    verdict = json.loads((repository.folder / "evidence" / "verdict.json").read_text())
    assert verdict["conclusion"] == "interrupted"
    assert len(attempts(repository)) >= 5
    table = (repository.folder / "evidence" / "failure_table.md").read_text()
    assert "interrupted" in table


EVERY_SIGNAL = pytest.mark.parametrize("number", [
    signal.SIGKILL, *(pytest.param(one, marks=pytest.mark.thorough)
                      for one in (signal.SIGINT, signal.SIGTERM))])


def stopped(run: Running, number: signal.Signals, engine: docker.DockerClient,
            repository: Repository) -> None:
    """Stop a run, and see that nothing of it is left."""
    assert run.send(number) == (-9 if number is signal.SIGKILL else 130), run.said
    name = evidence(repository, "environment.json")["runtimes"]["head"]["run"]
    assert wait_until(lambda: not of_run(engine, name), 30), of_run(engine, name)


@EVERY_SIGNAL
@pytest.mark.parametrize("moment", ["waiting", "asking"])
def test_nothing_is_left_whenever_it_is_stopped(
    repository: Repository, docker_arguments: list[str], engine: docker.DockerClient,
    number: signal.Signals, moment: str,
) -> None:
    repository.write({
        "waiting": {"service.py": "import time\ntime.sleep(60)\n"},
        "asking": {"replies.json": replies(latency={"fault": "hang"})},
    }[moment])
    run = Running(*docker_arguments, cwd=repository.folder)
    run.wait_until_it_says({"waiting": "head: waiting until it is ready"}.get(moment, moment))
    stopped(run, number, engine, repository)


@EVERY_SIGNAL
def test_nothing_is_left_of_a_build(
    repository: Repository, docker_arguments: list[str], engine: docker.DockerClient,
    number: signal.Signals, builder: str,
) -> None:
    mark, forever = uuid.uuid4().hex, endless()  # the mark is on every layer from here on
    repository.write(repository.replace("Dockerfile", "USER 10001", f"LABEL story={mark}\n"
                                        f"RUN touch /made\nRUN {forever}\nUSER 10001"))
    run = Running(*docker_arguments, cwd=repository.folder, PATH=builder)
    assert wait_until(lambda: is_run(engine, forever), 60), run.said
    stopped(run, number, engine, repository)
    assert wait_until(lambda: not is_run(engine, forever), 30)
    assert wait_until(lambda: not unnamed(engine, mark), 30), unnamed(engine, mark)


def test_a_signal_while_a_service_is_stopped_ends_its_grace_time(
    repository: Repository, docker_arguments: list[str], engine: docker.DockerClient
) -> None:
    head, main, tail = (repository.folder / "service.py").read_text().partition("if __name__")
    deaf = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n\n"
    repository.write({
        "service.py": head + deaf + main + tail,
        **repository.replace("gatekeeper.yaml", "  ready:", "  stop: {grace: 300s}\n  ready:"),
    })
    run = Running(*docker_arguments, cwd=repository.folder)
    run.wait_until_it_says("head: stopping")
    stopped(run, signal.SIGTERM, engine, repository)
    assert evidence(repository, "verdict.json")["conclusion"] == "interrupted"
    proof = evidence(repository, "shutdown_proof.json")
    assert proof["head"]["gone"] == {"container": True, "network": True, "port": True}


def test_a_pack_that_was_cut_off_is_judged_as_far_as_it_goes(
    repository: Repository, docker_arguments: list[str], tmp_path: Path
) -> None:
    repository.write({"replies.json": replies(latency={"fault": "hang"})})
    run = Running(*docker_arguments, cwd=repository.folder)
    run.wait_until_it_says("asking")
    results = repository.folder / "evidence" / "eval_results.jsonl"
    assert wait_until(lambda: results.read_bytes().count(b"\n") >= 2, 60)
    run.send(signal.SIGKILL)
    done = gatekeeper("judge", str(repository.folder / "evidence"), cwd=tmp_path)
    assert done.code == 130
    assert "■ INTERRUPTED" in done.out
    assert "the run was cut off before its verdict" in done.err
