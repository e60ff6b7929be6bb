"""The five lines of a contract with what was proven of each. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gatekeeper.manifest.contract import Contract
from gatekeeper.outcome import CheckStatus, Finding
from gatekeeper.probing.readings import ProbeFinding
from gatekeeper.service.contract import lines

STOP = "stop_path"


class State(StrEnum):
    """How far a line can be relied on."""

    UNKNOWN = "unknown"
    """Not declared, or not all of it: the service is experimental."""
    BROKEN = "broken"
    """Something was seen that contradicts it."""
    DECLARED = "declared"
    """Nothing contradicts it, and not all of it was shown."""
    PROVEN = "proven"


@dataclass(frozen=True, slots=True)
class ProvenLine:
    """One line with everything that was found of it."""

    name: str
    state: State
    declared: Any
    missing: tuple[str, ...]
    """Keys that would make it declared."""
    findings: tuple[ProbeFinding, ...] = ()

    def of(self, status: CheckStatus) -> tuple[ProbeFinding, ...]:
        """Findings of one kind."""
        return tuple(one for one in self.findings if one.status is status)


def proven_lines(
    promise: Contract, findings: Iterable[ProbeFinding], stop: Finding
) -> tuple[ProvenLine, ...]:
    """The five lines of a spelled-out contract; `stop` is what was found after the stop."""
    kept = (*findings, ProbeFinding("stop", STOP, "SIGTERM, grace, SIGKILL", stop))
    return tuple(_line(line.name, line.declared, line.missing,
                       tuple(one for one in kept if one.line == line.name))
                 for line in lines(promise))


def _line(
    name: str, declared: Any, missing: tuple[str, ...], findings: tuple[ProbeFinding, ...]
) -> ProvenLine:
    found = {one.status for one in findings}
    state = State.DECLARED
    if CheckStatus.BROKEN in found:
        state = State.BROKEN
    elif missing:
        state = State.UNKNOWN
    elif CheckStatus.HELD in found and CheckStatus.UNMEASURED not in found:
        state = State.PROVEN
    return ProvenLine(name, state, declared, missing, findings)
