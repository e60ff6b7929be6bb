"""From a pack to a verdict. Needs no service, no network and no engine: `gatekeeper run` ends here,
and `gatekeeper judge` starts here, so both reach the same bytes.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gatekeeper.cases.reducers import Rule
from gatekeeper.evidence.files import (
    ENVIRONMENT,
    OWN_FILES,
    POLICY,
    PROBES,
    SHUTDOWN,
    SMOKE,
)
from gatekeeper.evidence.pack import Pack
from gatekeeper.evidence.record import BaselineMode, RunRecord
from gatekeeper.judging.case_judging import Absence, Bench
from gatekeeper.judging.compared import compares, effect_in
from gatekeeper.judging.concluding import count
from gatekeeper.judging.contract_judging import ContractJudgement, judge_contract
from gatekeeper.judging.drilled_in import drill_fact, drills_in
from gatekeeper.judging.gates import judge_gates
from gatekeeper.judging.identity import differences, likenesses_in, read_identity
from gatekeeper.judging.judgement import Judgement
from gatekeeper.judging.measures import Fact, Facts
from gatekeeper.judging.remarks import remarks_on
from gatekeeper.judging.stopping import proof_of, read_clean, read_shutdown
from gatekeeper.judging.tally import Tally
from gatekeeper.judging.told_in import told_in
from gatekeeper.judging.verdict import Situation, decide
from gatekeeper.manifest.types import Eval
from gatekeeper.model import Fault, Risk, Side
from gatekeeper.outcome import CaseJudgement, GateResult
from gatekeeper.policy.declared import Declared, read_declared
from gatekeeper.policy.resolve import Policy, resolve
from gatekeeper.ports import URL_RUNTIME
from gatekeeper.probing.sightings import read_probed
from gatekeeper.proving.good import good_replies
from gatekeeper.proving.matrix import asks_for_blind_spots, prove, read_blind_spots
from gatekeeper.routes.telling import Told
from gatekeeper.service.contract import lines
from gatekeeper.statistics.loudness import Habit
from gatekeeper.witnesses.heard import heard_in
from gatekeeper.witnesses.testimony import Witnesses


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


def bench_of(pack: Pack, record: RunRecord, policy: Policy) -> Bench:
    """What the cases of a run are judged with."""
    no_baseline, unmeasured = _baseline_words(record)
    return Bench(
        contracts=policy.contracts,
        rules=rules_of(policy.manifest.eval, record),
        sources={side: pack.sources(side) for side in Side},
        instructions={side: pack.instructions(side) for side in Side},
        head_absent=_absence(record, Side.HEAD),
        base_absent=_absence(record, Side.BASE),
        no_baseline=no_baseline,
        unmeasured_baseline=unmeasured,
        base_is_earlier=record.baseline is BaselineMode.PACK,
        base_died=record.base.died if record.base and record.base.killed else "",
        asked=frozenset(record.asked),
        own_ms=record.overhead.worst if record.overhead else 0.0,
        witnesses=_witnesses(pack, policy),
    )


def _witnesses(pack: Pack, policy: Policy) -> Witnesses:
    manifest = policy.manifest
    return Witnesses(manifest.judge, manifest.embeddings, manifest.own_checks, policy.own_files,
                     heard_in(pack))


def rules_of(declared: Eval, record: RunRecord) -> dict[Risk, Rule]:
    """Risk -> how its cases were asked in a run, and how many attempts must pass."""
    return {risk: Rule(record.risk_repeats.get(risk, record.repeats), rule.reducer)
            for risk, rule in declared.rules.items()}


def _absence(record: RunRecord, side: Side) -> Absence | None:
    """Why a whole side has no attempts. Base is not asked where head cannot be."""
    for one, name in ((record.head if side is Side.HEAD else record.base, side),
                      (record.base and record.head, Side.HEAD)):
        if one is not None and one.failure is not None:
            reason = f"{name}'s service did not start"
            return Absence(reason, one.failure.fault, lost=name is side)
    return None


_RIGHTLY_NONE = {
    BaselineMode.ADOPTION: "first adoption: base has no manifest, so there is nothing to compare "
                           "with",
    BaselineMode.UNREADABLE: "base's manifest cannot be used, so its service was not started and "
                             "there is nothing to compare with",
    BaselineMode.FIRST: "there is no earlier release, so there is nothing to compare with",
}


def _baseline_words(record: RunRecord) -> tuple[str, str]:
    """Why there is rightly no baseline, or why there should be one and is not; else both empty."""
    if record.baseline in _RIGHTLY_NONE:
        return _RIGHTLY_NONE[record.baseline], ""
    if record.baseline is BaselineMode.NONE:
        return "", "no baseline was asked for: --baseline run starts base, --baseline DIR reads one"
    failure = record.base.failure if record.base else None
    if failure is None:
        return "", ""
    if failure.fault is Fault.CHANGE:
        return ("base's service does not start by its own fault, so no case of it passes and "
                f"nothing can regress: {failure.cause}"), ""
    return "", f"base could not be measured: {failure.cause}"


def judge(
    pack: Pack, note: Callable[[CaseJudgement], None] = lambda case: None,
    record: RunRecord | None = None,
) -> Judgement:
    """Reach the verdict of a pack; `note` is given every case as it is judged. With another record
    than the pack's own it is the verdict for another event or day."""
    record = record or pack.read_record()
    policy = policy_in(pack, record)
    bench = bench_of(pack, record, policy)
    with pack.attempts() as attempts:
        counted = count(bench, policy, attempts, record.judged_at[:10], note)
        contract = judge_contract(policy, record.head.model,
                                  read_probed(pack.read_json(PROBES)),
                                  shutdown_in(pack, record),
                                  _whose(record))
        drills = drills_in(pack, record, policy, bench, attempts)
        facts = replace(_facts(pack, record, policy, bench, counted.tally, contract),
                        drill=drill_fact(record, policy, drills, _not_started(record)))
        manifest = declared_in(pack, record, Side.HEAD).manifest_text
        told, said = told_in(pack, record, policy, manifest, facts)
        facts = replace(facts, told=said)
        if asks_for_blind_spots(policy.manifest.gates):
            goods = good_replies(bench, policy, attempts)
            facts = replace(facts, blind_spots=read_blind_spots(prove(bench, policy, goods)))
    gates = judge_gates(policy.manifest.gates, events_of(record), facts,
                        replace(facts, tally=counted.whole))
    found = pack.read_json(ENVIRONMENT)
    differs, base_differs = (
        tuple(differences(likenesses_in(found, side), policy.services[side].identity))
        if side in policy.services else () for side in (Side.HEAD, Side.BASE))
    situation = _situation(record, policy, counted.tally, gates, told)
    if policy.services[Side.HEAD].identity and record.head.started and facts.identity.holds is None:
        unseen = f"`service.identity` was not held against the service: {facts.identity.reason}"
        situation = replace(situation, limited=(*situation.limited, unseen))
    verdict = decide(replace(situation, differs=differs))
    effect = facts.effective if compares(record, bench) else Fact(True)
    return Judgement(verdict, record, policy, counted.tally, tuple(counted.failing),
                     tuple(counted.flaky), contract, drills,
                     tuple(remarks_on(effect, base_differs, pack.read_json(SHUTDOWN))), told)


def events_of(record: RunRecord) -> frozenset[str]:
    """What gates may block here: the event, and every kind of change."""
    return frozenset({record.event, *(f"change:{change.kind}" for change in record.changes)})


def contract_fact(policy: Policy) -> Fact:
    """Whether all five lines are declared."""
    missing = [key for line in lines(policy.promise) for key in line.missing]
    return Fact(not missing, f"unknown: {', '.join(missing)}" if missing else
                "five of five lines declared")


def _situation(
    record: RunRecord, policy: Policy, tally: Tally, gates: tuple[GateResult, ...], told: Told
) -> Situation:
    failure = record.head.failure
    return Situation(
        tally=tally,
        gates=gates,
        interrupted=record.interrupted or not record.complete,
        nothing_changed=record.nothing_changed,
        unaccepted=policy.unaccepted,
        unread=record.acceptance_unread,
        head_failure=failure.cause if failure else "",
        head_fault=failure.fault if failure else Fault.CHANGE,
        head_died=record.head.died,
        limited=record.limited,
        policy_digest=policy.digest,
        owed=tuple((one.fact.fault if one.fact.holds is None else Fault.CHANGE,
                    f"the route {told.route.kind} owes {one.name}: {one.fact.reason}")
                   for one in told.owed),
    )


def _habit(policy: Policy, record: RunRecord, bench: Bench) -> Habit:
    compares = record.baseline in (BaselineMode.RUN, BaselineMode.PACK)
    return Habit(bench.rules, policy.manifest.eval.confirmations if compares else 0)


def _baseline_fact(bench: Bench) -> Fact:
    if bench.unmeasured_baseline:
        return Fact(None, bench.unmeasured_baseline, Fault.WORLD)
    return Fact(True, bench.no_baseline)


def _facts(
    pack: Pack, record: RunRecord, policy: Policy, bench: Bench, tally: Tally,
    contract: ContractJudgement,
) -> Facts:
    return Facts(
        tally=tally,
        contract=contract.complete,
        proven=contract.proven,
        broken=contract.broken,
        protected=contract.protected,
        smoke=_smoke(pack, record),
        shutdown=shutdown_in(pack, record),
        baseline=_baseline_fact(bench),
        habit=_habit(policy, record, bench),
        same_run=_same_run(record),
        identity=read_identity(likenesses_in(pack.read_json(ENVIRONMENT), Side.HEAD),
                               policy.services[Side.HEAD].identity, _not_started(record)),
        effective=effect_in(pack, record, policy, bench, _not_started(record)),
        clean=read_clean(*_stopped(pack, record)),
        overhead=record.overhead,
        repeats=record.repeats,
    )


def _same_run(record: RunRecord) -> Fact:
    if record.baseline is BaselineMode.PACK:
        return Fact(None, "base's times are those of an earlier run, maybe on another machine; "
                    "--baseline run takes them by turns with head's", Fault.WORLD)
    return Fact(True)


def _whose(record: RunRecord) -> Fault:
    """Whose doing it is where head's service could not be asked."""
    failure = record.head.failure
    return failure.fault if failure else Fault.CHANGE if record.head.died else Fault.WORLD


def _not_started(record: RunRecord) -> Fact | None:
    failure = record.head.failure
    if failure is not None:
        return Fact(None, "head's service did not start", failure.fault)
    return None


def _smoke(pack: Pack, record: RunRecord) -> Fact:
    smoke = pack.read_json(SMOKE)
    if not isinstance(smoke, dict) or "passed" not in smoke:
        return _not_started(record) or Fact(None, "the smoke test did not run", Fault.WORLD)
    return Fact(smoke["passed"] is True, str(smoke.get("reason", "")))


def shutdown_in(pack: Pack, record: RunRecord) -> Fact:
    """Whether the pack proves that head's service is gone."""
    return read_shutdown(*_stopped(pack, record))


def _stopped(pack: Pack, record: RunRecord) -> tuple[dict[str, Any] | None, Fact]:
    """The proof of head's stop, and why there is none where there is none."""
    proof = proof_of(pack.read_json(SHUTDOWN), Side.HEAD)
    if record.runtime == URL_RUNTIME:
        return proof, Fact(None, "the service was not started by gatekeeper", Fault.WORLD)
    return proof, _not_started(record) or Fact(None, "the service was not stopped", Fault.WORLD)
