"""What was proven of the contract: in one line where all of it is, else what is not. Raw sentences:
every renderer neutralises its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gatekeeper.formats.canonical import plain
from gatekeeper.judging.contract_judging import ContractJudgement
from gatekeeper.neutral import for_markdown
from gatekeeper.outcome import CheckStatus
from gatekeeper.probing.lines import ProvenLine, State
from gatekeeper.probing.readings import NOT_SENT

EXPERIMENTAL = "experimental: what is not declared of it cannot be relied on"
_CELL = 300
_SHOWN = {CheckStatus.HELD: "held", CheckStatus.BROKEN: "**broken**",
          CheckStatus.MOOT: "not promised", CheckStatus.UNMEASURED: "not shown"}


def summary(contract: ContractJudgement) -> str:
    """One line: how many of the lines are in which state."""
    counted = {state: len(contract.of(state)) for state in
               (State.PROVEN, State.DECLARED, State.BROKEN, State.UNKNOWN)}
    if counted[State.PROVEN] == len(contract.lines):
        return "all five lines are proven"
    said = "of five lines " + ", ".join(f"{count} {'is' if count == 1 else 'are'} {state}"
                                        for state, count in counted.items() if count)
    return f"{said}; {EXPERIMENTAL}" if counted[State.UNKNOWN] else said


def worth_saying(contract: ContractJudgement) -> Iterator[str]:
    """What a person should read of the lines that are not proven, where something was seen."""
    if contract.not_probed:
        yield f"not probed: {contract.not_probed}"
    for line in contract.lines:
        if line.missing:
            yield f"{line.name} is unknown: {', '.join(line.missing)} is not declared"
        for one in line.of(CheckStatus.BROKEN):
            yield f"{line.name} is broken: {one.sent}: expected {one.finding.expected}, got " \
                  f"{one.finding.got}"
        open_ = [one for one in line.of(CheckStatus.UNMEASURED)
                 if not one.finding.got.startswith(NOT_SENT)]
        if line.state is State.DECLARED and open_ and not contract.not_probed:
            yield f"{line.name} is declared and not proven: {open_[0].sent}: {open_[0].finding.got}"


def table(contract: ContractJudgement) -> Iterator[str]:
    """Every probe, for the failure table of the pack, in Markdown."""
    yield "### Contract"
    yield ""
    yield "| line | state | sent | expected | got | |"
    yield "|---|---|---|---|---|---|"
    for line in contract.lines:
        yield from _rows(line)
    yield ""


def _rows(line: ProvenLine) -> Iterator[str]:
    if not line.findings:
        yield f"| {line.name} | {line.state} | | | | |"
    for one in line.findings:
        cells = (for_markdown(text, _CELL)
                 for text in (one.sent, one.finding.expected, one.finding.got))
        yield f"| {line.name} | {line.state} | {' | '.join(cells)} | {_SHOWN[one.status]} |"


def as_data(contract: ContractJudgement) -> dict[str, Any]:
    """`api_contract.json`."""
    return {
        line.name: {
            "state": line.state, "declared": plain(line.declared), "missing": list(line.missing),
            "probes": [{"probe": one.probe, "sent": one.sent, **plain(one.finding)}
                       for one in line.findings],
        }
        for line in contract.lines
    }
