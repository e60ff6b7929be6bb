"""The stages between the plan and the judgement: start, smoke, ask, confirm, stop.

However they end, the services are gone afterwards and what was measured is on disk.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep

from gatekeeper.cases.asking import PAIRED_BLOCK, Interviewer, Target, in_turn
from gatekeeper.cases.sampling import NONE
from gatekeeper.errors import Interrupted
from gatekeeper.evidence.baseline import copy_baseline, find_baseline
from gatekeeper.evidence.pack import ENVIRONMENT, SHUTDOWN, SMOKE, WARMUP, AttemptWriter, Pack
from gatekeeper.evidence.record import RunRecord, SideRecord
from gatekeeper.formats.canonical import plain
from gatekeeper.judging.case_judging import Bench
from gatekeeper.judging.concluding import judged_cases
from gatekeeper.judging.from_pack import bench_of
from gatekeeper.model import Attempt, Case, Overhead, Side
from gatekeeper.plan import Plan, Survey
from gatekeeper.policy.acceptance import Authority
from gatekeeper.ports import Connection, Progress, Repository, Runtime, StartFailure
from gatekeeper.redaction import Redactor
from gatekeeper.service.readiness import Ready
from gatekeeper.service.sides import Connect, SideUp, Starter, stop_all
from gatekeeper.service.smoke import smoke_test
from gatekeeper.service.triage import cause_of_exit
from gatekeeper.trees.layout import lay_out
from gatekeeper.witnesses.hearing import Hearing, Reach

_SIGKILL = (137, -9)
"""Exit codes of a service that somebody else ended, as an engine and as a process tell it."""
_GONE = ("dropped", "refused")
ENDING_SECONDS = 1.0
"""How long a service that dropped or refused a connection is given to be seen ending."""
CANCEL_SECONDS = 3.0
"""How long an interrupt waits for a start that is under way; the runner gives 7.5 s in all."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything a run touches outside itself."""

    runtimes: Callable[[Plan], Mapping[Side, Runtime]]
    """Makes the runtime of every side to start; asked only when something will be started."""
    connect: Connect
    progress: Progress
    now: Callable[[], datetime]
    redact: Redactor
    authority: Authority
    reach: Reach
    """How those are reached that checks ask: a judge model, embeddings, own checks."""
    scratch: Path
    """A folder that goes with the run."""
    overhead: Callable[[int], Overhead | None]
    """Measures what the client adds to a time, with so many connections; None where it cannot."""
    all_gone: Callable[[], None]
    """Told when everything that was started is gone again, and nothing is under way."""


class _Measuring:
    """One run's stages over one pack. The record is replaced as stages are passed."""

    def __init__(self, survey: Survey, plan: Plan, pack: Pack, record: RunRecord,
                 world: World, starter: Starter) -> None:
        self.survey = survey
        self.plan = plan
        self.pack = pack
        self.record = record
        self.world = world
        self.starter = starter
        self.ups = starter.ups
        self.contracts = survey.policy.contracts
        self.lost: set[Side] = set()
        """Sides that dropped or refused a connection: they may be ending."""
        self.hearing = Hearing(pack, survey.policy, world.reach, world.redact, world.progress)

    def note(self, record: RunRecord) -> None:
        self.record = record
        self.pack.write_record(record)

    def start(self, trees: Mapping[Side, Path], refused: Mapping[Side, StartFailure]) -> None:
        self.starter.start_all(self.plan.services, trees, refused)
        record = replace(self.record, head=_started(self.record.head, self.ups.get(Side.HEAD)))
        if record.base is not None and Side.BASE in self.ups:
            record = replace(record, base=_started(record.base, self.ups[Side.BASE]))
        self.note(record)

    def smoke(self) -> None:
        found = {}
        for side, up in self.ups.items():
            if up.service is not None and isinstance(up.outcome, Ready):
                path = self.plan.services[side].ready.path
                connection = self.world.connect(up.service.url)
                found[side] = smoke_test(connection, self.contracts[side], path,
                                         up.outcome.model, self.world.redact)
                connection.close()
        if Side.HEAD in found:
            self.pack.write_json(SMOKE, {**found[Side.HEAD], "base": found.get(Side.BASE)})

    def ask(self, writer: AttemptWriter) -> None:
        targets = {
            side: Target(_connector(self.world.connect, up.service.url), up.outcome.model,
                         self.contracts[side])
            for side, up in self.ups.items()
            if up.service is not None and isinstance(up.outcome, Ready)
        }
        if Side.HEAD not in targets:
            return
        plan = self.plan

        def keep(attempt: Attempt) -> None:
            writer.append(attempt)
            if attempt.reply.error in _GONE:
                self.lost.add(attempt.side)

        if plan.judges_time:
            self.note(replace(self.record, overhead=self.world.overhead(plan.concurrency)))
        # No more connections than there are questions: each one is warmed up.
        workers = min(plan.concurrency, len(plan.cases) * plan.repeats)
        with self.pack.appending(WARMUP) if plan.warmup else nullcontext(writer) as warmups:
            self._ask_all(Interviewer(targets, workers, self.world.redact, keep,
                                      warmups.append), tuple(targets))

    def _ask_all(self, interviewer: Interviewer, sides: tuple[Side, ...]) -> None:
        plan = self.plan
        try:
            if plan.warmup:
                self.world.progress.say("warming up every connection")
                interviewer.warm_up(plan.warmup)
            # Base's own questions come first, with their confirmations: one that only head asks
            # must not take base down before base has passed what it can.
            for alone in (False, True):
                cases = [case for case in plan.cases if case.head_only is alone]
                if cases:
                    self._ask_and_confirm(interviewer, cases, sides)
        finally:
            interviewer.close()

    def _ask_and_confirm(self, interviewer: Interviewer, cases: list[Case],
                         sides: tuple[Side, ...]) -> None:
        """Round by round: each asks for what can still change a result, and no more."""
        sampling, sides = self.plan.sampling, tuple(side for side in Side if side in sides)
        due = {(case.case_id, side): sampling.first(case, side)
               for case in cases for side in sides}
        again = False
        while due:
            asked = [case for case in cases if any((case.case_id, side) in due for side in sides)]
            how = "again" if again else \
                f"of {' and '.join(sides)}, {self.plan.concurrency} at a time"
            self._round(interviewer, asked, sides, due, f"asking {len(asked)} cases {how}")
            due, again = self._due(cases, sides), True

    def _round(self, interviewer: Interviewer, cases: list[Case], sides: tuple[Side, ...],
               due: Mapping[tuple[str, Side], range], words: str) -> None:
        total, done = sum(map(len, due.values())), 0
        block = self.plan.concurrency * (PAIRED_BLOCK if len(sides) > 1 else 64)

        def tick() -> None:
            nonlocal done
            done += 1
            self.world.progress.tick(f"asking: {done} of {total}")

        self.world.progress.say(words)
        for asks in in_turn(cases, sides, lambda case, side: due.get((case.case_id, side), NONE),
                            block):
            interviewer.ask(asks, tick)
        self.hearing.hear(cases, self._bench)

    def _due(self, cases: list[Case], sides: tuple[Side, ...]) -> dict[tuple[str, Side], range]:
        """What is worth asking for next; sampling may look at outcomes, gates may not."""
        sampling = self.plan.sampling
        if not sampling.looks:
            return {}
        bench = self._bench()
        with self.pack.attempts() as attempts:
            return {(case.case.case_id, side): numbers
                    for case in judged_cases(bench, cases, attempts)
                    for side, numbers in sampling.due(case).items() if side in sides}

    def _bench(self) -> Bench:
        return bench_of(self.pack, self.record, self.survey.policy)

    def look_after(self) -> None:
        """A service that died while it was asked says so itself."""
        for side, up in self.ups.items():
            if up.service is None or not isinstance(up.outcome, Ready):
                continue
            life = up.service.life()
            deadline = monotonic() + (ENDING_SECONDS if side in self.lost else 0.0)
            while life.running and monotonic() < deadline:  # its end takes a moment to be told
                sleep(0.01)
                life = up.service.life()
            if life.running:
                continue
            cause = self.world.redact(cause_of_exit(life, up.service.logs()))
            killed = life.exit_code in _SIGKILL and not life.out_of_memory
            if side is Side.HEAD:
                ended = replace(self.record.head, died=cause, killed=killed)
                self.note(replace(self.record, head=ended))
            elif self.record.base is not None:
                ended = replace(self.record.base, died=cause, killed=killed)
                self.note(replace(self.record, base=ended))

    def stop(self, runtimes: Mapping[Side, Runtime]) -> None:
        """Services first, with proof; then whatever a start that was under way has made."""
        settled = self.starter.cancel(CANCEL_SECONDS)
        interrupted = self.record.interrupted
        grace = {side: 0.0 if interrupted else service.stop.grace
                 for side, service in self.plan.services.items()}
        proofs = stop_all(self.ups, grace, self.world.progress)
        for runtime in dict.fromkeys(runtimes.values()):
            runtime.close()
        self.pack.write_json(SHUTDOWN, {
            str(side): {**plain(proof), "proven": proof.proven} for side, proof in proofs.items()
        })
        if settled:
            self.world.all_gone()


def _connector(connect: Connect, url: str) -> Callable[[], Connection]:
    return lambda: connect(url)


def _started(side: SideRecord, up: SideUp | None) -> SideRecord:
    if up is None:
        return side
    identity = up.service.identity() if up.service else {}
    if isinstance(up.outcome, Ready):
        return replace(side, started=True, model=up.outcome.model,
                       ready_seconds=up.outcome.seconds, identity=identity)
    return replace(side, failure=up.outcome, identity=identity)


@dataclass(frozen=True, slots=True)
class Means:
    """What a run needs and may find missing; looked for before anything is written."""

    runtimes: Mapping[Side, Runtime]
    earlier: tuple[Pack, Side, SideRecord] | None
    """The side of an earlier pack that is base."""


def find_means(survey: Survey, plan: Plan, world: World) -> Means:
    """An engine, and the earlier pack where one is named; UsageError or CouldNotMeasure."""
    earlier = None
    if plan.baseline_pack:
        earlier = find_baseline(plan.baseline_pack, survey.policy.own_digests[Side.BASE],
                                survey.subject.base_tree)
    return Means(world.runtimes(plan), earlier)


def measure(
    git: Repository, survey: Survey, plan: Plan, pack: Pack, record: RunRecord, world: World,
    means: Means,
) -> RunRecord:
    """Everything between the plan and the judgement; the record as it then stands."""
    runtimes, earlier = means.runtimes, means.earlier
    record = replace(record, runtime=runtimes[Side.HEAD].name)
    if earlier is not None:
        record = replace(record, base=earlier[2])
    starter = Starter(runtimes, survey.policy.contracts, world.connect, world.redact,
                      world.progress)
    job = _Measuring(survey, plan, pack, record, world, starter)
    pack.write_json(ENVIRONMENT, _environment(runtimes, plan))
    try:
        trees, refused = lay_out(git, survey, plan.services, world.scratch)
        with pack.appending() as writer:
            if earlier is not None:
                copy_baseline(earlier, plan.cases, plan.sampling.rules, writer)
            job.start(trees, refused)
            job.smoke()
            job.ask(writer)
        job.look_after()
    except Interrupted:
        job.note(replace(job.record, interrupted=True))
    finally:
        try:
            job.stop(runtimes)
        except Interrupted:  # while a service was given its grace time, which is over now
            job.note(replace(job.record, interrupted=True))
            job.stop(runtimes)
    return replace(job.record, complete=not job.record.interrupted)


def _environment(runtimes: Mapping[Side, Runtime], plan: Plan) -> dict[str, object]:
    return {
        "machine": {"system": platform.system(), "release": platform.release(),
                    "machine": platform.machine(), "python": platform.python_version()},
        "runtimes": {str(side): runtime.describe() for side, runtime in runtimes.items()},
        "concurrency": plan.concurrency,
    }
