"""Every failure of the catalogue on the real engine: it is noticed as those notice it who ask the
service, its first checks point at it, base comes up again, and nothing of it is left."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import docker
import pytest

from gatekeeper.adapters.waiting import wait_until
from gatekeeper.drill.catalogue import FAILURES
from tests.docker.conftest import evidence
from tests.support.cli import Done, gatekeeper
from tests.support.engine import Running, of_run
from tests.support.repository import Repository

ROWS = {
    "does-not-start": ({"request", "health"}, "exit code 127", {"process", "port", "model-path"}),
    "port-taken": ({"request", "health"}, "exit code 1", {"process", "port"}),
    "killed": ({"request", "health"}, "exit code 137", {"process", "port"}),
    "hung": ({"request", "health"}, "paused", {"process", "port"}),
    "out-of-memory": ({"request", "health"}, "killed for memory", {"process", "memory", "port"}),
    "network-cut": ({"request", "health"}, "running", {"network", "port"}),
    "slow": ({"request"}, "running", set()),
    "5xx-storm": ({"request"}, "running", set()),
    "truncated-stream": ({"request"}, "running", set()),
}
"""Failure -> who of those that ask it notices, what the process is, what the first checks point at.
"""


def drill(repository: Repository, arguments: list[str], *more: str) -> Done:
    """`gatekeeper drill` on the engine."""
    return gatekeeper("drill", *arguments, "--evidence", "evidence", *more, cwd=repository.folder)


def left_of(engine: docker.DockerClient, repository: Repository) -> set[str]:
    """What is on the engine of the repository's last run."""
    return of_run(engine, evidence(repository, "environment.json")["runtimes"]["head"]["run"])


def declare(repository: Repository, drill: str) -> None:
    """Base declares a drill and a gate that asks for it."""
    repository.git("switch", "--quiet", "main")
    repository.commit(repository.replace("gatekeeper.yaml", "shutdown.proven]",
                                         f"shutdown.proven, drill.passed]\ndrill: {drill}"))
    repository.git("switch", "--quiet", "--force-create", "change", "main")
    repository.write({"extra.py": "x = 1\n"})


def test_every_row_has_a_test() -> None:
    assert set(ROWS) == set(FAILURES)


USUAL = ("killed", "5xx-storm")


@pytest.mark.parametrize("failure", [
    one if one in USUAL else pytest.param(one, marks=pytest.mark.thorough) for one in ROWS])
def test_failure(
    repository: Repository, docker_arguments: list[str], engine: docker.DockerClient, failure: str
) -> None:
    noticed, process, suspicious = ROWS[failure]
    done = drill(repository, docker_arguments, "--failure", failure)
    assert done.code == 0, done.out + done.err
    found, = evidence(repository, "failure_drill.json")["drilled"]
    assert noticed >= {one["by"] for one in found["sightings"]} - {"engine"} != set()
    checks = {one["check"]: one for one in found["checks"]}
    assert process in checks["process"]["found"]
    pointed = {name for name, one in checks.items() if one["suspicious"]} - {"logs"}
    assert pointed == suspicious
    assert found["rollback"]["done_after"] > found["rollback"]["answered_after"] > 0
    assert found["left"] == []
    assert not left_of(engine, repository)
    assert f"## {failure}: passed" in (repository.folder / "evidence" / "recovery.md").read_text()


def test_the_head_is_judged_as_without_a_drill_and_the_verdict_reached_again(
    repository: Repository, docker_arguments: list[str], engine: docker.DockerClient, tmp_path: Path
) -> None:
    declare(repository, "{failure: [killed, network-cut]}")
    done = gatekeeper("run", *docker_arguments, cwd=repository.folder)
    assert done.code == 0, done.out + done.err
    assert "drill.passed   measured yes (noticed and recovered from: killed, network-cut)" \
        in done.out
    proof = evidence(repository, "shutdown_proof.json")
    assert (proof["head"]["proven"], proof["base"]["proven"]) == (True, True)
    assert not left_of(engine, repository)
    again = gatekeeper("judge", str(repository.folder / "evidence"), cwd=tmp_path)
    assert (again.code, "byte for byte" in again.err) == (0, True)


def test_a_setting_that_keeps_it_from_starting_is_a_failure_in_its_own_words(
    repository: Repository, docker_arguments: list[str]
) -> None:
    head, main, tail = (repository.folder / "service.py").read_text().partition("if __name__")
    reads = 'open(os.environ.get("MODEL_PATH", __file__)).close()\n'
    repository.git("switch", "--quiet", "main")
    repository.commit({"service.py": head + reads + main + tail})
    declare(repository, "{failure: does-not-start, wrong: {MODEL_PATH: /models/none.gguf}}")
    done = drill(repository, docker_arguments)
    assert done.code == 0, done.out + done.err
    assert "started with MODEL_PATH set wrongly" in done.out
    assert "! model-path: its own log: FileNotFoundError: [Errno 2] No such file or directory: " \
        "'/models/none.gguf'" in " ".join(done.out.split())


def small_on_base(repository: Repository) -> None:
    """Base declares a fallback that is built from its own files, which head does not have."""
    declare(repository, "{failure: killed, fallback: {build: small}}")
    repository.git("switch", "--quiet", "main")
    small = {f"small/{name}": (repository.folder / name).read_bytes()
             for name in ("Dockerfile", "service.py", "replies.json")}
    repository.commit(dict(small))
    repository.git("switch", "--quiet", "--force-create", "change", "main")
    repository.commit({"extra.py": "x = 1\n", **dict.fromkeys(small)})


def test_an_image_to_fall_back_to_comes_up_from_bases_files_where_base_itself_is_not_started(
    repository: Repository, docker_arguments: list[str], engine: docker.DockerClient
) -> None:
    small_on_base(repository)
    done = gatekeeper("run", *docker_arguments, "--baseline", "none", cwd=repository.folder)
    assert "fallback passes smoke: build small" in done.out, done.out + done.err
    assert done.code == 3, done.out + done.err  # whether base comes up again is not known
    assert not left_of(engine, repository)


def test_an_image_to_fall_back_to_comes_up(
    repository: Repository, docker_arguments: list[str], engine: docker.DockerClient
) -> None:
    small_on_base(repository)
    done = drill(repository, docker_arguments)
    assert done.code == 0, done.out + done.err
    assert "fallback passes smoke: build small" in done.out
    assert not left_of(engine, repository)


def test_an_image_to_fall_back_to_that_is_not_there(
    repository: Repository, docker_arguments: list[str]
) -> None:
    declare(repository, "{failure: killed, fallback: {image: \"gatekeeper.invalid/none:1\"}}")
    done = drill(repository, docker_arguments)
    assert done.code in (1, 3)
    assert "fallback did not come up (image gatekeeper.invalid/none:1)" in done.out


class _Cloud(BaseHTTPRequestHandler):
    keys: list[str]

    def log_message(self, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        self.keys.append(self.headers.get("Authorization", ""))
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        message = {"content": f"I am {asked['model']}"}
        body = json.dumps({"choices": [{"message": message}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def cloud() -> Iterator[tuple[str, list[str]]]:
    """A service that is up elsewhere: its URL, and the keys it was sent."""
    keys: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Cloud", (_Cloud,), {"keys": keys}))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", keys
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_url_to_fall_back_to_is_asked_with_its_key_which_is_kept_nowhere(
    repository: Repository
) -> None:
    key = "sk-the-clouds-key-0123456789"
    with cloud() as (url, keys):
        declare(repository, f"{{failure: 5xx-storm, fallback: {{url: \"{url}\", model: big, "
                            "auth: {secret: CLOUD_KEY}}}")
        done = gatekeeper("run", "--runtime", "process", cwd=repository.folder, CLOUD_KEY=key)
        without = gatekeeper("run", "--runtime", "process", cwd=repository.folder)
    assert done.code == 0, done.out + done.err
    assert f"fallback passes smoke: url {url}" in done.out
    assert keys == [f"Bearer {key}"]
    assert without.code == 3
    assert "the secret CLOUD_KEY is not there" in " ".join(without.out.split())
    kept = [place for place in (repository.folder / "evidence").rglob("*") if place.is_file()]
    assert not [place for place in kept if key.encode() in place.read_bytes()]


def interrupted(run: Running, number: signal.Signals, engine: docker.DockerClient,
                repository: Repository) -> Any:
    """Stop a run; nothing of it is left. What it said last."""
    assert run.send(number) == (-9 if number is signal.SIGKILL else 130), run.said
    assert wait_until(lambda: not left_of(engine, repository), 30), left_of(engine, repository)
    return run.said


@pytest.mark.thorough
@pytest.mark.parametrize(("moment", "failure"), [
    ("port-taken: breaking", "port-taken"), ("hung: breaking", "hung"),
    ("slow: breaking", "slow"), ("first checks", "hung"), ("falling back", "killed"),
    ("rolling back", "killed"), ("asking the rollback", "killed"),
])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_whenever_it_is_stopped(
    repository: Repository, docker_arguments: list[str], engine: docker.DockerClient, moment: str,
    failure: str, number: signal.Signals,
) -> None:
    declare(repository, f"{{failure: {failure}, fallback: {{build: .}}}}")
    run = Running(*docker_arguments, cwd=repository.folder)
    run.wait_until_it_says(moment)
    interrupted(run, number, engine, repository)
    if number is signal.SIGTERM:
        assert evidence(repository, "verdict.json")["conclusion"] == "interrupted"


def test_what_was_drilled_before_an_interrupt_is_kept(
    repository: Repository, docker_arguments: list[str], engine: docker.DockerClient
) -> None:
    declare(repository, "{failure: [killed, hung]}")
    run = Running(*docker_arguments, cwd=repository.folder)
    run.wait_until_it_says("hung: breaking")
    interrupted(run, signal.SIGINT, engine, repository)
    kept = evidence(repository, "failure_drill.json")["drilled"]
    assert [one["failure"] for one in kept] == ["killed"]
