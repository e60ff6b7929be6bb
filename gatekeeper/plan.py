"""What will run, and why. Pure: a survey and options in, a plan out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gatekeeper.cases.order import by_worth
from gatekeeper.cases.reducers import asks_for
from gatekeeper.cases.sampling import Sampling, counted_in_full
from gatekeeper.checks.timing import TIMING_CHECKS
from gatekeeper.errors import UsageError
from gatekeeper.evidence.record import BaselineMode
from gatekeeper.formats.spelling import nearest
from gatekeeper.judging.measures import DRILL_PASSED
from gatekeeper.judging.time_measures import TIME_MEASURES
from gatekeeper.manifest.drill import Drill
from gatekeeper.manifest.service import Service
from gatekeeper.manifest.types import Manifest
from gatekeeper.model import Case, Change, Side
from gatekeeper.options import Options
from gatekeeper.policy.acceptance import Lookup
from gatekeeper.policy.commands import withheld
from gatekeeper.policy.declared import Declared
from gatekeeper.policy.resolve import Policy
from gatekeeper.trees.subject import Subject

TIME_NAMES = frozenset(measure.name for measure in TIME_MEASURES)
TIME_CHECKS = frozenset(check.name for check in TIMING_CHECKS)
UP_SECONDS = 10.0
"""A service at a `--url` that does not answer by then is not up."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything that is known before anything starts."""

    subject: Subject
    head: Declared
    base: Declared | None
    base_path: str
    """Where base has its manifest; empty on adoption."""
    unreadable: str
    """Why base's manifest cannot be used; empty when it can, or when there is none."""
    policy: Policy
    accepted: Lookup
    """What somebody accepted, whether or not it was needed."""
    changes: tuple[Change, ...]
    overclaims: str = ""
    """A file that the change edits and that claims what the route cannot know; empty where none
    does."""

    @property
    def adoption(self) -> bool:
        """Base has no manifest at all."""
        return not self.base_path


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do."""

    needed: bool
    """Something that counts changed, or the run is forced."""
    why: str
    services: dict[Side, Service]
    """The sides to start, each with its own service under the policy's ceilings."""
    baseline: BaselineMode
    baseline_pack: str
    cases: tuple[Case, ...]
    """The cases to ask."""
    asked: tuple[str, ...]
    repeats: int
    risk_repeats: dict[str, int]
    """Risk -> repeats of its rows, where they are not the above."""
    sampling: Sampling
    concurrency: int
    judges_time: bool
    """Something the policy asks is about time: then connections are warmed up, and the client's own
    part is measured."""
    warmup: int
    """Requests on each connection before anything counts."""
    budget: float | None
    """Seconds after which nothing more is asked."""
    spent: str
    """The budget of cases that leaves some unasked, in words; empty where none does."""
    limited: tuple[str, ...]
    """Why the verdict can at best be undecided."""
    unprobed: str = ""
    """Why the contract is not probed; empty where it is."""
    drill: Drill | None = None
    """What is broken on purpose after the cases; None where no gate of this event asks for it."""
    drill_only: bool = False
    """Nothing else is done."""
    commit: str = ""
    """Head's commit, for the commands that put it elsewhere."""
    withheld: str = ""
    """Why declared start and stop commands are not run; empty where they may be."""
    uncompared: str = ""
    """Why base is not started, where it was to be."""


def make_plan(survey: Survey, options: Options) -> Plan:
    """Decide what to run."""
    policy, manifest = survey.policy, survey.policy.manifest
    needed = bool(survey.changes or survey.overclaims or options.force or options.cases
                  or options.url or options.drill_only)
    why = _why(survey, options)
    baseline, pack, uncompared = _baseline(survey, options)
    starts = (Side.HEAD, Side.BASE) if baseline is BaselineMode.RUN else (Side.HEAD,)
    comparing = (BaselineMode.RUN, BaselineMode.PACK)
    share = _share(policy.cases, options)
    budget = options.budget or manifest.eval.budget
    cases = by_worth(share) if budget or options.max_cases else share
    cases = cases[: options.max_cases]
    concurrency = options.concurrency or _concurrency(manifest)
    own = {risk: one.repeats for risk, one in manifest.eval.by_risk.items()
           if one.repeats and not options.repeats}
    judges_time = _judges_time(manifest, cases)
    return Plan(
        needed=needed,
        why=why,
        services={side: _as_asked(policy.services[side], side, options,
                                  withheld(policy.origin, options.event)) for side in starts},
        baseline=baseline,
        baseline_pack=pack,
        cases=cases,
        asked=tuple(case.case_id for case in cases) if options.cases else (),
        repeats=options.repeats or manifest.eval.repeats,
        risk_repeats=own,
        sampling=Sampling(
            rules={risk: replace(rule, repeats=options.repeats or rule.repeats)
                   for risk, rule in manifest.eval.rules.items()},
            confirmations=manifest.eval.confirmations if baseline in comparing else 0,
            in_full=counted_in_full(manifest.gates),
        ),
        concurrency=concurrency,
        judges_time=judges_time,
        warmup=manifest.eval.warmup if judges_time else 0,
        budget=budget,
        spent=f"the budget of {len(cases)} cases" if len(cases) < len(share) else "",
        limited=tuple(_limits(survey, options)),
        unprobed=_unprobed(options),
        drill=_drill(survey, options),
        drill_only=options.drill_only,
        commit=survey.subject.head_commit,
        withheld=withheld(policy.origin, options.event),
        uncompared=uncompared,
    )


def _drill(survey: Survey, options: Options) -> Drill | None:
    """A drill takes time: it is run where a gate that blocks this event asks for it, or by hand."""
    manifest = survey.policy.manifest
    declared = manifest.drill
    events = {options.event.blocks, *(f"change:{change.kind}" for change in survey.changes)}
    if options.failures:
        return replace(declared or Drill(options.failures), failure=options.failures)
    if options.drill_only and declared is None:
        raise UsageError("the policy declares no drill",
                         "name a failure with --failure, or declare `drill: {failure: killed}`")
    asked = any(condition.measure == DRILL_PASSED for gate in manifest.gates.values()
                if events & {*gate.blocks} for condition in gate.until)
    elsewhere = options.shard is not None and options.shard.number > 1  # once for all machines
    return declared if (asked and not elsewhere) or options.drill_only else None


def _as_asked(service: Service, side: Side, options: Options, withheld: str) -> Service:
    """A service that is said to be up is not waited for as one that is starting, and commands that
    may not be run are not among what is started."""
    if service.url and withheld:
        service = replace(service, start=(), stop=replace(service.stop, command=()))
    up = (options.url and side is Side.HEAD) or (service.url and not service.start)
    if not up:
        return service
    timeout = min(service.ready.timeout, UP_SECONDS)
    return replace(service, ready=replace(service.ready, timeout=timeout))


def _concurrency(manifest: Manifest) -> int:
    return manifest.eval.concurrency or manifest.contract.limits.concurrency or 1


def _judges_time(manifest: Manifest, cases: tuple[Case, ...]) -> bool:
    asked = (condition.measure for gate in manifest.gates.values() for condition in gate.until)
    held = (call.name for case in cases for one in case.requirements for call in one.alternatives)
    return any(name in TIME_NAMES for name in asked) or any(name in TIME_CHECKS for name in held)


def _unprobed(options: Options) -> str:
    if options.probe:
        return ""
    if options.cases:
        return "only some of the cases were asked; --probe sends them all the same"
    return "the service was named by its URL, and others may use it; --probe sends them" \
        if options.url else ""


def _why(survey: Survey, options: Options) -> str:
    if options.drill_only:
        return "a drill was asked for"
    if survey.changes:
        kinds = dict.fromkeys(str(change.kind) for change in survey.changes)
        return f"changed: {', '.join(kinds)}"
    if survey.overclaims:
        return f"{survey.overclaims} claims what the route cannot know"
    if options.cases:
        return "cases were named"
    if options.url:
        return "a service was named"
    return "forced" if options.force else "nothing that counts changed"


ELSEWHERE = "base's service runs elsewhere, and there is one of it: name an earlier pack with " \
            "--baseline DIR to compare with"


def _baseline(survey: Survey, options: Options) -> tuple[BaselineMode, str, str]:
    """What head is held against, the earlier pack, and why base is not started where it was to
    be."""
    wanted = options.baseline or ("none" if options.url else "run")
    if not survey.subject.base_commit:
        return BaselineMode.FIRST, "", ""
    if survey.adoption:
        return BaselineMode.ADOPTION, "", ""
    if survey.base is None:
        return BaselineMode.UNREADABLE, "", ""
    if wanted == "run" and survey.policy.services[Side.BASE].url:
        return BaselineMode.NONE, "", ELSEWHERE
    if wanted in ("run", "none"):
        return BaselineMode(wanted), "", ""
    return BaselineMode.PACK, wanted, ""


def _share(cases: tuple[Case, ...], options: Options) -> tuple[Case, ...]:
    """The cases that were asked for, of which this machine has its share."""
    named = _cases(cases, options.cases)
    return tuple(case for case in named if options.shard is None
                 or options.shard.holds(case.case_id))


def _cases(cases: tuple[Case, ...], wanted: tuple[str, ...]) -> tuple[Case, ...]:
    """The named cases; an edited case is named by its id and brings both versions."""
    if not wanted:
        return cases
    known = {name for case in cases for name in (case.case_id, case.case_id.partition("@")[0])}
    for name in wanted:
        if name not in known:
            raise UsageError(f"--case {name}: there is no such case", nearest(name, known))
    chosen = set(wanted)
    return tuple(
        case for case in cases if {case.case_id, case.case_id.partition("@")[0]} & chosen
    )


def _limits(survey: Survey, options: Options) -> list[str]:
    limits = []
    if options.drill_only:
        limits.append("only the drill was run")
    if options.cases:
        limits.append("only some of the cases were asked")
    if options.shard is not None:
        limits.append(options.shard.limit)
    rules, due = survey.policy.manifest.eval.rules.values(), _concurrency(survey.policy.manifest)
    if options.concurrency is not None and options.concurrency < due:
        limits.append(f"{options.concurrency} requests at a time, the policy asks for {due}")
    declared = max(rule.repeats for rule in rules)
    if options.repeats is not None and options.repeats < declared:
        times = f"{options.repeats} of {declared} times"
        limits.append(f"each case was asked {times} that the policy asks for")
    if options.repeats is not None and any(
            asks_for(rule.reducer) and options.repeats > rule.repeats for rule in rules):
        limits.append(f"each case was asked {options.repeats} times, and of more attempts "
                      "at-least-k asks less")
    return limits
