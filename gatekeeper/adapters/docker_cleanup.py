"""Connecting to an engine, and removing what one run left on it. Nothing of another is touched."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable

import docker
from docker.errors import APIError, DockerException, NotFound
from requests.exceptions import RequestException

from gatekeeper.errors import CouldNotMeasure

LABEL_RUN = "io.gatekeeper.run"
LABEL_SIDE = "io.gatekeeper.side"
DEFAULT_HOST = "unix:///var/run/docker.sock"
_HELP = "start Docker, or use --runtime process at a desk"


def docker_host() -> str:
    """The engine to speak to. Asked for by name: the SDK would follow a context found in $HOME."""
    return os.environ.get("DOCKER_HOST") or DEFAULT_HOST


def connect(host: str, timeout: float = 60) -> docker.DockerClient:
    """A client of an engine that answers; CouldNotMeasure in one sentence where none does."""
    if host.startswith("unix://"):
        path = host.removeprefix("unix://")
        try:
            mode = os.stat(path).st_mode
        except OSError:
            raise CouldNotMeasure(f"no Docker engine: {path} does not exist", _HELP) from None
        if not stat.S_ISSOCK(mode):
            raise CouldNotMeasure(f"no Docker engine: {path} is not a socket", _HELP)
    try:
        client = docker.DockerClient(base_url=host, timeout=int(timeout))
        client.ping()
    except (DockerException, RequestException, OSError) as error:
        raise CouldNotMeasure(f"no Docker engine answers at {host}: {_short(error)}",
                              _HELP) from None
    return client


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:160]


def remove_network(client: docker.DockerClient, name: str) -> None:
    """Remove a network and whatever still hangs on it (ourselves, in a container)."""
    try:
        network = client.networks.get(name)
    except NotFound:
        return
    for container in network.attrs.get("Containers") or {}:
        with contextlib.suppress(APIError):
            network.disconnect(container, force=True)
    with contextlib.suppress(NotFound):
        network.remove()


def remove_run(client: docker.DockerClient, run: str) -> list[str]:
    """Remove everything that carries this run's label; what was removed."""
    filters: dict[str, str | list[str] | bool] = {"label": f"{LABEL_RUN}={run}"}
    gone = []
    for container in client.containers.list(all=True, filters=filters, ignore_removed=True):
        with contextlib.suppress(NotFound, APIError):
            container.remove(force=True, v=True)
            gone.append(f"container {container.name}")
    for network in client.networks.list(filters=filters):
        with contextlib.suppress(APIError):
            remove_network(client, network.id or "")
            gone.append(f"network {network.name}")
    gone += [f"volume {name}" for name in _remove_volumes(client, filters)]
    # By the low-level call: the SDK's own list asks for each image again, and fails for one that
    # another run removes in between.
    for image in client.api.images(filters=filters):
        with contextlib.suppress(APIError):
            client.images.remove(image["Id"], force=True)
            gone.append(f"image {(image.get('RepoTags') or [image['Id']])[0]}")
    return gone


def _remove_volumes(
    client: docker.DockerClient, filters: dict[str, str | list[str] | bool]
) -> list[str]:
    """Volumes are what weights were put into; those in use stay, and are told as left."""
    gone = []
    for volume in client.volumes.list(filters=filters):
        with contextlib.suppress(APIError):
            volume.remove(force=True)
            gone.append(str(volume.name))
    return gone


def remove_side_volumes(client: docker.DockerClient, run: str, names: Iterable[str]) -> None:
    """Remove those of some volumes that this run made."""
    mine = {volume.name: volume for volume in
            client.volumes.list(filters={"label": f"{LABEL_RUN}={run}"})}
    for name in names:
        if name in mine:
            with contextlib.suppress(APIError):
                mine[name].remove(force=True)


def count_of_run(client: docker.DockerClient, run: str) -> int:
    """How many containers, networks, volumes and images carry this run's label."""
    filters: dict[str, str | list[str] | bool] = {"label": f"{LABEL_RUN}={run}"}
    return (len(client.containers.list(all=True, filters=filters, ignore_removed=True))
            + len(client.networks.list(filters=filters))
            + len(client.volumes.list(filters=filters)) + len(client.api.images(filters=filters)))


def end_container(client: docker.DockerClient, container: str, grace: float) -> bool:
    """Stop a container, kill it after the grace time, and remove it; whether it was running."""
    try:
        found = client.containers.get(container)
    except NotFound:
        return False
    running = found.status == "running"
    with contextlib.suppress(NotFound, APIError):  # gone by its own --rm in the meantime
        if running:
            found.stop(timeout=int(grace))
        found.remove(force=True)
    return running


def forget_layers(client: docker.DockerClient, layers: Iterable[str]) -> list[str]:
    """Remove what unfinished builds made, oldest first in the list; returns what is still in use.

    The engine gives a layer no label before its image is whole, so nothing finds these but their
    ids. What has a name, or something built on it, belongs to somebody by now."""
    left = []
    for layer in reversed([*layers]):
        try:
            if not client.images.get(layer).tags:
                client.images.remove(layer, noprune=True)
        except NotFound:
            continue
        except APIError:
            left.append(layer)
    return left
