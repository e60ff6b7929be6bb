"""Who and where we are on the engine: the host, or a container, and in which network.

Source of the table: docs/design/0004-sibling-containers.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import APIError, NotFound

_OWN_ID = re.compile(r"/containers/([0-9a-f]{64})/(?:hostname|hosts|resolv\.conf)")


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """How a sibling container is reached from here."""

    attach: str
    """Id of the container to connect to a sibling's network; empty where loopback reaches it."""

    @property
    def on_loopback(self) -> bool:
        """Publish the service's port on the loopback interface, and ask it there."""
        return not self.attach


def own_container_id(mountinfo: str) -> str | None:
    """Our container's id as the mounts name it; works on cgroup v1 and v2 and on any network."""
    found = _OWN_ID.search(mountinfo)
    return found[1] if found else None


def find_whereabouts(client: docker.DockerClient) -> Whereabouts:
    """Whether we are in a container of this very engine, and which one siblings must meet."""
    try:
        own = own_container_id(Path("/proc/self/mountinfo").read_text())
    except OSError:
        own = None
    if own is None:
        return Whereabouts("")
    try:
        me = client.containers.get(own)
    except (NotFound, APIError):
        return Whereabouts("")  # a container of some other engine: this one is remote to us
    mode = str(me.attrs["HostConfig"]["NetworkMode"])
    if mode == "host":
        return Whereabouts("")
    if mode.startswith("container:"):
        return Whereabouts(mode.removeprefix("container:"))  # its network namespace is ours
    return Whereabouts(own)
