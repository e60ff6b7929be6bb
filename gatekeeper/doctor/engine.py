"""What a Docker engine says of itself, held against what a manifest asks of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gatekeeper.doctor.finding import Finding, State, missing, ok, warn
from gatekeeper.formats.units import format_size
from gatekeeper.manifest.service import Service

OLDEST_API = (1, 41)
"""Docker 20.10's, the oldest that was tried."""
LEAST_DISK = 5 * 1024**3
"""Bytes of free disk below which builds and pulls are likely to fail."""


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What was seen of an engine."""

    version: str
    api: str
    info: dict[str, Any]
    """The engine's own `info`."""
    builder: str
    """What would build images."""
    gives_gpus: bool
    free_disk: int | None = None
    """Bytes, where its disk can be seen from here."""
    reachable: str = ""
    """Why what it starts could not be reached from here; empty where it can."""
    images: dict[str, str] = field(default_factory=dict)
    """Reference -> why it is not to be had; empty where it is."""
    port: str | None = None
    """Why a port that it publishes is not reached; empty where it is, None where nobody tried."""


def engine_findings(facts: EngineFacts, service: Service | None, sides: int) -> Iterator[Finding]:
    """Everything about the engine; `service` is None where the manifest cannot be read."""
    numbers = tuple(int(part) for part in facts.api.split(".")[:2] if part.isdecimal())
    name = f"Docker {facts.version}, API {facts.api}, cgroup v{facts.info.get('CgroupVersion')}, " \
           f"{facts.info.get('Driver')}"
    if numbers < OLDEST_API:
        yield warn("engine", name, "older than 20.10, which is the oldest that was tried")
    else:
        yield ok("engine", name)
    if facts.reachable:
        yield missing("sibling", facts.reachable, "give this container the socket of the engine "
                      "that runs it, or the engine's network")
    if facts.builder.startswith("BuildKit"):
        yield ok("builder", facts.builder)
    else:
        yield warn("builder", facts.builder, "a Dockerfile with `RUN --mount` needs a docker client"
                   " with buildx here")
    yield from _room(facts, service, sides)
    if service is not None:
        yield from _asked(facts, service)
    if facts.port is not None:
        yield missing("port", facts.port, "look at a firewall, and at the engine's `iptables` "
                      "setting") if facts.port else ok("port", "a published port is reached")


def _room(facts: EngineFacts, service: Service | None, sides: int) -> Iterator[Finding]:
    if facts.free_disk is None:
        yield warn("disk", "the engine's disk cannot be seen from here")
    elif facts.free_disk < LEAST_DISK:
        yield warn("disk", f"{facts.free_disk / 1024**3:.1f} GiB are free where the engine keeps "
                   "its images", "`docker system prune`")
    else:
        yield ok("disk", f"{facts.free_disk / 1024**3:.0f} GiB are free where the engine keeps its "
                 "images")
    if service is None or service.url:
        return
    asked, there = service.resources.memory * sides, int(facts.info.get("MemTotal") or 0)
    words = f"{format_size(service.resources.memory)} for each of {sides} sides, the engine has " \
            f"{there / 1024**3:.1f} GiB"
    if there and asked > there:
        yield missing("memory", words, "lower `service.resources.memory` on base, or compare with "
                      "an earlier pack (--baseline DIR)")
    else:
        yield ok("memory", words)
    processors = int(facts.info.get("NCPU") or 0)
    if processors and service.resources.cpus > processors:
        yield warn("processors", f"`service.resources.cpus` is {service.resources.cpus:g}, the "
                   f"engine has {processors}: that is the ceiling")


def _asked(facts: EngineFacts, service: Service) -> Iterator[Finding]:
    if service.resources.gpus:
        words = f"`service.resources.gpus` is {service.resources.gpus}"
        yield ok("gpus", f"{words}, and the engine knows a way to give GPUs") if facts.gives_gpus \
            else missing("gpus", f"{words}, and the engine knows no NVIDIA runtime",
                         "install NVIDIA's container toolkit on the engine's machine")
    for reference, why in facts.images.items():
        state = State.MISSING if why else State.OK
        yield Finding(f"image {reference}", state, why or "there", "`docker login`, or mend "
                      "`service.image`" if why else "")
