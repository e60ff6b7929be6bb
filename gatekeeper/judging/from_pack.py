"""From a pack to a verdict. Needs no service, no network and no engine: `gatekeeper run` ends here,
and `gatekeeper judge` starts here, so both reach the same bytes.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from gatekeeper.cases.reducers import Rule
from gatekeeper.evidence.files import OWN_FILES, POLICY, SHUTDOWN, SMOKE
from gatekeeper.evidence.pack import Pack
from gatekeeper.evidence.record import BaselineMode, RunRecord
from gatekeeper.judging.case_judging import Absence, Bench
from gatekeeper.judging.concluding import count
from gatekeeper.judging.gates import judge_gates
from gatekeeper.judging.judgement import Judgement
from gatekeeper.judging.measures import Fact, Facts
from gatekeeper.judging.parts import Part, part_of, parts_of, together
from gatekeeper.judging.tally import Tally
from gatekeeper.judging.verdict import Situation, decide
from gatekeeper.manifest.types import Eval
from gatekeeper.model import Fault, Risk, Side
from gatekeeper.outcome import CaseJudgement, GateResult
from gatekeeper.policy.declared import Declared, read_declared
from gatekeeper.policy.resolve import Policy, resolve
from gatekeeper.proving.good import good_replies
from gatekeeper.proving.matrix import asks_for_blind_spots, prove, read_blind_spots
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
    bench = Bench(
        contracts=policy.contracts,
        sources={side: pack.sources(side) for side in Side},
        instructions={side: pack.instructions(side) for side in Side},
        witnesses=_witnesses(pack, policy),
    )
    return _recorded(bench, record, policy)


def _recorded(bench: Bench, record: RunRecord, policy: Policy) -> Bench:
    """A bench with what a record says of the run."""
    no_baseline, unmeasured = _baseline_words(record)
    return replace(
        bench,
        rules=rules_of(policy.manifest.eval, record),
        head_absent=_absence(record, Side.HEAD),
        base_absent=_absence(record, Side.BASE),
        no_baseline=no_baseline,
        unmeasured_baseline=unmeasured,
        base_is_earlier=record.baseline is BaselineMode.PACK,
        base_died=record.base.died if record.base and record.base.killed else "",
        asked=frozenset(record.asked),
        shard=record.shard,
        spent=record.spent,
        own_ms=record.overhead.worst if record.overhead else 0.0,
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


def judge(pack: Pack, note: Callable[[CaseJudgement], None] = lambda case: None) -> Judgement:
    """Reach the verdict of a pack; `note` is given every case as it is judged."""
    record = pack.read_record()
    policy = policy_in(pack, record)
    bench = bench_of(pack, record, policy)
    parts = parts_of(pack, record, bench, partial(_recorded, policy=policy))

    def count_in(case: CaseJudgement) -> None:
        part_of(parts, case.case).add(case)
        note(case)

    with pack.attempts() as attempts:
        counted = count(lambda case: part_of(parts, case).bench, policy, attempts,
                        record.judged_at[:10], count_in)
        facts, whole = (
            together([(part.name, _facts(part, policy, tally)) for part, tally in of], counts)
            for counts, of in ((counted.tally, [(part, part.tally) for part in parts]),
                               (counted.whole, [(part, part.whole) for part in parts])))
        if asks_for_blind_spots(policy.manifest.gates):
            goods = good_replies(bench, policy, attempts)
            found = read_blind_spots(prove(bench, policy, goods))
            facts, whole = (replace(one, blind_spots=found) for one in (facts, whole))
    gates = judge_gates(policy.manifest.gates, record.event, facts, whole)
    limits = (*record.limited, *(text for part in parts for text in part.limits))
    verdict = decide(_situation(replace(record, limited=limits), policy, counted.tally, gates))
    return Judgement(verdict, record, policy, counted.tally, tuple(counted.failing),
                     tuple(counted.flaky))


def _situation(
    record: RunRecord, policy: Policy, tally: Tally, gates: tuple[GateResult, ...]
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
    )


def _habit(policy: Policy, record: RunRecord, bench: Bench) -> Habit:
    compares = record.baseline in (BaselineMode.RUN, BaselineMode.PACK)
    return Habit(bench.rules, policy.manifest.eval.confirmations if compares else 0)


def _baseline_fact(bench: Bench) -> Fact:
    if bench.unmeasured_baseline:
        return Fact(None, bench.unmeasured_baseline, Fault.WORLD)
    return Fact(True, bench.no_baseline)


def _facts(part: Part, policy: Policy, tally: Tally) -> Facts:
    pack, record, bench = part.pack, part.record, part.bench
    missing = [key for line in lines(policy.promise) for key in line.missing]
    declared = Fact(not missing, f"unknown: {', '.join(missing)}" if missing else
                    "five of five lines declared")
    return Facts(
        tally=tally,
        contract=declared,
        smoke=_smoke(pack, record),
        shutdown=_shutdown(pack, record),
        baseline=_baseline_fact(bench),
        habit=_habit(policy, record, bench),
        same_run=_same_run(record),
        same_machine=_same_machine(record),
        overhead=record.overhead,
        repeats=record.repeats,
    )


def _same_run(record: RunRecord) -> Fact:
    if record.baseline is BaselineMode.PACK:
        return Fact(None, "base's times are those of an earlier run, maybe on another machine; "
                    "--baseline run takes them by turns with head's", Fault.WORLD)
    return Fact(True)


def _same_machine(record: RunRecord) -> Fact:
    if len(set(record.machines)) > 1:
        return Fact(None, "the run was resumed on another machine, whose times are others; run it "
                    "whole to judge time", Fault.WORLD)
    return Fact(True)


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


def _shutdown(pack: Pack, record: RunRecord) -> Fact:
    proof = pack.read_json(SHUTDOWN)
    head = proof.get("head") if isinstance(proof, dict) else None
    if not isinstance(head, dict) or not isinstance(head.get("gone"), dict):
        if record.runtime == "url":
            return Fact(None, "the service was not started by gatekeeper", Fault.WORLD)
        return _not_started(record) or Fact(None, "the service was not stopped", Fault.WORLD)
    left = [name for name, gone in head["gone"].items() if gone is not True]
    if left:
        return Fact(False, f"still there: {', '.join(left)}")
    return Fact(bool(head["gone"]), f"{', '.join(head['gone'])} gone")
