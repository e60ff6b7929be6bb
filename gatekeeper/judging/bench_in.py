"""What the cases of a run are judged with, from its pack: contracts, sources, rules, and what a
record says of why there is nothing to judge."""

from __future__ import annotations

from dataclasses import replace

from gatekeeper.cases.reducers import Rule
from gatekeeper.evidence.pack import Pack
from gatekeeper.evidence.record import BaselineMode, RunRecord
from gatekeeper.judging.case_judging import Absence, Bench
from gatekeeper.manifest.types import Eval
from gatekeeper.model import Fault, Risk, Side
from gatekeeper.policy.resolve import Policy
from gatekeeper.witnesses.heard import heard_in
from gatekeeper.witnesses.testimony import Witnesses


def bench_of(pack: Pack, record: RunRecord, policy: Policy) -> Bench:
    """What the cases of a run are judged with."""
    bench = Bench(
        contracts=policy.contracts,
        sources={side: pack.sources(side) for side in Side},
        instructions={side: pack.instructions(side) for side in Side},
        witnesses=_witnesses(pack, policy),
    )
    return recorded(bench, record, policy)


def recorded(bench: Bench, record: RunRecord, policy: Policy) -> Bench:
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
