"""The stop of one container: the signal to end, grace, SIGKILL, removal, and a look for whatever
should be gone."""

from __future__ import annotations

import contextlib
from typing import Any

import docker
from docker.errors import APIError, NotFound
from docker.models.containers import Container
from requests.exceptions import RequestException

from gatekeeper.adapters.docker_cleanup import LABEL_RUN, remove_network, remove_side_volumes
from gatekeeper.adapters.gpu import gpu_holders
from gatekeeper.adapters.processes import port_is_closed
from gatekeeper.adapters.stop_clock import StopClock
from gatekeeper.adapters.waiting import wait_until
from gatekeeper.ports import StopProof

KILL_SECONDS = 10.0
"""How long an end by SIGKILL is waited for."""
GONE_SECONDS = 5.0
"""How long a port or memory of a GPU may outlive its container."""
_TROUBLE = (APIError, NotFound, RequestException)


def stop_container(
    client: docker.DockerClient, container: Container, network: str, published: int | None,
    grace: float,
) -> StopProof:
    """Stop a container and prove it. `published` is its port on this machine, if it has one."""
    clock, volumes, on_gpu = StopClock(), _volumes(container), _on_gpu(container)
    killed = _end(container, grace, clock)
    clock.did("ended")
    code = _exit_code(container)
    with contextlib.suppress(*_TROUBLE):
        container.remove(force=True, v=True)
    with contextlib.suppress(*_TROUBLE):
        remove_side_volumes(client, container.labels[LABEL_RUN], volumes)
    with contextlib.suppress(*_TROUBLE):
        remove_network(client, network)
    clock.did("removed")
    gone = {
        "container": _is_gone(client.containers, container.id),
        "network": _is_gone(client.networks, network),
    }
    if volumes:
        gone["volumes"] = all(_is_gone(client.volumes, name) for name in volumes)
    if published is not None:
        gone["port"] = wait_until(lambda: port_is_closed(published), GONE_SECONDS)
    if on_gpu:
        gone["gpu memory"] = wait_until(lambda: _have_let_go(on_gpu), GONE_SECONDS)
    clock.did("looked")
    return StopProof(code, killed, clock.steps["ended"], gone, clock.steps, clock.signalled_at)


def _end(container: Container, grace: float, clock: StopClock) -> bool:
    """Send the signal that the image names, or SIGTERM, and SIGKILL after the grace time; whether
    that was needed."""
    if grace:
        named = (container.attrs.get("Config") or {}).get("StopSignal")
        with contextlib.suppress(*_TROUBLE):
            container.kill(signal=named or "SIGTERM")
    clock.signalled()
    if wait_until(lambda: not _is_up(container), grace):
        return False
    with contextlib.suppress(*_TROUBLE):
        container.kill()
    wait_until(lambda: not _is_up(container), KILL_SECONDS)
    return True


def _is_up(container: Container) -> bool:
    """Whether it still runs; what the engine does not say is not taken for an end."""
    try:
        container.reload()
    except NotFound:
        return False
    except (APIError, RequestException):
        return True
    return bool(container.attrs["State"].get("Running"))


def _exit_code(container: Container) -> int | None:
    state = container.attrs.get("State") or {}
    code = state.get("ExitCode")
    return code if isinstance(code, int) and not state.get("Running") else None


def _on_gpu(container: Container) -> set[int]:
    """Its processes that hold memory of a GPU which this machine can be asked about."""
    holders = gpu_holders()
    if holders:
        with contextlib.suppress(*_TROUBLE, KeyError, ValueError):
            told = container.top()
            at = told["Titles"].index("PID")
            return holders & {int(row[at]) for row in told["Processes"]}
    return set()


def _have_let_go(processes: set[int]) -> bool:
    holders = gpu_holders()
    return holders is not None and not processes & holders


def _volumes(container: Container) -> list[str]:
    mounts = container.attrs.get("Mounts") or []
    return [str(mount["Name"]) for mount in mounts if mount.get("Type") == "volume"]


def _is_gone(collection: Any, name: str | None) -> bool:
    try:
        collection.get(name)
    except NotFound:
        return True
    except (APIError, RequestException):
        return False
    return False
