"""The failure drill, after the cases and when both sides are down: every failure is brought about
on a copy of head's service, noticed, looked at, fallen back from, and rolled back.

At most two services of a drill are up at once. What was found is on disk after each failure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic

from gatekeeper.drill.catalogue import FAILURES, impossible
from gatekeeper.drill.outcome import CALLERS, Drilled, Recovery, Sighting
from gatekeeper.errors import CouldNotMeasure
from gatekeeper.evidence.attempts import AttemptWriter
from gatekeeper.evidence.files import DRILL
from gatekeeper.formats.canonical import plain
from gatekeeper.judging.bench_in import bench_of
from gatekeeper.judging.case_judging import Bench
from gatekeeper.judging.drill_judging import Due, due_of_rollback, no_rollback
from gatekeeper.manifest.drill import Drill
from gatekeeper.model import Fault, Side
from gatekeeper.ports import URL_RUNTIME, Runtime, StartFailure
from gatekeeper.service.readiness import Ready
from gatekeeper.stages.breaking import Breaker, Unbroken
from gatekeeper.stages.drill_services import DrillServices
from gatekeeper.stages.recovering import fall_back, interview, roll_back
from gatekeeper.stages.run import Run
from gatekeeper.stages.stopping import stop_sides


def drill(
    run: Run, runtimes: Mapping[Side, Runtime], trees: Mapping[Side, Path],
    refused: Mapping[Side, StartFailure], writer: AttemptWriter,
) -> None:
    """Every failure that is due; nothing where head's service did not start."""
    wanted = run.plan.drill
    if wanted is None or not (run.plan.drill_only or Side.HEAD in run.ready()):
        return
    stop_sides(run, runtimes)
    stage = _Stage(run, runtimes, trees, refused, wanted)
    if run.plan.drill_only and not stage.measure_first(writer):
        return
    done: list[Drilled] = []
    for name in wanted.failure:
        done.append(stage.drill(name))
        run.pack.write_json(DRILL, {"drilled": plain(done)})


class _Stage:
    """One run's drills."""

    def __init__(
        self, run: Run, runtimes: Mapping[Side, Runtime], trees: Mapping[Side, Path],
        refused: Mapping[Side, StartFailure], wanted: Drill,
    ) -> None:
        self._run = run
        self._broken_on = runtimes[Side.HEAD]
        ours = [one for side in (Side.BASE, Side.HEAD)
                if (one := runtimes.get(side)) is not None and one.name != URL_RUNTIME]
        self._started_on = ours[0] if ours else None
        self._trees = trees
        self._refused = refused
        self._wanted = wanted
        self._usual = Ready(run.record.head.ready_seconds or 0.0, run.record.head.model)

    def measure_first(self, writer: AttemptWriter) -> bool:
        """By hand: that head's service starts, and which cases base passes. Whether head did."""
        run, policy = self._run, self._run.survey.policy
        if Side.HEAD in self._refused:
            run.note(replace(run.record, head=replace(run.record.head,
                                                      failure=self._refused[Side.HEAD])))
            return False
        with DrillServices(run, self._broken_on, self._trees, "first") as services:
            up = services.start("head", Side.HEAD, run.plan.services[Side.HEAD],
                                policy.contracts[Side.HEAD])
            if not isinstance(up.outcome, Ready):
                run.note(replace(run.record, head=replace(run.record.head, failure=up.outcome)))
                return False
            self._usual = up.outcome
        self._measure_base(writer)
        return True

    def _measure_base(self, writer: AttemptWriter) -> None:
        run, policy = self._run, self._run.survey.policy
        if no_rollback(run.record) or self._started_on is None or run.record.base is None or \
                Side.BASE not in run.plan.services or Side.BASE in self._refused:
            return
        with DrillServices(run, self._started_on, self._trees, "first") as services:
            up = services.start("base", Side.BASE, policy.services[Side.BASE],
                                policy.contracts[Side.BASE])
            if not isinstance(up.outcome, Ready):
                run.note(replace(run.record, base=replace(run.record.base, failure=up.outcome)))
                return
            run.world.progress.say("drill: asking base its cases, to know which it passes")
            for risk, rule in run.plan.sampling.rules.items():
                own = [case for case in run.plan.cases
                       if case.risk is risk and not case.head_only]
                if own:
                    interview(run, up, own, writer, range(1, rule.repeats + 1))

    def drill(self, name: str) -> Drilled:
        """One failure, to its end."""
        failure = FAILURES[name]
        if why := impossible(failure, self._broken_on.name):
            return Drilled(name, unmeasured=why)
        with DrillServices(self._run, self._broken_on, self._trees, name) as services:
            try:
                breaker = Breaker(self._run, services, self._wanted, self._usual)
                broken = breaker.break_it(failure)
                if isinstance(broken, Unbroken):
                    return Drilled(name, unmeasured=self._run.world.redact(broken.reason),
                                   fault=broken.fault)
                self._say(name, broken.sightings)
                found = Drilled(name, broken.injected, self._wanted.notice,
                                tuple(replace(one, saw=self._run.world.redact(one.saw))
                                      for one in broken.sightings),
                                breaker.look(broken), monotonic() - broken.at)
            except CouldNotMeasure as error:
                return Drilled(name, unmeasured=self._run.world.redact(error.message))
        left = services.left
        fallback, rollback, more = self._recover(name, broken.at)
        return replace(found, fallback=fallback, rollback=rollback, left=tuple(left + more))

    def _say(self, name: str, seen: Sequence[Sighting]) -> None:
        who = min((one for one in seen if one.by in CALLERS), key=lambda one: one.after,
                  default=None)
        told = f"noticed by {who.by} after {who.after:.2f} s" if who else "nobody noticed"
        self._run.world.progress.say(f"drill: {name}: {told}; first checks")

    def _recover(self, name: str, since: float
                 ) -> tuple[Recovery | None, Recovery | None, list[str]]:
        """With the broken one out of the way: first the fallback, then the rollback."""
        run, runtime = self._run, self._started_on or self._broken_on
        fallback = rollback = None
        with DrillServices(run, runtime, self._trees, name) as services:
            if self._wanted.fallback is not None:
                fallback = fall_back(run, services, runtime, self._wanted.fallback, since)
            if no_rollback(run.record) is None:
                rollback = self._rolled_back(services, name, since)
        return fallback, rollback, services.left

    def _rolled_back(self, services: DrillServices, name: str, since: float) -> Recovery:
        refused = self._refused.get(Side.BASE)
        if refused is not None:
            return Recovery("base", reason=refused.cause, fault=refused.fault)
        if self._started_on is None or Side.BASE not in self._trees:
            return Recovery("base", reason="nothing here could start it", fault=Fault.WORLD)
        return roll_back(self._run, services, *self._due(), name, since)

    def _due(self) -> tuple[Bench, Sequence[Due]]:
        run = self._run
        bench = bench_of(run.pack, run.record, run.survey.policy)
        with run.pack.attempts() as attempts:
            return bench, due_of_rollback(bench, run.survey.policy.cases, attempts)
