"""A stop on a real engine, with callers whose requests are under way when it comes."""

from __future__ import annotations

import pytest

from tests.docker.conftest import Gate, evidence
from tests.support.repository import Repository

SLOW = """
import signal
_quick = Handler.do_POST


def slow(handler):
    FOREVER.wait(0.6)
    _quick(handler)


def ended(*_):
    threading.Thread(target={then}).start()


def drained():
    FOREVER.wait(3)
    os._exit(0)


Handler.do_POST = slow
signal.signal(signal.SIGTERM, {term})
if __name__ == "__main__":
"""
STEPS = ("signalled", "ended", "removed", "looked")


@pytest.fixture
def asked(repository: Repository) -> Repository:
    """Main's gate asks for a clean stop; its replies may take their time."""
    repository.git("switch", "--quiet", "main")
    repository.commit(repository.replace("gatekeeper.yaml", "shutdown.proven]",
                                         "shutdown.proven, stop.clean]"))
    repository.commit(repository.replace("gatekeeper.yaml", "latency_target: 1500ms",
                                         "latency_target: 10s"))
    repository.commit(repository.replace("gatekeeper.yaml", "timeout: 2s", "timeout: 10s"))
    repository.git("switch", "--quiet", "--force-create", "change", "main")
    return repository


def slow(repository: Repository, then: str = "drained", term: str = "ended") -> None:
    """Head's service takes its time, and does something when it is told to end."""
    repository.write(repository.replace("service.py", '\nif __name__ == "__main__":\n',
                                        SLOW.format(then=then, term=term)))


def test_what_is_in_flight_is_answered(asked: Repository, gate: Gate) -> None:
    slow(asked)
    done = gate()
    proof = evidence(asked, "shutdown_proof.json")["head"]
    assert proof["in_flight"] == {"answered": 2, "refused": 0, "cut_off": 0}
    assert (proof["exit_code"], proof["killed"], proof["proven"]) == (0, False, True)
    times = [proof["steps"][step] for step in STEPS]
    assert times == sorted(times)
    assert set(proof["steps"]) == {*STEPS}
    assert done.code == 0, done.out
    assert "stop.clean   measured yes (exit code 0; in flight: 2 answered)" in done.out


def test_what_is_cut_off_is_told(asked: Repository, gate: Gate) -> None:
    slow(asked, "lambda: os._exit(0)")
    done = gate()
    assert evidence(asked, "shutdown_proof.json")["head"]["in_flight"]["cut_off"] == 2
    assert done.code == 1, done.out
    assert "stop.clean   measured no (exit code 0; in flight: 2 cut off)" in done.out
    assert "shutdown.proven   measured yes (container, network, port gone)" in done.out


def test_an_end_with_an_error_is_told(asked: Repository, gate: Gate) -> None:
    slow(asked, "lambda: os._exit(5)")
    done = gate()
    assert done.code == 1, done.out
    assert "stop.clean   measured no (it ended with exit code 5)" in done.out


def test_a_service_that_ignores_the_signal_is_killed_and_that_is_told(
    asked: Repository, gate: Gate
) -> None:
    asked.write(asked.replace("gatekeeper.yaml", "  build: .\n",
                              "  build: .\n  stop: {grace: 1s}\n"))
    slow(asked, term="signal.SIG_IGN")
    done = gate()
    proof = evidence(asked, "shutdown_proof.json")["head"]
    assert (proof["exit_code"], proof["killed"], proof["proven"]) == (137, True, True)
    assert proof["in_flight"]["answered"] == 2
    assert "stop.clean   measured no (it did not end within its grace time and was killed)" in \
        done.out
    assert "! head's service did not end within its grace time of SIGTERM and was killed" in \
        done.out


def test_the_signal_is_the_one_that_the_image_names(asked: Repository, gate: Gate) -> None:
    dockerfile = (asked.folder / "Dockerfile").read_text()
    heeds = "import signal\nsignal.signal(signal.SIGUSR1, lambda *_: os._exit(77))\n"
    main = '\nif __name__ == "__main__":\n'
    asked.write({"Dockerfile": f"{dockerfile}STOPSIGNAL SIGUSR1\n",
                 **asked.replace("service.py", main, f"\n{heeds}{main}")})
    done = gate()
    assert "stop.clean   measured no (it ended with exit code 77)" in done.out, done.err
