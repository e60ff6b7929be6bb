"""What a manifest says, as frozen values. Each key carries its reader, default and one sentence.

Which side decides a key is declared here too (`POLICY_KEYS`, `SERVICE_KEYS`, `UNION_KEYS`): base
decides what judges, each side decides its own service, and `watch` is the union of both. A test
fails when a key is in none of the three.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gatekeeper.conditions import Condition, read_condition
from gatekeeper.manifest.document import Node
from gatekeeper.manifest.readers import (
    Complaints,
    bind,
    boolean,
    choice,
    duration,
    integer,
    key,
    list_of,
    mapping_of,
    number,
    size,
    text,
    tree,
)
from gatekeeper.model import ChangeKind, Requirement, Risk
from gatekeeper.requirements import read_requirement

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


def _condition(node: Node, complaints: Complaints) -> Any:
    value = text(node, complaints)
    return read_condition(value, node.place, complaints) if isinstance(value, str) else value


def _requirement(node: Node, complaints: Complaints) -> Any:
    value = text(node, complaints)
    if not isinstance(value, str):
        return value
    try:
        return read_requirement(value)
    except ValueError as error:
        return complaints.at(node.place, str(error))


@dataclass(frozen=True, slots=True)
class Build:
    """How the service's image is built."""

    context: str = key(text, ".", doc="Folder sent to the engine, beside the manifest.")
    dockerfile: str = key(text, "Dockerfile", doc="Path of the Dockerfile inside the context.")
    args: dict[str, str] = key(mapping_of(text, text), {}, doc="Build arguments.")


def _build_shorthand(node: Node, complaints: Complaints) -> Any:
    context = text(node, complaints)
    return Build(context=context) if isinstance(context, str) else context


@dataclass(frozen=True, slots=True)
class Resources:
    """Ceilings for one side's container. Policy: a change cannot raise its own."""

    memory: int = key(size, 2 * 1024**3, doc="Memory ceiling, for instance `2g`.")
    cpus: float = key(number(0.1, 1024), 2.0, doc="Processor ceiling.")
    processes: int = key(integer(1, 1_000_000), 512, doc="Ceiling on processes and threads.")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """How tightly the container is held. Policy."""

    read_only: bool = key(boolean, True, doc="Root file system is read-only.")
    tmpfs: dict[str, int] = key(
        mapping_of(text, size), {"/tmp": 64 * 1024**2}, doc="Writable folders in memory, with size."
    )


@dataclass(frozen=True, slots=True)
class Ready:
    """When the service may be asked."""

    path: str = key(text, "/health", doc="Path that answers 200 when the service is healthy.")
    timeout: float = key(duration, 120.0, doc="A service not ready by then has failed to start.")


@dataclass(frozen=True, slots=True)
class Stop:
    """How the service is stopped."""

    grace: float = key(duration, 10.0, doc="Time between SIGTERM and SIGKILL.")


@dataclass(frozen=True, slots=True)
class Service:
    """What is started. One of build and image for Docker; command for the process runtime."""

    build: Build | None = key(
        bind(Build), None, doc="Build the image from this tree.", shorthand=_build_shorthand
    )
    image: str = key(text, "", doc="Run this image instead of building one.")
    command: tuple[str, ...] = key(
        list_of(text), (), doc="Command of the process runtime; `{port}` is replaced."
    )
    port: int = key(integer(1, 65535), 8000, doc="Port the service listens on in its container.")
    environment: dict[str, str] = key(
        mapping_of(text, text), {}, doc="Plain environment variables of the service."
    )
    resources: Resources = key(bind(Resources), Resources(), doc="Ceilings.")
    sandbox: Sandbox = key(bind(Sandbox), Sandbox(), doc="How tightly the container is held.")
    egress: str = key(choice("none", "open"), "none", doc="`none`: the service has no way out.")
    ready: Ready = key(bind(Ready), Ready(), doc="When the service may be asked.")
    stop: Stop = key(bind(Stop), Stop(), doc="How the service is stopped.")


@dataclass(frozen=True, slots=True)
class RequestShape:
    """What a request must and may hold."""

    required: tuple[str, ...] = key(list_of(text), doc="Fields every request has.")
    optional: tuple[str, ...] = key(list_of(text), (), doc="Fields a request may have.")
    max_input_chars: int | None = key(
        integer(1, 100_000_000), None, doc="Longest prompt the service accepts, in characters."
    )


@dataclass(frozen=True, slots=True)
class ResponseShape:
    """Where the parts of a reply are, as JSON pointers."""

    content: str = key(text, "", doc="Pointer to the answer's text.")
    evidence: str = key(text, "", doc="Pointer to a list of citations.")
    finish_reason: str = key(text, "", doc="Pointer to why the answer ended.")
    error: str = key(text, "", doc="Pointer to the message of an error reply.")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the service promises. All five must be declared for the line to count as known."""

    concurrency: int | None = key(integer(1, 100_000), None, doc="Requests served in parallel.")
    context_length: int | None = key(integer(1, 10**9), None, doc="Longest context, in tokens.")
    timeout: float | None = key(duration, None, doc="Longest a caller waits for a reply.")
    max_tokens: int | None = key(integer(1, 10**9), None, doc="Longest answer, in tokens.")
    latency_target: float | None = key(duration, None, doc="A reply slower than this is a failure.")


@dataclass(frozen=True, slots=True)
class StopPath:
    """How a person stops, disables and rolls back the service."""

    stop: str = key(text, "", doc="How to stop it; the engine's stop for `build` and `image`.")
    disable: str = key(text, "", doc="How to keep it from starting again.")
    rollback: str = key(text, "", doc="How to go back, for instance `previous-release`.")


@dataclass(frozen=True, slots=True)
class Contract:
    """The five lines: endpoint, request shape, response shape, limits, stop path."""

    preset: str = key(choice("openai-chat", "none"), "none", doc="Fills what it knows.")
    endpoint: str = key(text, "", doc="Path that takes the requests.")
    request: Any = key(tree, None, doc="Request body with `{prompt}`, `{model}`, `{max_tokens}`.")
    request_shape: RequestShape | None = key(bind(RequestShape), None, doc="Shape of a request.")
    response_shape: ResponseShape = key(bind(ResponseShape), ResponseShape(), doc="Reply shape.")
    limits: Limits = key(bind(Limits), Limits(), doc="What the service promises.")
    rollback: str = key(text, "", doc="Short for `stop_path: {rollback: …}`.")
    stop_path: StopPath = key(bind(StopPath), StopPath(), doc="Stop, disable, roll back.")


@dataclass(frozen=True, slots=True)
class Eval:
    """The fixed cases and how they are asked."""

    cases: str = key(text, "eval_cases.csv", doc="The cases file, beside the manifest.")
    sources: str = key(text, "", doc="Folder of the sources that grounding is held against.")
    repeats: int = key(integer(1, 1000), 1, doc="Times each case is asked on each side.")
    confirmations: int = key(
        integer(0, 100), 2, doc="Extra paired attempts that a flip must survive to count."
    )
    concurrency: int | None = key(
        integer(1, 100_000), None, doc="Requests at a time; `contract.limits.concurrency` if unset."
    )
    checks: dict[str, tuple[Requirement, ...]] = key(
        mapping_of(tuple(str(risk) for risk in Risk), list_of(_requirement)),
        {},
        doc="Checks of a risk's rows that name none, in place of gatekeeper's own defaults.",
    )


@dataclass(frozen=True, slots=True)
class Gate:
    """A named list of conditions and the events it blocks until all hold."""

    until: tuple[Condition, ...] = key(list_of(_condition), doc="Conditions; all must hold.")
    blocks: tuple[str, ...] = key(
        list_of(choice(*EVENTS)), EVENTS, doc="Events that a closed gate blocks."
    )


def _gate(node: Node, complaints: Complaints) -> Any:
    reader = bind(Gate)
    if hasattr(node, "entries"):
        return reader(node, complaints)
    conditions = list_of(_condition)(node, complaints)
    return Gate(until=conditions) if isinstance(conditions, tuple) else conditions


@dataclass(frozen=True, slots=True)
class Manifest:
    """The whole of `gatekeeper.yaml`."""

    version: int = key(integer(1, 1), doc="Always 1.")
    service: Service = key(bind(Service), doc="What is started.")
    contract: Contract = key(bind(Contract), doc="What the service promises.")
    gates: dict[str, Gate] = key(mapping_of(text, _gate), doc="What must hold before a merge.")
    watch: dict[str, tuple[str, ...]] = key(
        mapping_of(WATCHABLE, list_of(text)),
        {},
        doc="Change kind to where it lives: a glob, or `file#/pointer` into YAML, JSON or TOML.",
    )
    cases: str = key(text, "", doc="Short for `eval: {cases: …}`.")
    eval: Eval = key(bind(Eval), Eval(), doc="The fixed cases and how they are asked.")


POLICY_KEYS = frozenset(
    {
        "version",
        "contract",
        "gates",
        "cases",
        "eval",
        "service.resources",
        "service.sandbox",
        "service.egress",
        "service.ready.timeout",
    }
)
"""Base decides: what judges, and the ceilings it judges under."""

SERVICE_KEYS = frozenset(
    {
        "service.build",
        "service.image",
        "service.command",
        "service.port",
        "service.environment",
        "service.ready.path",
        "service.stop",
    }
)
"""Each side decides its own."""

UNION_KEYS = frozenset({"watch"})
"""Both sides together."""
