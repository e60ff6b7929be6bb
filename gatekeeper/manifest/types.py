"""What a manifest says, as frozen values. Each key carries its reader, default and one sentence.

Which side decides a key is declared here too (`POLICY_KEYS`, `SERVICE_KEYS`, `UNION_KEYS`): base
decides what judges, each side decides its own service and what it tells of it (`TOLD_KEYS`), and
`watch` is the union of both. A test fails when a key is in none of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from gatekeeper.cases.reducers import ALL, MAJORITY, Rule, is_reducer
from gatekeeper.cases.requirements import read_requirement
from gatekeeper.formats.spelling import nearest
from gatekeeper.judging.conditions import Condition, condition_shape, read_condition
from gatekeeper.manifest.contract import MAX_CONCURRENCY, Contract
from gatekeeper.manifest.document import Node, Place
from gatekeeper.manifest.drill import Drill
from gatekeeper.manifest.readers import (
    Complaints,
    bind,
    choice,
    date,
    duration,
    integer,
    key,
    keys_of,
    list_of,
    mapping_of,
    text,
)
from gatekeeper.manifest.release import Release
from gatekeeper.manifest.service import Service, read_service
from gatekeeper.manifest.shapes import TEXT, either, shape_of, shaped
from gatekeeper.manifest.told import About, History, Route, history_shorthand, route_shorthand
from gatekeeper.manifest.witnesses import Embeddings, Judge, OwnChecks
from gatekeeper.model import ChangeKind, Requirement, Risk

WATCHABLE = tuple(
    str(kind)
    for kind in (
        ChangeKind.MODEL,
        ChangeKind.QUANTIZATION,
        ChangeKind.PROMPT,
        ChangeKind.ADAPTER,
        ChangeKind.RUNTIME,
        ChangeKind.RAG,
        ChangeKind.DECODING,
    )
)
EVENTS = ("merge", "release")
BLOCKABLE = (*EVENTS, "gpu", *(f"change:{kind}" for kind in (*WATCHABLE, ChangeKind.CODE)))
"""What a gate can block: an event, an hour of a rented GPU, a kind of change."""
MAX_REPEATS = 1000
CASES_FILE = "eval_cases.csv"


@shaped(condition_shape)
def _condition(node: Node, complaints: Complaints) -> Any:
    value = text(node, complaints)
    return read_condition(value, node.place, complaints) if isinstance(value, str) else value


@shaped(lambda: TEXT)
def _requirement(node: Node, complaints: Complaints) -> Any:
    value = text(node, complaints)
    if not isinstance(value, str):
        return value
    try:
        return read_requirement(value)
    except ValueError as error:
        return complaints.at(node.place, str(error))


@shaped(lambda: {"type": "string", "pattern": "^(all|majority|at-least-[0-9]+)$"})
def _reducer(node: Node, complaints: Complaints) -> Any:
    value = text(node, complaints)
    if not isinstance(value, str) or is_reducer(value):
        return value
    hint = nearest(value, (ALL, MAJORITY, "at-least-2")) if "least" not in value else \
        "write the number into it, as `at-least-2`"
    return complaints.at(node.place, f"unknown reducer `{value}`", hint)


@dataclass(frozen=True, slots=True)
class Asked:
    """How often a risk's rows are asked, and what their attempts come to."""

    repeats: int | None = key(integer(1, MAX_REPEATS), None, doc="In place of `eval.repeats`.")
    reducer: str = key(_reducer, "", doc="In place of `eval.reducer`.")


@dataclass(frozen=True, slots=True)
class Eval:
    """The fixed cases and how they are asked."""

    cases: str = key(text, CASES_FILE, doc="The cases file, beside the manifest.")
    sources: str = key(text, "", doc="Folder of the sources that grounding is held against.")
    repeats: int = key(integer(1, MAX_REPEATS), 1, doc="Times each case is asked on each side, "
                       "at most: a repeat that can change nothing is not spent.")
    reducer: str = key(
        _reducer, ALL, doc="How many of a case's attempts must pass: `all`, `majority`, or "
        "`at-least-k` as `at-least-2`."
    )
    by_risk: dict[str, Asked] = key(
        mapping_of(tuple(str(risk) for risk in Risk), bind(Asked)), {},
        doc="`repeats` and `reducer` of a risk's rows, in place of the two above.",
    )
    confirmations: int = key(
        integer(0, 100), 2, doc="Extra paired attempts that a flip must survive to count."
    )
    concurrency: int | None = key(
        integer(1, MAX_CONCURRENCY), None,
        doc="Requests at a time, at most 1024; `contract.limits.concurrency` if unset."
    )
    warmup: int = key(
        integer(0, 100), 1, doc="Requests on each connection before anything is timed, where time "
        "is judged; recorded, and never judged."
    )
    budget: float | None = key(
        duration, None, doc="Wall-clock time of a run, from the start of its services on, after "
        "which nothing more is asked. What was not asked is undecided, and blocks."
    )
    checks: dict[str, tuple[Requirement, ...]] = key(
        mapping_of(tuple(str(risk) for risk in Risk), list_of(_requirement)),
        {},
        doc="Checks of a risk's rows that name none, in place of gatekeeper's own defaults.",
    )

    def rule(self, risk: Risk) -> Rule:
        """How a risk's rows are asked and reduced."""
        own = self.by_risk.get(risk, Asked())
        return Rule(own.repeats or self.repeats, own.reducer or self.reducer)

    @property
    def rules(self) -> dict[Risk, Rule]:
        """Risk -> how its rows are asked and reduced."""
        return {risk: self.rule(risk) for risk in Risk}


@dataclass(frozen=True, slots=True)
class Gate:
    """A named list of conditions and the events it blocks until all hold."""

    until: tuple[Condition, ...] = key(list_of(_condition), doc="Conditions; all must hold.")
    blocks: tuple[str, ...] = key(
        list_of(choice(*BLOCKABLE)), EVENTS, doc="What a closed gate blocks: `merge`, `release`, "
        "`gpu` (see `gatekeeper gate`), or a kind of change as `change:adapter`."
    )


@shaped(lambda: either(shape_of(bind(Gate)), shape_of(list_of(_condition))))
def _gate(node: Node, complaints: Complaints) -> Any:
    reader = bind(Gate)
    if hasattr(node, "entries"):
        return reader(node, complaints)
    conditions = list_of(_condition)(node, complaints)
    return Gate(until=conditions) if isinstance(conditions, tuple) else conditions


@dataclass(frozen=True, slots=True)
class Waiver:
    """A case that may fail until a day, by somebody's word. It still runs, and is still shown."""

    case: str = key(text, doc="Id of the case.")
    reason: str = key(text, doc="Why it may fail.")
    owner: str = key(text, doc="Who answers for it.")
    expires: str = key(date, doc="Last day it counts, as `2027-01-31`; then it merely ends.")
    place: Place = Place(0, 0)


@shaped(lambda: shape_of(bind(Waiver)))
def _waiver(node: Node, complaints: Complaints) -> Any:
    waiver = bind(Waiver)(node, complaints)
    return replace(waiver, place=node.place) if isinstance(waiver, Waiver) else waiver


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """How the policy itself may change."""

    approvers: tuple[str, ...] = key(
        list_of(text), (), doc="Who may accept a changed policy: `@login` or `@org/team`; by "
        "default those with admin or maintain permission."
    )


@dataclass(frozen=True, slots=True)
class Manifest:
    """The whole of `gatekeeper.yaml`."""

    version: int = key(integer(1, 1), doc="Always 1.")
    service: Service = key(read_service, doc="What is started.")
    contract: Contract = key(bind(Contract), doc="What the service promises.")
    gates: dict[str, Gate] = key(mapping_of(text, _gate), doc="What must hold before a merge.")
    watch: dict[str, tuple[str, ...]] = key(
        mapping_of(WATCHABLE, list_of(text)),
        {},
        doc="Change kind to where it lives: a file, a folder, a glob, or `file#/pointer` into "
        "YAML, JSON or TOML.",
    )
    cases: str = key(text, "", doc="Short for `eval: {cases: …}`.")
    eval: Eval = key(bind(Eval), Eval(), doc="The fixed cases and how they are asked.")
    judge: Judge | None = key(
        bind(Judge), None, doc="The model that `llm-rubric` asks. Never needed, never the default."
    )
    embeddings: Embeddings | None = key(
        bind(Embeddings), None, doc="The embeddings that `similar` asks for. Never needed."
    )
    own_checks: OwnChecks = key(
        bind(OwnChecks), OwnChecks(), doc="The container in which `python` checks run."
    )
    drill: Drill | None = key(
        bind(Drill), None, doc="What is broken on purpose before a change is let through."
    )
    waivers: tuple[Waiver, ...] = key(
        list_of(_waiver), (), doc="Cases that may fail for a while."
    )
    policy: PolicyRules = key(bind(PolicyRules), PolicyRules(), doc="How the policy may change.")
    about: About = key(bind(About), About(), doc="What the runbook is made of.")
    route: Route = key(
        bind(Route), Route(), doc="Where the model runs; short for `{kind: …}`.",
        shorthand=route_shorthand
    )
    history: History = key(
        bind(History), History(), doc="Packs of earlier runs; short for `{folder: …}`.",
        shorthand=history_shorthand
    )
    release: Release | None = key(
        bind(Release), None, doc="How a commit that passed is released; see docs/release.md."
    )

    @property
    def witnesses(self) -> frozenset[str]:
        """Which of the endpoints that checks may ask are declared."""
        return frozenset(name for name in ("judge", "embeddings") if getattr(self, name))


POLICY_KEYS = frozenset(
    {
        "version",
        "contract",
        "gates",
        "cases",
        "eval",
        "judge",
        "embeddings",
        "own_checks",
        "drill",
        "waivers",
        "policy",
        "route.kind",
        "history",
        "release",
        "service.resources",
        "service.sandbox",
        "service.egress",
        "service.ready.timeout",
        "service.secrets",
        "service.build_secrets",
        "service.start",
        "service.stop.command",
        "service.identity",
    }
)
"""Base decides: what judges, and the ceilings it judges under."""

SERVICE_KEYS = frozenset(
    {
        "service.build",
        "service.image",
        "service.url",
        "service.models",
        "service.command",
        "service.port",
        "service.environment",
        "service.ready.path",
        "service.stop.grace",
    }
)
"""Each side decides its own."""

TOLD_KEYS = frozenset({"about"}) | {f"route.{field.name}" for field in keys_of(Route)
                                    if field.name != "kind"}
"""Each side tells its own; none of it is a change of the service."""

UNION_KEYS = frozenset({"watch"})
"""Both sides together."""
