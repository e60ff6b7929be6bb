"""The cases are asked, in rounds: each asks for what can still change a result, and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace

from gatekeeper.cases.asking import PAIRED_BLOCK, Interviewer, Target, in_turn
from gatekeeper.cases.sampling import NONE
from gatekeeper.evidence.attempts import AttemptWriter
from gatekeeper.evidence.files import WARMUP
from gatekeeper.evidence.resuming import GONE
from gatekeeper.formats.units import format_duration
from gatekeeper.judging.bench_in import bench_of
from gatekeeper.judging.case_judging import Bench
from gatekeeper.judging.concluding import judged_cases
from gatekeeper.model import Attempt, Case, Side
from gatekeeper.ports import Connection
from gatekeeper.service.sides import Starter
from gatekeeper.stages.run import Run
from gatekeeper.witnesses.hearing import Hearing


def ask(run: Run, writer: AttemptWriter) -> None:
    """Every case of every side that is ready; each attempt is on disk as it arrives."""
    targets = targets_of(run)
    plan = run.plan
    if Side.HEAD not in targets or not plan.cases:  # a shard may have no case
        return

    def keep(attempt: Attempt) -> None:
        writer.append(attempt)
        if attempt.reply.error in GONE:
            run.lost.add(attempt.side)

    if plan.judges_time:
        run.note(replace(run.record, overhead=run.world.overhead(plan.concurrency)))
    # No more connections than there are questions: each one is warmed up.
    workers = min(plan.concurrency, len(plan.cases) * plan.repeats)
    with run.pack.appending(WARMUP) if plan.warmup else nullcontext(writer) as warmups:
        interviewer = Interviewer(targets, workers, run.world.redact, keep, warmups.append,
                                  run.ends, len(run.record.machines))
        _Rounds(run, interviewer, tuple(side for side in Side if side in targets)).all()


def targets_of(run: Run) -> dict[Side, Target]:
    """Every side that may be asked."""
    return {side: Target(_connector(run.starter, side, up.service.url), ready.model,
                         run.survey.policy.contracts[side])
            for side, (up, ready) in run.ready().items() if up.service is not None}


def _connector(starter: Starter, side: Side, url: str) -> Callable[[], Connection]:
    return lambda: starter.connect(side, url)


class _Rounds:
    """One run's questions to the sides that are ready."""

    def __init__(self, run: Run, interviewer: Interviewer, sides: tuple[Side, ...]) -> None:
        self._run = run
        self._plan = run.plan
        self._interviewer = interviewer
        self._sides = sides
        self._progress = run.world.progress
        self._hearing = Hearing(run.pack, run.survey.policy, run.world.reach, run.world.redact,
                                self._progress)

    def all(self) -> None:
        plan = self._plan
        try:
            if plan.warmup:
                self._progress.say("warming up every connection")
                self._interviewer.warm_up(plan.warmup)
            # Base's own questions come first, with their confirmations: one that only head asks
            # must not take base down before base has passed what it can.
            for alone in (False, True):
                cases = [case for case in plan.cases if case.head_only is alone]
                if cases:
                    self._ask_and_confirm(cases)
        finally:
            self._interviewer.close()
        if self._interviewer.ran_out and plan.budget:
            budget = f"the budget of {format_duration(plan.budget)}"
            self._run.note(replace(self._run.record, spent=budget))

    def _ask_and_confirm(self, cases: list[Case]) -> None:
        due, again = self._first(cases), False
        if not due:  # all of it was asked before the run was cut off
            self._hearing.hear(cases, self._bench)
            due, again = self._due(cases), True
        while due:
            asked = [case for case in cases
                     if any((case.case_id, side) in due for side in self._sides)]
            how = "again" if again else \
                f"of {' and '.join(self._sides)}, {self._plan.concurrency} at a time"
            self._round(asked, due, f"asking {len(asked)} cases {how}")
            due, again = self._due(cases), True

    def _first(self, cases: list[Case]) -> dict[tuple[str, Side], Sequence[int]]:
        sampling, kept = self._plan.sampling, self._run.kept
        first = {(case.case_id, side): kept.due(case.case_id, side, sampling.first(case, side),
                                                sampling.rules[case.risk].repeats)
                 for case in cases for side in self._sides}
        return {key: numbers for key, numbers in first.items() if numbers}

    def _round(self, cases: list[Case], due: Mapping[tuple[str, Side], Sequence[int]],
               words: str) -> None:
        total, done = sum(map(len, due.values())), 0
        block = self._plan.concurrency * (PAIRED_BLOCK if len(self._sides) > 1 else 64)

        def tick() -> None:
            nonlocal done
            done += 1
            self._progress.tick(f"asking: {done} of {total}")

        self._progress.say(words)
        for asks in in_turn(cases, self._sides,
                            lambda case, side: due.get((case.case_id, side), NONE), block):
            self._interviewer.ask(asks, tick)
            if self._interviewer.ran_out:
                break
        self._hearing.hear(cases, self._bench)

    def _due(self, cases: list[Case]) -> dict[tuple[str, Side], Sequence[int]]:
        """What is worth asking for next; sampling may look at outcomes, gates may not."""
        sampling = self._plan.sampling
        if not sampling.looks or self._interviewer.ran_out:
            return {}
        bench = self._bench()
        with self._run.pack.attempts() as attempts:
            return {(case.case.case_id, side): numbers
                    for case in judged_cases(lambda case: bench, cases, attempts)
                    for side, numbers in sampling.due(case).items() if side in self._sides}

    def _bench(self) -> Bench:
        return bench_of(self._run.pack, self._run.record, self._run.survey.policy)
