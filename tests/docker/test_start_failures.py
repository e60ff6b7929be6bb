"""A service that does not start, on a real engine: blocked in the engine's own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docker.conftest import Gate, evidence, replies
from tests.support.cli import gatekeeper
from tests.support.repository import Repository


def test_an_exit_at_once_is_told_with_code_cause_and_last_lines(
    repository: Repository, gate: Gate
) -> None:
    repository.write({"service.py": "raise FileNotFoundError('/models/assistant.gguf')\n"})
    done = gate()
    assert done.code == 1, done.err
    assert "head did not start: exited (exit code 1): its model is missing: " in done.out
    assert "engine: container exited, exit code 1" in done.out
    assert "│ FileNotFoundError: /models/assistant.gguf" in done.out


def test_a_kill_for_memory_is_told_as_one(repository: Repository, gate: Gate) -> None:
    repository.git("switch", "--quiet", "main")
    repository.commit(repository.replace("gatekeeper.yaml", "  build: .\n",
                                         "  build: .\n  resources: {memory: 48m}\n"))
    repository.git("switch", "--quiet", "--force-create", "change", "main")
    repository.write({"service.py": "x = bytearray(10**9)\n"})
    done = gate()
    assert done.code == 1, done.err
    assert "killed for memory (exit code 137): raise `service.resources.memory`" in done.out


def test_a_head_cannot_raise_its_own_ceiling(repository: Repository, gate: Gate) -> None:
    repository.git("switch", "--quiet", "main")
    repository.commit(repository.replace("gatekeeper.yaml", "  build: .\n",
                                         "  build: .\n  resources: {memory: 48m}\n"))
    repository.git("switch", "--quiet", "--force-create", "change", "main")
    repository.write({
        **repository.replace("gatekeeper.yaml", "memory: 48m", "memory: 4g"),
        "replies.json": replies(latency={"fault": "hog"}),
    })
    done = gate()
    assert done.code == 1, done.err
    assert "service.resources.memory" in done.out
    assert "head's service ended while it was asked: killed for memory" in done.out


def test_a_command_that_is_not_there(repository: Repository, gate: Gate) -> None:
    repository.write(repository.replace("Dockerfile", '["python3",', '["python9",'))
    done = gate()
    assert done.code == 1, done.err
    assert "python9" in done.out


def test_a_container_that_ignores_sigterm_is_killed_and_gone(
    repository: Repository, gate: Gate
) -> None:
    text = (repository.folder / "service.py").read_text()
    deaf = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    head, main, tail = text.partition("if __name__")
    repository.write({
        "service.py": head + deaf + "\n" + main + tail,
        **repository.replace("gatekeeper.yaml", "  ready:", "  stop: {grace: 1s}\n  ready:"),
    })
    done = gate()
    assert done.code == 0, done.out + done.err
    proof = evidence(repository, "shutdown_proof.json")["head"]
    assert proof["killed"] is True
    assert proof["proven"] is True


def test_no_engine_is_one_sentence_and_exit_code_3(repository: Repository) -> None:
    repository.write({"extra.py": "x = 1\n"})
    done = gatekeeper("run", "--runtime", "docker", cwd=repository.folder,
                      DOCKER_HOST="unix:///nowhere/docker.sock")
    assert done.code == 3
    assert done.err.rstrip().endswith(
        "gatekeeper: no Docker engine: /nowhere/docker.sock does not exist\n"
        "help: start Docker, or use --runtime process at a desk")


def test_a_file_in_place_of_the_socket_is_told_as_such(
    repository: Repository, tmp_path: Path
) -> None:
    place = tmp_path / "docker.sock"
    place.write_text("")
    repository.write({"extra.py": "x = 1\n"})
    done = gatekeeper("run", "--runtime", "docker", cwd=repository.folder,
                      DOCKER_HOST=f"unix://{place}")
    assert done.code == 3
    assert f"no Docker engine: {place} is not a socket" in done.err


def test_auto_takes_the_process_runtime_without_an_engine_and_says_so(
    repository: Repository,
) -> None:
    repository.write({"extra.py": "x = 1\n"})
    done = gatekeeper("run", cwd=repository.folder, DOCKER_HOST="unix:///nowhere/docker.sock")
    assert done.code == 0
    assert "no Docker engine: /nowhere/docker.sock does not exist: taking the process runtime" \
        in done.err


@pytest.mark.parametrize(("line", "cause"), [
    ("import socket; s = socket.socket(); s.bind(('', 8000)); s.listen()",
     "exited (exit code 1): its port is in use inside → look at `service.port`"),
    ("raise OSError('libcudart.so.12: cannot open shared object file')",
     "exited (exit code 1): CUDA is absent or does not fit → look at `service.resources.gpus`"),
    ("import os; os.kill(os.getpid(), 11)", "→ look at its native libraries"),
    ("sys.argv[1] = '8001'", "not ready within 3 s: GET /health"),
    ("Handler.do_GET = lambda self: self.send(404, b'')",
     "not ready within 3 s: GET /health answers HTTP 404 → look at `service.ready.path`"),
    ("Handler.do_GET = lambda self: self.send(503, b'')",
     "not ready within 3 s: GET /health answers HTTP 503 → look at its last lines"),
    ("Handler.do_GET = lambda self: self.send(200, b'{\"data\": []}')",
     "not ready within 3 s: GET /v1/models lists no model → look at whether its model is loaded"),
], ids=["port", "cuda", "crash", "other port", "no health", "unhealthy", "no model"])
def test_each_way_not_to_start_is_told_with_what_to_look_at(
    repository: Repository, gate: Gate, line: str, cause: str
) -> None:
    text = (repository.folder / "service.py").read_text()
    repository.git("switch", "--quiet", "main")
    repository.commit(repository.replace("gatekeeper.yaml", "timeout: 20s", "timeout: 3s"))
    repository.git("switch", "--quiet", "--force-create", "change", "main")
    repository.write({"service.py": text.replace(
        'if __name__ == "__main__":\n', f'if __name__ == "__main__":\n    {line}\n')})
    done = gate()
    assert done.code == 1, done.out + done.err
    assert f"head did not start: {cause}" in done.out if cause[0] != "→" else cause in done.out
