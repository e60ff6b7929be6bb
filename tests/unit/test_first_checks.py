"""What somebody on call looks at first, and what of it points at a cause."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gatekeeper.drill.first_checks import FIRST_CHECKS, KEPT, Observed, run_checks
from gatekeeper.drill.ports import Vitals
from gatekeeper.ports import Life

WELL = Observed(Life(True), "listening\n", "GET /health: HTTP 200", True,
                Vitals("running", 2 * 1024**3, ("side",), 50 * 1024**3))
GONE = Life(False, 137, True, "container exited, exit code 137")


def found(name: str, seen: Observed) -> tuple[str, bool]:
    """One check's finding, and whether it is suspicious."""
    finding, = run_checks((name,), seen)
    return finding.found, finding.suspicious


def test_a_service_that_is_well_has_nothing_odd() -> None:
    assert not [one for one in run_checks(FIRST_CHECKS, WELL) if one.suspicious]


@pytest.mark.parametrize(("name", "seen", "words"), [
    ("process", replace(WELL, life=GONE), "container exited, exit code 137, killed for memory"),
    ("process", replace(WELL, vitals=Vitals("paused")), "paused"),
    ("logs", replace(WELL, logs="\n"), "it has written nothing"),
    ("port", replace(WELL, health="GET /health: refused", healthy=False), "GET /health: refused"),
    ("port", replace(WELL, logs="OSError: [Errno 98] Address already in use"),
     "GET /health: HTTP 200; its own log: address already in use"),
    ("network", replace(WELL, vitals=Vitals(networks=())), "on no network"),
    ("memory", replace(WELL, life=GONE), "ceiling 2g; the kernel killed it for memory"),
    ("memory", replace(WELL, logs="torch.OutOfMemoryError: CUDA out of memory"),
     "ceiling 2g; its own log: torch.OutOfMemoryError: CUDA out of memory"),
    ("disk", replace(WELL, logs="x\nOSError: No space left on device\ny"),
     "its own log: OSError: No space left on device"),
    ("disk", replace(WELL, vitals=Vitals(disk_free=1024**2)), "0.0g free"),
    ("model-path", replace(WELL, logs="FileNotFoundError: /models/a.gguf"),
     "its own log: FileNotFoundError: /models/a.gguf"),
    ("model-path", replace(WELL, life=Life(False, words="no such file or directory: /serve")),
     "no such file or directory: /serve"),
    ("cuda", replace(WELL, logs="RuntimeError: No CUDA GPUs are available"),
     "its own log: RuntimeError: No CUDA GPUs are available"),
])
def test_what_points_at_a_cause(name: str, seen: Observed, words: str) -> None:
    assert found(name, seen) == (words, True)


def test_a_process_shares_the_network_and_the_disk_may_be_elsewhere() -> None:
    bare = replace(WELL, vitals=Vitals())
    assert found("network", bare) == ("it shares this machine's", False)
    assert not found("disk", bare)[1]


def test_a_finding_is_cut_and_the_order_is_the_declared_one() -> None:
    seen = replace(WELL, logs="x" * 10_000)
    assert len(found("logs", seen)[0]) == KEPT
    assert [one.check for one in run_checks(("port", "cuda"), WELL)] == ["port", "cuda"]
