"""The facts of a run, or of one shard of it, as its pack shows them."""

from __future__ import annotations

from typing import Any

from gatekeeper.evidence.files import ENVIRONMENT, PROBES, SHUTDOWN, SMOKE
from gatekeeper.evidence.pack import Pack
from gatekeeper.evidence.record import BaselineMode, RunRecord
from gatekeeper.judging.case_judging import Bench
from gatekeeper.judging.contract_judging import ContractJudgement, judge_contract
from gatekeeper.judging.identity import likenesses_in, read_identity
from gatekeeper.judging.measure import Fact, Facts
from gatekeeper.judging.parts import Part
from gatekeeper.judging.stopping import proof_of, read_clean, read_shutdown
from gatekeeper.model import Fault, Side
from gatekeeper.policy.resolve import Policy
from gatekeeper.ports import URL_RUNTIME
from gatekeeper.probing.sightings import read_probed
from gatekeeper.statistics.loudness import Habit


def facts_in(part: Part, policy: Policy, contract: ContractJudgement) -> Facts:
    """Everything but what all parts of a run come to together."""
    pack, record = part.pack, part.record
    return Facts(
        tally=part.tally,
        contract=contract.complete,
        proven=contract.proven,
        broken=contract.broken,
        protected=contract.protected,
        smoke=_smoke(pack, record),
        shutdown=_shutdown_in(pack, record),
        baseline=_baseline_fact(part.bench),
        habit=_habit(policy, record, part.bench),
        same_run=_same_run(record),
        same_machine=_same_machine(record),
        identity=read_identity(likenesses_in(pack.read_json(ENVIRONMENT), Side.HEAD),
                               policy.services[Side.HEAD].identity, not_started(record)),
        clean=read_clean(*_stopped(pack, record)),
        overhead=record.overhead,
        repeats=record.repeats,
    )


def contract_in(part: Part, policy: Policy) -> ContractJudgement:
    """What was proven of the contract."""
    pack, record = part.pack, part.record
    return judge_contract(policy, record.head.model, read_probed(pack.read_json(PROBES)),
                          _shutdown_in(pack, record), _whose(record))


def not_started(record: RunRecord) -> Fact | None:
    """Why head's service was never there; None where it was."""
    failure = record.head.failure
    if failure is not None:
        return Fact(None, "head's service did not start", failure.fault)
    return None


def environment_in(pack: Pack) -> Fact:
    """Whether the pack says on what machine it was measured."""
    found = pack.read_json(ENVIRONMENT)
    there = isinstance(found, dict) and bool(found.get("machine"))
    return Fact(True) if there else Fact(None, f"there is no {ENVIRONMENT}", Fault.WORLD)


def _habit(policy: Policy, record: RunRecord, bench: Bench) -> Habit:
    compares = record.baseline in (BaselineMode.RUN, BaselineMode.PACK)
    return Habit(bench.rules, policy.manifest.eval.confirmations if compares else 0)


def _baseline_fact(bench: Bench) -> Fact:
    if bench.unmeasured_baseline:
        return Fact(None, bench.unmeasured_baseline, Fault.WORLD)
    return Fact(True, bench.no_baseline)


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


def _whose(record: RunRecord) -> Fault:
    """Whose doing it is where head's service could not be asked."""
    failure = record.head.failure
    return failure.fault if failure else Fault.CHANGE if record.head.died else Fault.WORLD


def _smoke(pack: Pack, record: RunRecord) -> Fact:
    smoke = pack.read_json(SMOKE)
    if not isinstance(smoke, dict) or "passed" not in smoke:
        return not_started(record) or Fact(None, "the smoke test did not run", Fault.WORLD)
    return Fact(smoke["passed"] is True, str(smoke.get("reason", "")))


def _shutdown_in(pack: Pack, record: RunRecord) -> Fact:
    """Whether the pack proves that head's service is gone."""
    return read_shutdown(*_stopped(pack, record))


def _stopped(pack: Pack, record: RunRecord) -> tuple[dict[str, Any] | None, Fact]:
    """The proof of head's stop, and why there is none where there is none."""
    proof = proof_of(pack.read_json(SHUTDOWN), Side.HEAD)
    if record.runtime == URL_RUNTIME:
        return proof, Fact(None, "the service was not started by gatekeeper", Fault.WORLD)
    return proof, not_started(record) or Fact(None, "the service was not stopped", Fault.WORLD)
