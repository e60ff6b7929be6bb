"""What a run proved of the contract: the five lines, and who reaches the endpoint. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gatekeeper.judging.measure import Fact, in_all
from gatekeeper.manifest.contract import Contract
from gatekeeper.model import Fault, Side
from gatekeeper.outcome import CheckStatus, Doubt, Finding, Reading
from gatekeeper.policy.resolve import Policy
from gatekeeper.probing.lines import STOP, ProvenLine, State, proven_lines
from gatekeeper.probing.probes import make_probes
from gatekeeper.probing.readings import ProbeFinding, read_probes
from gatekeeper.probing.sightings import Probed

_NUMBERS = ("none", "one", "two", "three", "four", "five")
_WORST_FIRST = (State.BROKEN, State.UNKNOWN, State.DECLARED, State.PROVEN)
_CREDENTIALS = ("without-credentials", "wrong-credentials")


@dataclass(frozen=True, slots=True)
class ContractJudgement:
    """The five lines with what was found of each, and the facts that gates ask for."""

    lines: tuple[ProvenLine, ...] = ()
    not_probed: str = "nobody looked"
    """Why nothing was sent; empty where something was."""
    complete: Fact = Fact(None, "nobody looked", Fault.WORLD)
    proven: Fact = Fact(None, "nobody looked", Fault.WORLD)
    protected: Fact = Fact(None, "nobody looked", Fault.WORLD)
    broken: Reading = Reading(0, len(_NUMBERS) - 1, (Doubt(Fault.WORLD, "nobody looked"),))

    def of(self, state: State) -> tuple[ProvenLine, ...]:
        """The lines in one state."""
        return tuple(line for line in self.lines if line.state is state)


def judge_contract(
    policy: Policy, model: str, probed: Probed, shutdown: Fact, whose: Fault
) -> ContractJudgement:
    """`model` is what head's service lists; `shutdown` whether everything was gone after the stop;
    `whose` doing it is where nothing was sent."""
    asked: Contract = policy.contracts[Side.HEAD]
    findings = read_probes(asked, make_probes(asked, model), probed)
    lines = proven_lines(policy.promise, findings, _stop(shutdown))
    return ContractJudgement(lines, "" if probed.seen else probed.not_sent, _complete(lines),
                             _proven(lines, probed, whose),
                             _protected(asked, findings, probed, whose),
                             _broken(lines, probed, whose))


def as_one(named: Sequence[tuple[str, ContractJudgement]]) -> ContractJudgement:
    """What several machines proved, by name: a line is as it is where it is worst."""
    if len(named) == 1:
        return named[0][1]
    lines = tuple(min(same, key=lambda line: _WORST_FIRST.index(line.state))
                  for same in zip(*(one.lines for _, one in named), strict=True))
    broken = sum(line.state is State.BROKEN for line in lines)
    doubts = tuple(dict.fromkeys(Doubt(doubt.fault, f"{name}: {doubt.reason}")
                                 for name, one in named for doubt in one.broken.doubts))
    detail = next((f"{name}: {one.broken.detail}" for name, one in named if one.broken.detail), "")
    unsent = [f"{name}: {one.not_probed}" for name, one in named if one.not_probed]
    return ContractJudgement(
        lines,
        unsent[0] if len(unsent) == len(named) else "",
        in_all([(name, one.complete) for name, one in named]),
        in_all([(name, one.proven) for name, one in named]),
        in_all([(name, one.protected) for name, one in named]),
        Reading(broken, len(lines) if doubts else broken, doubts, detail),
    )


def _stop(shutdown: Fact) -> Finding:
    status = {True: CheckStatus.HELD, False: CheckStatus.BROKEN, None: CheckStatus.UNMEASURED}
    return Finding(status[shutdown.holds], "everything of it is gone", shutdown.reason)


def _why_broken(lines: tuple[ProvenLine, ...]) -> str:
    """Each broken line with the first probe that broke it."""
    told = []
    for line in lines:
        if line.state is State.BROKEN:
            first, *more = line.of(CheckStatus.BROKEN)
            others = f", and {len(more)} more" if more else ""
            told.append(f"{line.name} ({first.sent}: {first.finding.got}{others})")
    return ", ".join(told)


def _complete(lines: tuple[ProvenLine, ...]) -> Fact:
    missing = [key for line in lines for key in line.missing]
    unknown = f"unknown: {', '.join(missing)}" if missing else ""
    broken = _why_broken(lines)
    reasons = [unknown, f"broken: {broken}" if broken else ""]
    if missing or broken:
        return Fact(False, "; ".join(filter(None, reasons)))
    proven = sum(line.state is State.PROVEN for line in lines)
    if proven == len(lines):
        return Fact(True, "five of five lines proven")
    return Fact(True, f"five of five lines declared, {_NUMBERS[proven]} proven")


def _proven(lines: tuple[ProvenLine, ...], probed: Probed, whose: Fault) -> Fact:
    left = [line for line in lines if line.state is not State.PROVEN]
    if not left:
        return Fact(True, "five of five lines")
    words = ", ".join(f"{line.name} is {_not_proven(line)}" for line in left)
    if any(line.state in (State.BROKEN, State.UNKNOWN) for line in left):
        return Fact(False, words)
    if not probed.seen:
        return Fact(None, f"not probed: {probed.not_sent}", whose)
    # What the service leaves open is its own doing; what was never sent to it is not.
    stop_only = all(line.name == STOP for line in left)
    return Fact(None, words, Fault.WORLD if stop_only else Fault.CHANGE)


def _not_proven(line: ProvenLine) -> str:
    open_ = line.of(CheckStatus.UNMEASURED)
    if line.state is not State.DECLARED or not open_:
        return str(line.state)
    return f"declared ({open_[0].sent}: {open_[0].finding.got})"


def _broken(lines: tuple[ProvenLine, ...], probed: Probed, whose: Fault) -> Reading:
    broken = sum(line.state is State.BROKEN for line in lines)
    detail = _why_broken(lines)
    if probed.seen:
        return Reading(broken, broken, detail=detail)
    return Reading(broken, len(lines), (Doubt(whose, f"not probed: {probed.not_sent}"),), detail)


def _protected(
    asked: Contract, findings: tuple[ProbeFinding, ...], probed: Probed, whose: Fault
) -> Fact:
    if asked.auth is None:
        return Fact(probed.private, probed.reach or f"not looked at: {probed.not_sent}", whose)
    if not probed.seen:
        return Fact(None, f"not probed: {probed.not_sent}", whose)
    callers = [one for one in findings if one.probe in _CREDENTIALS]
    for one in callers:
        if one.status is CheckStatus.BROKEN:
            return Fact(False, f"{one.sent}: {one.finding.got}")
        if one.status is not CheckStatus.HELD:
            return Fact(None, f"{one.sent}: {one.finding.got}", Fault.WORLD)
    return Fact(True, "a caller without credentials is refused")
