"""The stages between the plan and the judgement: start, smoke, ask, confirm, stop.

However they end, the services are gone afterwards and what was measured is on disk.
"""

from __future__ import annotations

import platform
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from gatekeeper.asking import PAIRED_BLOCK, Interviewer, Target, in_turn
from gatekeeper.baseline import copy_baseline, find_baseline
from gatekeeper.canonical import plain
from gatekeeper.case_judging import Bench, may_be_flip
from gatekeeper.context import context_of
from gatekeeper.errors import Interrupted
from gatekeeper.evidence import ENVIRONMENT, SHUTDOWN, SMOKE, AttemptWriter, Pack
from gatekeeper.hearing import Hearing, Reach
from gatekeeper.judging import bench_of, judged_cases
from gatekeeper.model import Case, Side
from gatekeeper.plan import Plan, Survey
from gatekeeper.policy.acceptance import Lookup, Proposal
from gatekeeper.ports import Connection, Progress, Repository, Runtime, StartFailure
from gatekeeper.readiness import Ready
from gatekeeper.record import RunRecord, SideRecord
from gatekeeper.redaction import Redactor
from gatekeeper.sides import Connect, SideUp, Starter, stop_all
from gatekeeper.smoke import smoke_test
from gatekeeper.triage import cause_of_exit, cause_of_unfetched

_SIGKILL = (137, -9)
"""Exit codes of a service that somebody else ended, as an engine and as a process tell it."""
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
    reach: Reach
    """How those are reached that checks ask: a judge model, embeddings, own checks."""
    accepted: Callable[[Proposal], Lookup]
    """Looks up whether a changed policy was accepted."""
    scratch: Path
    """A folder that goes with the run."""
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
        interviewer = Interviewer(targets, plan.concurrency, self.world.redact, writer.append)
        try:
            # Base's own questions come first, with their confirmations: one that only head asks
            # must not take base down before base has passed what it can.
            for alone in (False, True):
                cases = [case for case in plan.cases if case.head_only is alone]
                if cases:
                    self._ask_and_confirm(interviewer, cases, tuple(targets))
        finally:
            interviewer.close()

    def _ask_and_confirm(self, interviewer: Interviewer, cases: list[Case],
                         sides: tuple[Side, ...]) -> None:
        plan = self.plan
        self._round(interviewer, cases, sides, range(1, plan.repeats + 1))
        suspects = self._suspects(cases) if plan.confirmations else []
        if suspects:
            self.world.progress.say(f"asking {len(suspects)} cases again, to confirm that they "
                                    "regressed")
            extra = range(plan.repeats + 1, plan.repeats + 1 + plan.confirmations)
            self._round(interviewer, suspects, sides, extra)

    def _round(self, interviewer: Interviewer, cases: list[Case],
               sides: tuple[Side, ...], numbers: range) -> None:
        sides = tuple(side for side in (Side.BASE, Side.HEAD) if side in sides)
        total, done = len(cases) * len(sides) * len(numbers), 0
        block = self.plan.concurrency * (PAIRED_BLOCK if len(sides) > 1 else 64)

        def tick() -> None:
            nonlocal done
            done += 1
            self.world.progress.tick(f"asking: {done} of {total}")

        self.world.progress.say(f"asking {len(cases)} cases of {' and '.join(sides)}, "
                                f"{self.plan.concurrency} at a time")
        for asks in in_turn(cases, sides, numbers, block):
            interviewer.ask(asks, tick)
        self.hearing.hear(cases, self._bench)

    def _suspects(self, cases: list[Case]) -> list[Case]:
        """Cases that look like regressions; sampling may look at outcomes, gates may not."""
        bench = self._bench()
        with self.pack.attempts() as attempts:
            return [case.case for case in judged_cases(bench, cases, attempts)
                    if may_be_flip(bench, case)]

    def _bench(self) -> Bench:
        return bench_of(self.pack, self.record, self.survey.policy)

    def look_after(self) -> None:
        """A service that died while it was asked says so itself."""
        for side, up in self.ups.items():
            if up.service is None or not isinstance(up.outcome, Ready):
                continue
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
        trees, refused = _export(git, survey, plan, world.scratch)
        with pack.appending() as writer:
            if earlier is not None:
                copy_baseline(earlier, plan.cases, plan.repeats, writer)
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


def _export(
    git: Repository, survey: Survey, plan: Plan, scratch: Path
) -> tuple[dict[Side, Path], dict[Side, StartFailure]]:
    """Each side's files in a folder of its own, and the sides of which not all is here."""
    trees, refused = {}, {}
    for side in plan.services:
        head = side is Side.HEAD
        declared = survey.head if head or survey.base is None else survey.base
        subject = survey.subject
        tree, commit = ((subject.head_tree, subject.head_commit) if head
                        else (subject.base_tree, subject.base_commit))
        into = scratch / side
        into.mkdir()
        context = context_of(declared.manifest.service, "",
                             _reader(git, tree, declared.folder))
        missing = git.export(tree, declared.folder, into,
                             context.holds if context else lambda path: False)
        if missing:
            refused[side] = cause_of_unfetched(missing, commit)
        trees[side] = into
    return trees, refused


def _reader(git: Repository, tree: str, folder: str) -> Callable[[str], bytes | None]:
    return lambda name: git.read(tree, posixpath.join(folder, name))


def _environment(runtimes: Mapping[Side, Runtime], plan: Plan) -> dict[str, object]:
    return {
        "machine": {"system": platform.system(), "release": platform.release(),
                    "machine": platform.machine(), "python": platform.python_version()},
        "runtimes": {str(side): runtime.describe() for side, runtime in runtimes.items()},
        "concurrency": plan.concurrency,
    }
