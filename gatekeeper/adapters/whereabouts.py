"""Who and where we are on the engine: the host, or a container, and in which network.

Source of the table: docs/design/0004-sibling-containers.md.
"""

from __future__ import annotations

import contextlib
import re
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError, NotFound
from docker.models.containers import Container

_OWN_ID = re.compile(r"/containers/([0-9a-f]{64})/(?:hostname|hosts|resolv\.conf)")


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """How a sibling container is reached from here."""

    attach: str = ""
    """Id of the container to connect to a sibling's network; empty where loopback reaches it."""
    own: str = ""
    """Id of the container we are in, proven; empty on the host."""
    elsewhere: bool = False
    """We are in a container that this engine does not know."""

    @property
    def on_loopback(self) -> bool:
        """Publish the service's port on the loopback interface, and ask it there."""
        return not self.attach


def own_container_id(mountinfo: str) -> str | None:
    """The container whose network we have, as the mounts name it: our own, or the one that shares
    its network with us. Works on cgroup v1 and v2 and on any network."""
    found = _OWN_ID.search(mountinfo)
    return found[1] if found else None


def find_whereabouts(client: docker.DockerClient) -> Whereabouts:
    """Whether we are in a container of this very engine, and which one siblings must meet."""
    try:
        named = own_container_id(Path("/proc/self/mountinfo").read_text())
    except OSError:
        named = None
    if named is None:
        return Whereabouts()
    try:
        found = client.containers.get(named)
    except (NotFound, APIError):
        return Whereabouts(elsewhere=True)
    own, mode = _ourselves(client, found), str(found.attrs["HostConfig"]["NetworkMode"])
    if mode == "host":
        return Whereabouts("", own)
    return Whereabouts(named, own)


def _ourselves(client: docker.DockerClient, found: Container) -> str:
    """Which container we are: the one whose network we have, or one that shares it. It is the one
    in which a file turns up that we have just made, whatever names and mounts say."""
    with contextlib.suppress(OSError), tempfile.NamedTemporaryFile(prefix=".gatekeeper-", dir="/"
                                                                   ) as mark:
        for one in _sharing(client, found):
            with contextlib.suppress(APIError):
                b"".join(one.get_archive(mark.name)[0])  # read to its end: the connection is kept
                return str(one.id)
    return ""


def _sharing(client: docker.DockerClient, found: Container) -> Iterator[Container]:
    yield found
    for one in client.containers.list(ignore_removed=True):
        kind, _, of = str(one.attrs["HostConfig"]["NetworkMode"]).partition(":")
        if kind == "container" and of and (found.name == of or str(found.id).startswith(of)):
            yield one


def is_here(network: Any) -> bool:
    """Whether a network of the engine is in our own network namespace: then its gateway's address
    is ours, and so is the loopback interface on which the engine publishes."""
    for subnet in network.attrs.get("IPAM", {}).get("Config") or []:
        gateway = str(subnet.get("Gateway") or "")
        family = socket.AF_INET6 if ":" in gateway else socket.AF_INET
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((gateway, 0))
            return True
    return False
