"""The `service` block of a manifest: what is started, and under which ceilings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from gatekeeper.formats.structured import is_structured
from gatekeeper.manifest.document import Node
from gatekeeper.manifest.readers import (
    WRONG,
    Complaints,
    bind,
    boolean,
    choice,
    duration,
    integer,
    key,
    list_of,
    mapping_of,
    name,
    number,
    path,
    size,
    text,
)
from gatekeeper.manifest.shapes import TEXT, Shape, shaped

_REPORTED: Shape = {"type": "string", "pattern": "^/[!-~]*#/.*$"}


@dataclass(frozen=True, slots=True)
class Build:
    """How the service's image is built."""

    context: str = key(text, ".", doc="Folder sent to the engine, beside the manifest.")
    dockerfile: str = key(text, "Dockerfile", doc="Path of the Dockerfile inside the context.")
    args: dict[str, str] = key(mapping_of(name, text), {}, doc="Build arguments.")


@shaped(lambda: TEXT)
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
        mapping_of(path, size), {"/tmp": 64 * 1024**2}, doc="Writable folders in memory, with size."
    )


@dataclass(frozen=True, slots=True)
class Ready:
    """When the service may be asked."""

    path: str = key(path, "/health", doc="Path that answers 200 when the service is healthy.")
    timeout: float = key(duration, 120.0, doc="A service not ready by then has failed to start.")


@dataclass(frozen=True, slots=True)
class Stop:
    """How the service is stopped."""

    grace: float = key(duration, 10.0, doc="Time between SIGTERM and SIGKILL.")


@shaped(lambda: _REPORTED)
def reported(node: Node, complaints: Complaints) -> Any:
    """Where the service says what it runs: `/props#/model_alias`."""
    value = text(node, complaints)
    if value is WRONG or re.fullmatch(r"/[!-~]*#/.*", value):
        return value
    return complaints.at(node.place, f"`{value}` says nowhere what the service runs",
                         "write a path and a JSON pointer, as `/v1/models#/data/0/id`")


@shaped(lambda: {"type": "string", "pattern": "^[^/].*#/.*$"})
def declared(node: Node, complaints: Complaints) -> Any:
    """Where the tree says it: `config/model.yaml#/model`."""
    value = text(node, complaints)
    if value is WRONG:
        return value
    file, _, pointer = value.partition("#")
    if file.startswith("/") or ".." in file.split("/"):
        return complaints.at(node.place, f"`{value}` leaves the manifest's folder",
                             "write a path below it")
    if not pointer.startswith("/") or not is_structured(file):
        return complaints.at(node.place, f"`{value}` is no value of a YAML, JSON or TOML file",
                             "write a file and a JSON pointer, as `config/model.yaml#/model`")
    return value


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
        mapping_of(name, text), {}, doc="Plain environment variables of the service."
    )
    resources: Resources = key(bind(Resources), Resources(), doc="Ceilings.")
    sandbox: Sandbox = key(bind(Sandbox), Sandbox(), doc="How tightly the container is held.")
    egress: str = key(choice("none", "open"), "none", doc="`none`: the service has no way out.")
    ready: Ready = key(bind(Ready), Ready(), doc="When the service may be asked.")
    identity: dict[str, str] = key(
        mapping_of(reported, declared), {}, doc="Where the service says what it runs, as "
        "`/props#/model_alias`, to where the tree says it, as `config/model.yaml#/model`: the "
        "two must agree."
    )
    stop: Stop = key(bind(Stop), Stop(), doc="How the service is stopped.")
