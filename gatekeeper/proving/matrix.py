"""Which cases and gates turn red for which bad service. Pure, and judged by the code that judges a
run: the same cases, the same counts, the same gates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gatekeeper.cases.reducers import Rule
from gatekeeper.cases.requirements import read_requirements
from gatekeeper.cases.sampling import counted_in_full
from gatekeeper.formats.csvtext import as_line
from gatekeeper.judging.case_judging import Bench
from gatekeeper.judging.concluding import Counted, count
from gatekeeper.judging.gates import judge_gates
from gatekeeper.judging.learning import TRIED
from gatekeeper.judging.measure import ToldFacts
from gatekeeper.judging.measures import BLIND_SPOTS, Fact, Facts
from gatekeeper.manifest.types import Gate
from gatekeeper.model import Attempt, Case, Fault, Side
from gatekeeper.outcome import Doubt, GateResult, GateState, Reading
from gatekeeper.policy.resolve import Policy
from gatekeeper.proving.bad import BAD_SERVICES, BadService, Row, Spoilt, Stage
from gatekeeper.proving.good import as_attempt, passes
from gatekeeper.proving.replies import Good, make_reply

_YES = Fact(True)
_ALL_TOLD = ToldFacts(_YES, Reading(0, 0), _YES, _YES, dict.fromkeys(TRIED, _YES),
                      Reading(1e9, 1e9))
"""What the service's files and earlier runs tell: no bad service has a part in it."""
EVENT = "merge"
NO_DAY = "0001-01-01"
"""No waiver is in force: what is waived today must be caught tomorrow."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one bad service."""

    name: str
    changed: tuple[str, ...]
    """Cases that it answers otherwise than the good one."""
    red: tuple[str, ...]
    """Those of them that do not pass."""
    gates: tuple[str, ...]
    """Gates that block a merge and are no longer open."""
    untried: str = ""
    blind: str = ""
    """Why nothing catches it; empty where something does."""
    remedy: str = ""
    """A line of the cases file, or a condition, that would."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The whole matrix."""

    cases: tuple[str, ...]
    """Those with a good reply, in order."""
    unproven: tuple[str, ...]
    """Cases without one: nothing is known of them."""
    made_up: tuple[str, ...]
    closed: tuple[str, ...]
    """Gates that are not open with good replies either: they prove nothing."""
    trials: tuple[Trial, ...]

    @property
    def blind(self) -> tuple[Trial, ...]:
        """Bad services that nothing catches."""
        return tuple(trial for trial in self.trials if trial.blind)


class _Replies:
    """The good replies as base's attempts, and what a bad service makes of them as head's."""

    def __init__(self, bench: Bench, cases: Mapping[str, Case], goods: Mapping[str, Good],
                 spoilt: Mapping[str, Spoilt]) -> None:
        self._bench, self._cases, self._goods, self._spoilt = bench, cases, goods, spoilt

    def of(self, case_id: str, side: Side) -> tuple[Attempt, ...]:
        """All attempts of a case on a side."""
        case, good = self._cases[case_id], self._goods[case_id]
        spoilt = self._spoilt.get(case_id) if side is Side.HEAD else None
        reply, total = good.reply, good.total_ms
        if spoilt is not None:
            contract = self._bench.contracts[Side.HEAD]
            reply = make_reply(contract, spoilt.text, good.reply, spoilt.finish, spoilt.citations)
            total += spoilt.later_ms
        return tuple(as_attempt(case, side, reply, total, number)
                     for number in range(1, self._bench.rule(case).repeats + 1))


class _Court:
    """Judges bad services one by one."""

    def __init__(self, bench: Bench, policy: Policy, goods: Mapping[str, Good]) -> None:
        manifest = policy.manifest
        self.cases = {case.case_id: case for case in policy.cases if case.case_id in goods}
        gates = {name: replace(gate, until=tuple(one for one in gate.until
                                                 if one.measure != BLIND_SPOTS))
                 for name, gate in manifest.gates.items()}
        self.policy = replace(policy, cases=tuple(self.cases.values()),
                              manifest=replace(manifest, gates=gates))
        contract = bench.contracts[Side.HEAD]
        # One attempt stands for all: what it says, they all say. A percentile wants its samples.
        rules = bench.rules if counted_in_full(gates) else dict.fromkeys(bench.rules, Rule())
        self.bench = Bench(dict.fromkeys(Side, contract), rules,
                           dict.fromkeys(Side, bench.sources.get(Side.HEAD, {})))
        self.goods = {case_id: goods[case_id] for case_id in self.cases}
        self.stage = Stage(self.goods, bench.sources.get(Side.HEAD, {}),
                           bool(contract.response_shape.evidence), "adapter" in manifest.watch)
        found = self.judged({})
        self.fit = {case_id for case_id in self.cases
                    if case_id not in {case.case.case_id for case in found[0].failing}}
        self.open = {gate.name for gate in found[1]
                     if gate.decides and gate.state is GateState.OPEN}
        self.closed = tuple(gate.name for gate in found[1]
                            if gate.decides and gate.name not in self.open)

    def judged(self, spoilt: Mapping[str, Spoilt]) -> tuple[Counted, tuple[GateResult, ...]]:
        """The cases and gates of a service that answers so."""
        replies = _Replies(self.bench, self.cases, self.goods, spoilt)
        counted = count(lambda case: self.bench, self.policy, replies, NO_DAY)
        facts = Facts(counted.tally, contract=_YES, smoke=_YES, shutdown=_YES, baseline=_YES,
                      proven=_YES, protected=_YES, broken=Reading(0, 0), drill=_YES,
                      told=_ALL_TOLD)
        return counted, judge_gates(self.policy.manifest.gates, frozenset({EVENT}), facts,
                                    replace(facts, tally=counted.whole))

    def trial(self, service: BadService) -> Trial:
        """One bad service, judged."""
        spoilt = {case_id: said for case_id, case in self.cases.items() if case_id in self.fit
                  and (said := service.spoil(self.stage, case, self.goods[case_id])) is not None}
        if not spoilt:
            due = service.due(self.stage)
            return Trial(service.name, (), (), (), "" if due else service.untried or "nothing to "
                         "spoil", "no case has a reply that it would give otherwise" if due else "",
                         _line(service.name, service.example) if due and service.example else "")
        counted, gates = self.judged(spoilt)
        red = tuple(case.case.case_id for case in counted.failing
                    if case.case.case_id in spoilt)
        shut = tuple(gate.name for gate in gates
                     if gate.name in self.open and gate.state is not GateState.OPEN)
        blind, remedy = self._blind(service, spoilt, red, shut)
        return Trial(service.name, tuple(spoilt), red, shut, blind=blind, remedy=remedy)

    def _blind(self, service: BadService, spoilt: Mapping[str, Spoilt], red: tuple[str, ...],
               shut: tuple[str, ...]) -> tuple[str, str]:
        if shut or (red and not self.open):
            return "", ""
        if red:
            risk = next(case.risk for case_id, case in self.cases.items() if case_id in red)
            return "cases turn red, and no gate asks for them", f"failures.{risk} == 0"
        for case_id, said in spoilt.items():
            case, good = self.cases[case_id], self.goods[case_id]
            row = service.row(case, good, said)
            if self._catches(row, case, good, said):
                return "no case turns red", _line(service.name, row)
        first = next(iter(spoilt))
        return "no case turns red", _line(service.name, service.row(
            self.cases[first], self.goods[first], spoilt[first]))

    def _catches(self, row: Row, case: Case, good: Good, said: Spoilt) -> bool:
        """Whether a row passes the good reply and not the bad one."""
        try:
            requirements = read_requirements(row.checks)
        except ValueError:
            return False
        held = replace(case, requirements=requirements)
        contract = self.bench.contracts[Side.HEAD]
        bad = replace(good, total_ms=good.total_ms + said.later_ms, reply=make_reply(
            contract, said.text, good.reply, said.finish, said.citations))
        return passes(self.bench, held, good) and not passes(self.bench, held, bad)


def _line(name: str, row: Row) -> str:
    case_id = "".join(char if char.isalnum() else "_" for char in f"catches_{name}")
    return as_line([case_id, row.prompt, f"is not taken in by: {name}", str(row.risk), "", "",
                    row.checks])


def prove(bench: Bench, policy: Policy, goods: Mapping[str, Good]) -> Proof:
    """Every bad service in place of the one that gave the good replies. Cases of head alone count
    like all others: they will be base's."""
    whole = replace(policy, cases=tuple(replace(case, head_only=False, added=False)
                                        for case in policy.cases))
    court = _Court(bench, whole, goods)
    fit = tuple(case_id for case_id in court.cases if case_id in court.fit)
    return Proof(
        fit, tuple(case.case_id for case in whole.cases if case.case_id not in court.fit),
        tuple(case_id for case_id in fit if goods[case_id].made_up), court.closed,
        tuple(court.trial(service) for service in BAD_SERVICES) if fit else (),
    )


def asks_for_blind_spots(gates: Mapping[str, Gate]) -> bool:
    """Whether a gate speaks of blind spots; else they are not looked for."""
    return any(one.measure == BLIND_SPOTS for gate in gates.values() for one in gate.until)


def read_blind_spots(proof: Proof) -> Reading:
    """The measure."""
    if not proof.trials:
        none = Doubt(Fault.CHANGE, "no case has a good reply to start from")
        return Reading(0, len(BAD_SERVICES), (none,))
    names = ", ".join(trial.name for trial in proof.blind)
    tried = sum(not trial.untried for trial in proof.trials)
    return Reading(len(proof.blind), len(proof.blind),
                   detail=f"{len(proof.blind)} of {tried} bad services" + (f": {names}" if names
                                                                          else ""))
