"""From a pack to a verdict. Needs no service, no network and no engine: `gatekeeper run` ends here,
and `gatekeeper judge` starts here, so both reach the same bytes.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from gatekeeper.drill.outcome import DrillJudgement
from gatekeeper.evidence.files import ENVIRONMENT, OWN_FILES, POLICY, SHUTDOWN
from gatekeeper.evidence.pack import Pack
from gatekeeper.evidence.record import RunRecord
from gatekeeper.judging.bench_in import bench_of, recorded
from gatekeeper.judging.case_judging import Bench
from gatekeeper.judging.compared import compares, effect_in
from gatekeeper.judging.concluding import Attempts, Counted, Note, Tried, count
from gatekeeper.judging.contract_judging import ContractJudgement, as_one
from gatekeeper.judging.drilled_in import drill_fact, drills_in
from gatekeeper.judging.facts_in import contract_in, environment_in, facts_in, not_started
from gatekeeper.judging.gates import judge_gates
from gatekeeper.judging.identity import differences, likenesses_in
from gatekeeper.judging.judgement import Judgement
from gatekeeper.judging.measure import Fact, Facts, in_all
from gatekeeper.judging.parts import Part, part_of, parts_of, said_of, together
from gatekeeper.judging.remarks import remarks_on
from gatekeeper.judging.told_in import told_in
from gatekeeper.judging.verdict import Situation, decide
from gatekeeper.model import Fault, Side
from gatekeeper.outcome import CaseJudgement, GateResult
from gatekeeper.policy.declared import Declared, read_declared
from gatekeeper.policy.resolve import Policy, resolve
from gatekeeper.proving.good import good_replies
from gatekeeper.proving.matrix import asks_for_blind_spots, prove, read_blind_spots
from gatekeeper.routes.telling import Told
from gatekeeper.service.contract import lines


def declared_in(pack: Pack, record: RunRecord, side: Side) -> Declared:
    """What a side declared, read again from the pack's copies under its own paths."""
    base = side is Side.BASE
    manifest = record.base_manifest_path if base else record.manifest_path
    cases = record.base_cases_path if base else record.cases_path
    stored = {manifest: "manifest.yaml", cases: "cases.csv"}
    folder = posixpath.dirname(manifest)

    def read(path: str) -> bytes | None:
        name = stored.get(path, f"{OWN_FILES}/{posixpath.relpath(path, folder or '.')}")
        return pack.read(f"{POLICY}/{side}/{name}")

    return read_declared(manifest, read, "base:" if base else "")


def policy_in(pack: Pack, record: RunRecord) -> Policy:
    """The policy of the run, resolved again."""
    head = declared_in(pack, record, Side.HEAD)
    base = None
    if record.base_manifest_path and not record.base_unreadable:
        base = declared_in(pack, record, Side.BASE)
    return resolve(base, head, record.base_unreadable, record.acceptance, record.rooted)


def judge(
    pack: Pack, note: Note = lambda case, attempts: None, record: RunRecord | None = None
) -> Judgement:
    """Reach the verdict of a pack. With another record than the pack's own it is the verdict for
    another event or day."""
    record = record or pack.read_record()
    policy = policy_in(pack, record)
    bench = bench_of(pack, record, policy)
    parts = parts_of(pack, record, bench, partial(recorded, policy=policy))

    def count_in(case: CaseJudgement, of_case: Tried) -> None:
        part_of(parts, case.case).add(case)
        note(case, of_case)

    with pack.attempts() as attempts:
        counted = count(lambda case: part_of(parts, case).bench, policy, attempts,
                        record.judged_at[:10], count_in)
        found = _found(pack, record, policy, bench, parts, counted, attempts)
        if asks_for_blind_spots(policy.manifest.gates):
            blind = read_blind_spots(prove(bench, policy, good_replies(bench, policy, attempts)))
            found = found.with_facts(blind_spots=blind)
    gates = judge_gates(policy.manifest.gates, events_of(record), found.facts, found.whole)
    verdict = decide(_situation(record, policy, parts, counted, gates, found))
    effect = found.facts.effective if compares(record, bench) else Fact(True)
    return Judgement(verdict, record, policy, counted.tally, tuple(counted.failing),
                     tuple(counted.flaky), found.contract, found.drills,
                     tuple(_remarks(effect, parts, policy)), found.told, found.facts.shutdown)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a pack shows beside its cases."""

    facts: Facts
    whole: Facts
    """With the cases that head adds counted everywhere."""
    contract: ContractJudgement
    drills: tuple[DrillJudgement, ...]
    told: Told

    def with_facts(self, **found: object) -> _Found:
        """With more facts, which are the same for both counts."""
        return replace(self, facts=replace(self.facts, **found),  # type: ignore[arg-type]
                       whole=replace(self.whole, **found))  # type: ignore[arg-type]


def _found(
    pack: Pack, record: RunRecord, policy: Policy, bench: Bench, parts: Sequence[Part],
    counted: Counted, attempts: Attempts,
) -> _Found:
    """Facts that one part has are its own; the drill is the first part's, and whether the change
    shows is seen in all replies together."""
    contracts = [contract_in(part, policy) for part in parts]
    contract = as_one([(part.name, one) for part, one in zip(parts, contracts, strict=True)])
    own = [facts_in(part, policy, one) for part, one in zip(parts, contracts, strict=True)]
    facts = together([(part.name, one) for part, one in zip(parts, own, strict=True)],
                     counted.tally)
    whole = together([(part.name, replace(one, tally=part.whole))
                      for part, one in zip(parts, own, strict=True)], counted.whole)
    first = parts[0]
    asked = [case for case in policy.cases if part_of(parts, case) is first]
    drills = drills_in(first.pack, first.record, policy, first.bench, asked, attempts)
    found = _Found(facts, whole, contract, drills, Told()).with_facts(
        broken=contract.broken,
        drill=drill_fact(first.record, policy, drills, not_started(first.record)),
        effective=effect_in(pack, record, policy, bench, not_started(record)))
    environment = in_all([(part.name, environment_in(part.pack)) for part in parts])
    told, said = told_in(pack, record, policy, declared_in(pack, record, Side.HEAD).manifest_text,
                         found.facts, environment)
    return replace(found.with_facts(told=said), told=told)


def _differences(part: Part, policy: Policy, side: Side) -> tuple[str, ...]:
    """What a side's service says otherwise than its tree."""
    if side not in policy.services:
        return ()
    found = likenesses_in(part.pack.read_json(ENVIRONMENT), side)
    return tuple(differences(found, policy.services[side].identity))


def _remarks(effect: Fact, parts: Sequence[Part], policy: Policy) -> Iterator[str]:
    yield from remarks_on(effect, (), None)
    yield from said_of(parts, lambda part: remarks_on(
        Fact(True), _differences(part, policy, Side.BASE), part.pack.read_json(SHUTDOWN)))


def events_of(record: RunRecord) -> frozenset[str]:
    """What gates may block here: the event, and every kind of change."""
    return frozenset({record.event, *(f"change:{change.kind}" for change in record.changes)})


def contract_fact(policy: Policy) -> Fact:
    """Whether all five lines are declared."""
    missing = [key for line in lines(policy.promise) for key in line.missing]
    return Fact(not missing, f"unknown: {', '.join(missing)}" if missing else
                "five of five lines declared")


def _limits(
    record: RunRecord, policy: Policy, parts: Sequence[Part], facts: Facts
) -> Iterator[str]:
    """Why the verdict is undecided at best."""
    yield from record.limited
    for part in parts:
        yield from part.limits
    if policy.services[Side.HEAD].identity and record.head.started and facts.identity.holds is None:
        yield f"`service.identity` was not held against the service: {facts.identity.reason}"


def _situation(
    record: RunRecord, policy: Policy, parts: Sequence[Part], counted: Counted,
    gates: tuple[GateResult, ...], found: _Found,
) -> Situation:
    failure, told = record.head.failure, found.told
    return Situation(
        tally=counted.tally,
        gates=gates,
        interrupted=record.interrupted or not record.complete,
        nothing_changed=record.nothing_changed,
        unaccepted=policy.unaccepted,
        unread=record.acceptance_unread,
        head_failure=failure.cause if failure else "",
        head_fault=failure.fault if failure else Fault.CHANGE,
        head_died=record.head.died,
        limited=tuple(_limits(record, policy, parts, found.facts)),
        policy_digest=policy.digest,
        differs=tuple(said_of(parts, lambda part: _differences(part, policy, Side.HEAD))),
        owed=tuple((one.fact.fault if one.fact.holds is None else Fault.CHANGE,
                    f"the route {told.route.kind} owes {one.name}: {one.fact.reason}")
                   for one in told.owed),
    )
