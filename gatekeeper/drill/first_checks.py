"""The first checks: what somebody on call looks at first, each a small probe of what was observed.

A finding says what is there, and whether it points at a cause. Nothing is concluded from it: the
note that a person reads shows all of them. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from gatekeeper.drill.ports import Vitals
from gatekeeper.formats.units import format_size
from gatekeeper.ports import Life

KEPT = 200
"""Characters of one finding."""
LOW_DISK = 512 * 1024**2
"""Bytes of free disk below which it is worth a look."""
_MISSING = re.compile(r"(?i)[^\n]*\b(?:no such file or directory|filenotfounderror|file not found|"
                      r"cannot open|failed to (?:load|open)|no such command)\b[^\n]*")
_CUDA = re.compile(r"(?i)[^\n]*(?:\bcuda\b|nvidia|libcuda|\bcublas|\brocm\b)[^\n]*")
_FULL = re.compile(r"(?i)[^\n]*\bno space left on device\b[^\n]*")
_MEMORY = re.compile(r"(?i)[^\n]*(?:out of memory|memoryerror|cannot allocate memory)[^\n]*")


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen of a broken service, before anything was done about it."""

    life: Life
    logs: str
    """Its last lines."""
    health: str
    """What the health path answers, in words."""
    healthy: bool
    vitals: Vitals


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """What one first check found."""

    check: str
    found: str
    suspicious: bool
    """It points at a cause."""


Found = tuple[str, bool]


def _process(seen: Observed) -> Found:
    life = seen.life
    if life.running:
        return (seen.vitals.state or "it runs"), seen.vitals.state not in ("", "running")
    memory = ", killed for memory" if life.out_of_memory else ""
    return (life.words or "it does not run") + memory, True


def _logs(seen: Observed) -> Found:
    lines = [line for line in seen.logs.splitlines() if line.strip()]
    return (f"last line: {lines[-1].strip()}" if lines else "it has written nothing"), not lines


def _port(seen: Observed) -> Found:
    taken = "address already in use" in seen.logs.lower()
    return seen.health + ("; its own log: address already in use" if taken else ""), \
        taken or not seen.healthy


def _network(seen: Observed) -> Found:
    networks = seen.vitals.networks
    if networks is None:
        return "it shares this machine's", False
    return (f"on {', '.join(networks)}", False) if networks else ("on no network", True)


def _memory(seen: Observed) -> Found:
    limit = seen.vitals.memory_limit
    ceiling = f"ceiling {format_size(limit)}" if limit else "no ceiling"
    if seen.life.out_of_memory:
        return f"{ceiling}; the kernel killed it for memory", True
    told = _MEMORY.search(seen.logs)
    return (f"{ceiling}; its own log: {told[0].strip()}" if told else
            f"{ceiling}; not killed for memory"), bool(told)


def _disk(seen: Observed) -> Found:
    told, free = _FULL.search(seen.logs), seen.vitals.disk_free
    if told:
        return f"its own log: {told[0].strip()}", True
    if free is None:
        return "cannot be looked at from here; its log does not speak of it", False
    return f"{free / 1024**3:.1f}g free", free < LOW_DISK


def _model_path(seen: Observed) -> Found:
    told, words = _MISSING.search(seen.logs), _MISSING.search(seen.life.words)
    if told is None and words is not None:
        return words[0].strip(), True
    return (f"its own log: {told[0].strip()}", True) if told else \
        ("its log names no missing file", False)


def _cuda(seen: Observed) -> Found:
    told = _CUDA.search(seen.logs)
    return (f"its own log: {told[0].strip()}", True) if told else \
        ("its log does not speak of it", False)


_CHECKS: dict[str, tuple[Callable[[Observed], Found], str]] = {
    "process": (_process, "Does it run? Exit code, killed for memory or not, paused."),
    "logs": (_logs, "The last line it wrote."),
    "port": (_port, "What its port answers, and whether something else has it."),
    "network": (_network, "Which networks it is on."),
    "memory": (_memory, "Its ceiling, and whether it was killed at it."),
    "disk": (_disk, "Free space, and whether its log says that there is none."),
    "model-path": (_model_path, "Whether its log names a file that is not there."),
    "cuda": (_cuda, "What its log says of CUDA or the driver."),
}
FIRST_CHECKS = tuple(_CHECKS)
CHECK_DOCS = {name: doc for name, (_, doc) in _CHECKS.items()}
"""name -> what it looks at."""


def run_checks(names: tuple[str, ...], seen: Observed) -> tuple[CheckFinding, ...]:
    """The named checks in their order."""
    return tuple(CheckFinding(name, found[:KEPT], suspicious) for name in names
                 for found, suspicious in (_CHECKS[name][0](seen),))
