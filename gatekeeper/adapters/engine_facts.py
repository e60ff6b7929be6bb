"""What is seen of a Docker engine, without starting or changing anything on it unless asked to."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError, DockerException, ImageNotFound
from requests.exceptions import RequestException

from gatekeeper.adapters.builders import choose_builder
from gatekeeper.adapters.docker_cleanup import (
    LABEL_RUN,
    LABEL_SIDE,
    connect,
    docker_host,
    remove_run,
)
from gatekeeper.adapters.gpus import gives_gpus
from gatekeeper.adapters.processes import port_is_closed
from gatekeeper.adapters.waiting import wait_until
from gatekeeper.adapters.whereabouts import find_whereabouts
from gatekeeper.doctor.engine import EngineFacts

DOCTOR = "doctor"
"""The side of what the doctor starts."""
_PORT_SECONDS = 10.0
_LISTENS = "import http.server as s; s.HTTPServer(('', 8000), s.SimpleHTTPRequestHandler)." \
           "serve_forever()"


def look_at_engine(images: Iterable[str], scratch: Path, probe: str, run: str) -> EngineFacts:
    """Facts of the engine that runs would use; CouldNotMeasure where none answers. `probe` names an
    image whose container publishes a port for a moment; empty where nothing may be started."""
    host = docker_host()
    client = connect(host)
    with contextlib.closing(client):
        info: dict[str, Any] = client.info()
        version = client.version()
        where = find_whereabouts(client)
        return EngineFacts(
            version=str(version.get("Version")),
            api=str(client.api.api_version),
            info=info,
            builder=choose_builder(host, scratch).name,
            gives_gpus=gives_gpus(info),
            free_disk=None if where.own or where.elsewhere else _free(info),
            reachable="the engine does not know the container we are in" if where.elsewhere else "",
            images={reference: _why_not(client, reference) for reference in images},
            port=_probed(client, probe, run) if probe and where.on_loopback else None,
        )


def _free(info: dict[str, Any]) -> int | None:
    folder = str(info.get("DockerRootDir") or "")
    return shutil.disk_usage(folder).free if folder and os.access(folder, os.R_OK) else None


def _why_not(client: docker.DockerClient, reference: str) -> str:
    """Why an image is not to be had, in its registry's words; empty where it is."""
    with contextlib.suppress(ImageNotFound):
        client.images.get(reference)
        return ""
    try:
        client.images.get_registry_data(reference)
    except (DockerException, RequestException) as error:
        words = error.explanation if isinstance(error, APIError) else str(error)
        return f"neither on the engine nor in its registry: {' '.join(str(words).split())[:160]}"
    return ""


def _probed(client: docker.DockerClient, image: str, run: str) -> str:
    """Publish a port of a container for a moment, and look for it."""
    try:
        container = client.containers.run(
            image, entrypoint=["python3", "-c", _LISTENS], detach=True, init=True,
            labels={LABEL_RUN: run, LABEL_SIDE: DOCTOR},
            ports={"8000/tcp": ("127.0.0.1", 0)})
        container.reload()
        bound = (container.attrs["NetworkSettings"].get("Ports") or {}).get("8000/tcp") or []
        if bound and wait_until(lambda: not port_is_closed(int(bound[0]["HostPort"])),
                                _PORT_SECONDS):
            return ""
        return "a port that the engine publishes on 127.0.0.1 is not reached"
    except (DockerException, RequestException) as error:
        words = error.explanation if isinstance(error, APIError) else str(error)
        return f"no container could be started to try a port: {' '.join(str(words).split())[:160]}"
    finally:
        remove_run(client, run)
