"""The `service` block of a manifest: what is started, and under which ceilings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from gatekeeper.formats.structured import is_structured
from gatekeeper.formats.urls import split_url
from gatekeeper.manifest.document import Node, Scalar
from gatekeeper.manifest.models import Model
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
from gatekeeper.manifest.secrets import SecretName, secret_name, variable
from gatekeeper.manifest.shapes import TEXT, Shape, either, shape_of, shaped

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


ALL_GPUS = "all"


@shaped(lambda: either({"type": "integer", "minimum": 0}, {"enum": ["all"]}))
def _gpus(node: Node, complaints: Complaints) -> Any:
    if isinstance(node, Scalar) and node.text == ALL_GPUS:
        return ALL_GPUS
    return integer(0, 1024)(node, complaints)


@dataclass(frozen=True, slots=True)
class Resources:
    """Ceilings for one side's container. Policy: a change cannot raise its own."""

    memory: int = key(size, 2 * 1024**3, doc="Memory ceiling, for instance `2g`.")
    cpus: float = key(number(0.1, 1024), 2.0, doc="Processor ceiling.")
    processes: int = key(integer(1, 1_000_000), 512, doc="Ceiling on processes and threads.")
    gpus: int | str = key(_gpus, 0, doc="GPUs the container may see: a number, or `all`. Both "
                          "sides share them.")


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

    grace: float = key(duration, 10.0, doc="Time between SIGTERM and SIGKILL; with `url`, until "
                       "the address must be dark.")
    command: tuple[str, ...] = key(
        list_of(text), (), doc="Command that stops a service at a `url`; see "
        "[services](services.md)."
    )


@shaped(lambda: {"type": "string", "pattern": "^https?://[!-~]+$"})
def _url(node: Node, complaints: Complaints) -> Any:
    value = text(node, complaints)
    if value is WRONG:
        return value
    parts = split_url(value)
    if parts is None or parts.username or parts.password:
        return complaints.at(node.place, f"`{value}` is not a URL of a service",
                             "write `http://host:port`, without a key in it")
    return value


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
    """What is started. One of build and image for Docker; command for the process runtime; url for
    a service that runs elsewhere."""

    build: Build | None = key(
        bind(Build), None, doc="Build the image from this tree.", shorthand=_build_shorthand
    )
    image: str = key(text, "", doc="Run this image, by tag or digest, instead of building one.")
    url: str = key(_url, "", doc="Ask the service that runs elsewhere, at this URL.")
    start: tuple[str, ...] = key(
        list_of(text), (), doc="Command that starts a service at a `url`; see "
        "[services](services.md)."
    )
    command: tuple[str, ...] = key(
        list_of(text), (), doc="Command of the process runtime; `{port}` is replaced."
    )
    models: tuple[Model, ...] = key(
        list_of(bind(Model)), (), doc="Weights, fetched and checked before the service starts."
    )
    port: int = key(integer(1, 65535), 8000, doc="Port the service listens on in its container.")
    environment: dict[str, str] = key(
        mapping_of(name, variable), {}, doc="Environment variables of the service: a text, or "
        "`{secret: NAME}` for one that gatekeeper's own environment has; base says which."
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
    build_secrets: tuple[str, ...] = key(
        list_of(secret_name), (), doc="Names of environment variables whose values the build may "
        "mount: `RUN --mount=type=secret,id=NAME`. Needs BuildKit."
    )
    built_with: dict[str, str] = field(default_factory=dict, repr=False)
    """The values of `build_secrets`; filled in for the runtime alone."""
    secrets: dict[str, str] = field(default_factory=dict)
    """Variables of `environment` that hold a secret -> the secret's name; they are not among the
    plain ones."""


@shaped(lambda: shape_of(bind(Service)))
def read_service(node: Node, complaints: Complaints) -> Any:
    """A `Service`, its plain variables apart from those that hold a secret."""
    service = bind(Service)(node, complaints)
    if not isinstance(service, Service):
        return service
    written: dict[str, Any] = dict(service.environment)
    secrets = {name: value.secret for name, value in written.items()
               if isinstance(value, SecretName)}
    plain = {name: value for name, value in written.items() if name not in secrets}
    return replace(service, environment=plain, secrets=secrets)
