"""What will run, and why. Pure: a survey and options in, a plan out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gatekeeper.contract import spelled_out
from gatekeeper.errors import UsageError
from gatekeeper.manifest.types import Contract, Service
from gatekeeper.model import Case, Change, Side
from gatekeeper.options import Options
from gatekeeper.policy import Declared, Policy, service_of
from gatekeeper.record import BaselineMode
from gatekeeper.spelling import nearest
from gatekeeper.subject import Subject


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
    changes: tuple[Change, ...]

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
    contract: Contract
    """Spelled out; both sides are called through it."""
    cases: tuple[Case, ...]
    """The cases to ask."""
    asked: tuple[str, ...]
    repeats: int
    confirmations: int
    concurrency: int
    limited: tuple[str, ...]
    """Why the verdict can at best be undecided."""


def make_plan(survey: Survey, options: Options) -> Plan:
    """Decide what to run."""
    policy, manifest = survey.policy, survey.policy.manifest
    needed = bool(survey.changes) or options.force or bool(options.cases) or bool(options.url)
    why = _why(survey, options)
    baseline, pack = _baseline(survey, options)
    services = {Side.HEAD: service_of(survey.head.manifest.service, manifest)}
    if baseline is BaselineMode.RUN and survey.base is not None:
        services[Side.BASE] = service_of(survey.base.manifest.service, manifest)
    cases = _cases(policy.cases, options.cases)
    limits = manifest.contract.limits
    concurrency = options.concurrency or manifest.eval.concurrency or limits.concurrency or 1
    return Plan(
        needed=needed,
        why=why,
        services=services,
        baseline=baseline,
        baseline_pack=pack,
        contract=spelled_out(replace(manifest, service=survey.head.manifest.service)),
        cases=cases,
        asked=tuple(case.case_id for case in cases) if options.cases else (),
        repeats=options.repeats or manifest.eval.repeats,
        confirmations=manifest.eval.confirmations if baseline is not BaselineMode.NONE else 0,
        concurrency=concurrency,
        limited=tuple(_limits(survey, options)),
    )


def _why(survey: Survey, options: Options) -> str:
    if survey.changes:
        kinds = dict.fromkeys(str(change.kind) for change in survey.changes)
        return f"changed: {', '.join(kinds)}"
    if options.cases:
        return "cases were named"
    if options.url:
        return "a service was named"
    return "forced" if options.force else "nothing that counts changed"


def _baseline(survey: Survey, options: Options) -> tuple[BaselineMode, str]:
    wanted = options.baseline or ("none" if options.url else "run")
    if survey.adoption:
        return BaselineMode.ADOPTION, ""
    if wanted == "none" or (wanted == "run" and survey.base is None):
        return BaselineMode.NONE, ""
    if wanted == "run":
        return BaselineMode.RUN, ""
    return BaselineMode.PACK, wanted


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
    if options.cases:
        limits.append("only some of the cases were asked")
    declared = survey.policy.manifest.eval.repeats
    if options.repeats is not None and options.repeats < declared:
        times = f"{options.repeats} of {declared} times"
        limits.append(f"each case was asked {times} that the policy asks for")
    return limits
