"""Weights in a container, read-only: mounted from the machine where the engine sees our files, else
put into a volume of this run, which goes with it.

A volume begins with what the image has in that folder, so that the service finds the same there
either way.
"""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import docker
from docker.types import Mount

from gatekeeper.adapters.weights import PIECE
from gatekeeper.adapters.whereabouts import Whereabouts
from gatekeeper.manifest.models import Model

_BLOCK = 512


def mount_weights(
    client: docker.DockerClient, where: Whereabouts, files: Mapping[Model, Path], image: str,
    name: str, labels: dict[str, str],
) -> list[Mount]:
    """How the container is given its files. `name` is what volumes are named after."""
    seen = {model: _as_the_engine_sees(client, where, path) for model, path in files.items()}
    if all(seen.values()):
        return [Mount(model.mount, place, type="bind", read_only=True)
                for model, place in seen.items()]
    folders: dict[str, list[tuple[str, Path]]] = {}
    for model, path in files.items():
        folders.setdefault(model.folder, []).append((model.name, path))
    mounts = []
    for number, (folder, held) in enumerate(sorted(folders.items())):
        volume = f"{name}-models-{number}"
        client.volumes.create(volume, labels=labels)
        _fill(client, image, volume, folder, held, labels)
        mounts.append(Mount(folder, volume, type="volume", read_only=True, no_copy=True))
    return mounts


def _as_the_engine_sees(client: docker.DockerClient, where: Whereabouts, path: Path) -> str:
    """A file's path on the engine's machine; empty where the engine does not see it, or where that
    cannot be told."""
    if where.elsewhere or (where.attach and not where.own):
        return ""
    if not where.own:
        return str(path.resolve()) if _is_local(client) else ""
    best, source = "", ""
    for mount in client.containers.get(where.own).attrs.get("Mounts") or ():
        inside = str(mount.get("Destination") or "").rstrip("/")
        if mount.get("Type") == "bind" and len(inside) > len(best) \
                and str(path.resolve()).startswith(inside + "/"):
            best, source = inside, str(mount.get("Source") or "")
    if not source:
        return ""
    return posixpath.join(source, str(path.resolve())[len(best) + 1:])


def _is_local(client: docker.DockerClient) -> bool:
    return str(client.api.base_url).startswith("http+docker://")


def _fill(client: docker.DockerClient, image: str, volume: str, folder: str,
          files: list[tuple[str, Path]], labels: dict[str, str]) -> None:
    """Put files into a volume, through a container that is never started."""
    carrier = client.containers.create(
        image, entrypoint=["true"], labels=labels, network_mode="none",
        mounts=[Mount(folder, volume, type="volume")])
    try:
        carrier.put_archive(folder, _archive(files))
    finally:
        carrier.remove(force=True)


def _archive(files: list[tuple[str, Path]]) -> Iterator[bytes]:
    """A tar archive as it is read: no second copy is made here."""
    for name, path in files:
        info = tarfile.TarInfo(name)
        info.size, info.mode = path.stat().st_size, 0o444
        yield info.tobuf(tarfile.GNU_FORMAT)
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
        yield b"\0" * (-info.size % _BLOCK)
    yield b"\0" * (2 * _BLOCK)
