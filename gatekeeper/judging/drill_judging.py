"""The drill's part of a pack, judged: which cases a rollback has to pass, whether it passed them,
and what each drill comes to. From the replies, so that it is reached again without a service.
Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from gatekeeper.checks.kinds import Baseline
from gatekeeper.drill.catalogue import FAILURES
from gatekeeper.drill.outcome import (
    CasesHeld,
    Drilled,
    DrillJudgement,
    NoRollback,
    judge_drilled,
    read_drilled,
)
from gatekeeper.evidence.record import BaselineMode, RunRecord
from gatekeeper.judging.case_judging import Bench, judge_attempt
from gatekeeper.judging.concluding import Attempts, judged_cases
from gatekeeper.manifest.drill import Drill
from gatekeeper.model import Answer, Attempt, Case, Fault, Side
from gatekeeper.outcome import CaseStatus
from gatekeeper.service.contract import read_reply
from gatekeeper.witnesses.testimony import witnessed

_NOTHING = {
    BaselineMode.ADOPTION: "base has no manifest, so there is nothing to roll back to",
    BaselineMode.UNREADABLE: "base's manifest cannot be used, so there is nothing to roll back to",
    BaselineMode.FIRST: "there is no earlier release to roll back to",
}


@dataclass(frozen=True, slots=True)
class Due:
    """A case that a rollback has to pass."""

    case: Case
    baseline: Baseline
    """What base answered: the rollback is base again."""


def no_rollback(record: RunRecord) -> NoRollback | None:
    """Why there is nothing to roll back to; None where there is something."""
    if record.baseline in _NOTHING:
        return NoRollback(_NOTHING[record.baseline], rightly=True)
    if record.baseline is BaselineMode.NONE:
        return NoRollback("no baseline was asked for, so it is not known which cases a rollback "
                          "has to pass; --baseline run starts base", rightly=False)
    failure = record.base.failure if record.base else None
    if failure is not None:
        return NoRollback(f"base's service does not start either: {failure.cause}",
                          rightly=failure.fault is Fault.CHANGE)
    return None


def due_of_rollback(bench: Bench, cases: Iterable[Case], attempts: Attempts) -> list[Due]:
    """The cases that base passes by their rule, without those that somebody else decides: nobody is
    asked about a drill."""
    asked = [case for case in cases if not case.head_only and not witnessed(case)]
    return [Due(judged.case, Baseline(_answers(bench, attempts.of(judged.case.case_id, Side.BASE))))
            for judged in judged_cases(lambda case: bench, asked, attempts)
            if judged.base is not None and judged.base.status is CaseStatus.PASSED]


def _answers(bench: Bench, attempts: Sequence[Attempt]) -> tuple[Answer, ...]:
    read = (read_reply(bench.contracts[Side.BASE], one.reply) for one in attempts)
    return tuple(one for one in read if isinstance(one, Answer))


def passes(bench: Bench, due: Due, attempts: Sequence[Attempt]) -> bool | None:
    """Whether a rollback passes a case: once is enough, as for a flip that is not confirmed. None
    where that is not known."""
    judged = [judge_attempt(bench, due.case, one, Side.BASE, due.baseline) for one in attempts]
    if any(one.status is CaseStatus.PASSED for one in judged):
        return True
    return False if judged and all(one.is_loss for one in judged) else None


def held_by(bench: Bench, due: Sequence[Due], attempts: Attempts) -> CasesHeld:
    """What the rollback's replies come to."""
    found = {one.case.case_id: passes(bench, one, attempts.of(one.case.case_id, Side.BASE))
             for one in due}
    return CasesHeld(len(due), tuple(name for name, well in found.items() if well is False),
                     tuple(name for name, well in found.items() if well is None))


def read_drills(data: Any) -> tuple[Drilled, ...]:
    """Every drill of a pack's document, one a failure; ValueError where it is none."""
    if data is None:
        return ()
    drilled = [read_drilled(one) for one in data["drilled"]]
    names = [one.failure for one in drilled]
    if len(set(names)) != len(names) or not set(names) <= set(FAILURES):
        raise ValueError("failures that are none, or one of them twice")
    return tuple(drilled)


def judge_drills(
    data: Any, declared: Drill, record: RunRecord, bench: Bench, due: Sequence[Due],
    attempts_of: Callable[[str], AbstractContextManager[Attempts]],
) -> tuple[DrillJudgement, ...]:
    """Every drill of a pack; `attempts_of` opens a rollback's replies by the failure's name."""
    nothing, judged = no_rollback(record), []
    for one in read_drills(data):
        held = None
        if nothing is None and one.rollback is not None:
            with attempts_of(one.failure) as attempts:
                held = held_by(bench, due, attempts)
        judged.append(judge_drilled(one, nothing, held, declared.fallback is not None))
    return tuple(judged)
