"""docs/drill.md names everything that a drill can break and look at."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.drill.catalogue import FAILURES
from gatekeeper.drill.first_checks import FIRST_CHECKS

PAGE = (Path(__file__).parents[2] / "docs" / "drill.md").read_text("utf-8")


def test_every_failure_and_the_runtimes_that_can_suffer_it() -> None:
    rows = {line.split("`")[1]: [cell.strip() for cell in line.strip("|").split("|")][2:]
            for line in PAGE.splitlines() if line.startswith("| `")}
    for name, failure in FAILURES.items():
        runtimes = [runtime if runtime in failure.runtimes else ""
                    for runtime in ("docker", "process", "url")]
        assert [bool(cell) for cell in rows[name]] == [bool(one) for one in runtimes]


def test_every_first_check() -> None:
    assert not [name for name in FIRST_CHECKS if f"| `{name}` |" not in PAGE]
