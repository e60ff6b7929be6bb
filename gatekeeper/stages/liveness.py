"""Where a change is claimed that no case shows, a few more questions are asked of both sides."""

from __future__ import annotations

from gatekeeper.cases.asking import Ask, Interviewer
from gatekeeper.cases.sentinels import SENTINELS
from gatekeeper.evidence.files import LIVENESS
from gatekeeper.judging.compared import heard_by_both
from gatekeeper.judging.liveness import claimed, questions
from gatekeeper.model import Case, Side
from gatekeeper.stages.questioning import targets_of
from gatekeeper.stages.run import Run

ROUNDS = 2
"""The sentinels once; then once more those that were answered differently."""


def look_for_effect(run: Run) -> None:
    """Sentinels, and second answers where first ones differ, in `liveness.jsonl`. A run of a subset
    of the cases is a look at those, and asks nothing else."""
    targets = targets_of(run)
    if not claimed(run.record.changes) or run.record.asked or run.lost or set(targets) != {*Side}:
        return
    known: dict[str, Case] = {one.case_id: one for one in (*SENTINELS, *run.plan.cases)}
    with run.pack.appending(LIVENESS) as writer:
        interviewer = Interviewer(targets, run.plan.concurrency, run.world.redact, writer.append)
        try:
            for _ in range(ROUNDS):
                due = questions(heard_by_both(run.pack, run.survey.policy))
                if not due:
                    return
                run.world.progress.say(f"asking {len(due)} questions beside the cases, of both "
                                       "sides: no case tells whether the change shows")
                for side in Side:
                    interviewer.ask([Ask(known[name], side, number)
                                     for name, number in due])
        finally:
            interviewer.close()
