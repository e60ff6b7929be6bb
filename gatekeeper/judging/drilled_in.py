"""What a pack holds of its drills, judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gatekeeper.drill.outcome import DrillJudgement, fact_of
from gatekeeper.evidence.files import DRILL, ROLLBACKS
from gatekeeper.evidence.pack import Pack
from gatekeeper.evidence.record import RunRecord
from gatekeeper.judging.case_judging import Bench
from gatekeeper.judging.concluding import Attempts
from gatekeeper.judging.drill_judging import due_of_rollback, judge_drills
from gatekeeper.judging.measure import Fact
from gatekeeper.manifest.drill import Drill
from gatekeeper.model import Case, Fault
from gatekeeper.policy.resolve import Policy


def drill_of(policy: Policy, record: RunRecord) -> Drill | None:
    """What a run drills: what the policy declares, or what was named by hand."""
    if not record.drilled:
        return policy.manifest.drill
    return replace(policy.manifest.drill or Drill(record.drilled), failure=record.drilled)


def drills_in(
    pack: Pack, record: RunRecord, policy: Policy, bench: Bench, cases: Iterable[Case],
    attempts: Attempts,
) -> tuple[DrillJudgement, ...]:
    """Every failure that was brought about, in the order in which that was done; `cases` are those
    that were to be asked."""
    declared, data = drill_of(policy, record), pack.read_json(DRILL)
    if data is None or declared is None:
        return ()
    due = due_of_rollback(bench, cases, attempts)
    return judge_drills(data, declared, record, bench, due,
                        lambda name: pack.attempts(f"{ROLLBACKS}/{name}.jsonl"))


def drill_fact(record: RunRecord, policy: Policy, drills: tuple[DrillJudgement, ...],
               not_started: Fact | None) -> Fact:
    """Whether the drill is passed; `not_started` says why head's service was never there."""
    declared = drill_of(policy, record)
    if declared is None:
        return Fact(None, "no drill is declared", Fault.WORLD)
    return (None if drills else not_started) or fact_of(drills, declared.failure)
