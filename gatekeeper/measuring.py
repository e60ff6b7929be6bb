"""The order of the stages between the plan and the judgement: start, smoke, identify, ask,
look whether the change shows, look after, probe, push, drill, stop.

However they end, the services are gone afterwards and what was measured is on disk.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter

from gatekeeper.errors import Interrupted
from gatekeeper.evidence.baseline import copy_baseline, find_baseline
from gatekeeper.evidence.files import ENVIRONMENT
from gatekeeper.evidence.pack import Pack
from gatekeeper.evidence.record import RunRecord, SideRecord
from gatekeeper.evidence.resuming import Kept
from gatekeeper.model import Side
from gatekeeper.plan import Plan, Survey
from gatekeeper.ports import URL_RUNTIME, Repository, Runtime
from gatekeeper.service.credentials import Credentials, find_credentials
from gatekeeper.service.sides import Starter
from gatekeeper.stages.drilling import drill
from gatekeeper.stages.identifying import identify
from gatekeeper.stages.liveness import look_for_effect
from gatekeeper.stages.probing import probe
from gatekeeper.stages.pushing import push
from gatekeeper.stages.questioning import ask
from gatekeeper.stages.run import Run, World
from gatekeeper.stages.starting import smoke, start
from gatekeeper.stages.stopping import look_after, stop
from gatekeeper.trees.layout import lay_out


@dataclass(frozen=True, slots=True)
class Means:
    """What a run needs and may find missing; looked for before anything is written."""

    runtimes: Mapping[Side, Runtime]
    earlier: tuple[Pack, Side, SideRecord] | None
    """The side of an earlier pack that is base."""
    credentials: Credentials


def find_means(survey: Survey, plan: Plan, world: World) -> Means:
    """An engine, the earlier pack where one is named, and the secrets that are declared; UsageError
    or CouldNotMeasure. A secret that is missing is told later, as why a side did not start."""
    earlier = None
    if plan.baseline_pack:
        earlier = find_baseline(plan.baseline_pack, survey.policy.own_digests[Side.BASE],
                                survey.subject.base_tree)
    runtimes, reach = world.runtimes(plan), world.reach
    asked = dict(plan.services)
    if plan.drill is not None and earlier is not None:  # whose rollback starts base all the same
        asked[Side.BASE] = survey.policy.services[Side.BASE]
    started = {side: service for side, service in asked.items()
               if runtimes.get(side, runtimes[Side.HEAD]).name != URL_RUNTIME}
    return Means(runtimes, earlier, find_credentials(survey.policy, started, asked, reach.secret,
                                                     reach.fork))


def measure(
    git: Repository, survey: Survey, plan: Plan, pack: Pack, record: RunRecord, world: World,
    means: Means, kept: Kept,
) -> RunRecord:
    """Everything between the plan and the judgement; the record as it then stands."""
    ends = perf_counter() + plan.budget if plan.budget else None
    runtimes, earlier = means.runtimes, means.earlier
    record = replace(record, runtime=runtimes[Side.HEAD].name)
    if earlier is not None:
        record = replace(record, base=earlier[2])
    starter = Starter(runtimes, survey.policy.contracts, means.credentials, world.connect,
                      world.redact, world.progress)
    run = Run(survey, plan, pack, record, world, starter, kept, ends)
    pack.write_json(ENVIRONMENT, _environment(runtimes, plan))
    try:
        trees, refused = lay_out(git, survey, _laid(survey, plan, earlier is not None),
                                 world.scratch)
        with pack.appending() as writer:
            if earlier is not None:
                copy_baseline(earlier, plan.cases, plan.sampling.rules, kept, writer)
            if not plan.drill_only:
                start(run, trees, refused)
                smoke(run)
                identify(run, git)
                ask(run, writer)
                look_for_effect(run)
                look_after(run)
                probe(run)
                push(run)
            drill(run, runtimes, trees, refused, writer)
    except Interrupted:
        run.note(replace(run.record, interrupted=True))
    finally:
        try:
            stop(run, runtimes)
        except Interrupted:  # while a service was given its grace time, which is over now
            run.note(replace(run.record, interrupted=True))
            stop(run, runtimes)
    return replace(run.record, complete=not run.record.interrupted)


def _laid(survey: Survey, plan: Plan, earlier: bool) -> list[Side]:
    """The sides whose files are needed. A drill rolls back to base, also where base's replies are
    an earlier run's, and may build a fallback from base's files."""
    sides = [*plan.services]
    builds = plan.drill is not None and plan.drill.fallback is not None and \
        plan.drill.fallback.build is not None and survey.base is not None
    if Side.BASE not in sides and (builds or (plan.drill is not None and earlier)):
        sides.append(Side.BASE)
    return sides


def _environment(runtimes: Mapping[Side, Runtime], plan: Plan) -> dict[str, object]:
    return {
        "machine": {"system": platform.system(), "release": platform.release(),
                    "machine": platform.machine(), "python": platform.python_version()},
        "runtimes": {str(side): runtime.describe() for side, runtime in runtimes.items()},
        "concurrency": plan.concurrency,
    }
