"""The Docker runtime: each side in a hardened container on a network of its own, and gone after.

Hardening: no capabilities, no new privileges, read-only root with sized tmpfs, ceilings on memory,
processors, processes and log, no inherited environment, no socket. Without `egress: open` the
network has no way out: internal where we can join it ourselves, otherwise without masquerading,
because an internal network publishes no ports.
"""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError, ImageNotFound, NotFound
from docker.models.containers import Container
from docker.types import EndpointConfig, LogConfig
from requests.exceptions import RequestException

from gatekeeper.adapters.build_context import build_folder
from gatekeeper.adapters.build_job import Job
from gatekeeper.adapters.builders import build_image, choose_builder
from gatekeeper.adapters.docker_cleanup import (
    LABEL_RUN,
    LABEL_SIDE,
    connect,
    forget_layers,
    remove_run,
)
from gatekeeper.adapters.docker_faults import fault_of, words_of
from gatekeeper.adapters.docker_stop import stop_container
from gatekeeper.adapters.reaper import Reaper
from gatekeeper.adapters.whereabouts import find_whereabouts, is_here
from gatekeeper.manifest.service import Service
from gatekeeper.model import Fault, Side
from gatekeeper.ports import CANCELLED, Life, Progress, StartFailed, StartFailure, StopProof

LOG_LINES = 50
LOG_TAIL = 4000
_NO_MASQUERADE = {"com.docker.network.bridge.enable_ip_masquerade": "false"}
ELSEWHERE = StartFailure(
    "the engine does not know the container we run in, and is not in its network: what it starts "
    "cannot be reached from here", Fault.WORLD,
    "give this container the socket of the engine that runs it, or the engine's network")


class DockerService:
    """One started container; see `ports.RunningService`."""

    def __init__(
        self, client: docker.DockerClient, container: Container, network: str, url: str,
        published: int | None,
    ) -> None:
        self.url = url
        self._client = client
        self._container = container
        self._network = network
        self._published = published

    def life(self) -> Life:
        try:
            self._container.reload()
        except NotFound:
            return Life(False, words="the container is gone")
        state = self._container.attrs["State"]
        if state.get("Running") or state.get("Status") == "created":
            return Life(True)
        words = f"container {state.get('Status')}, exit code {state.get('ExitCode')}"
        if state.get("Error"):
            words += f", {state['Error']}"
        return Life(False, state.get("ExitCode"), bool(state.get("OOMKilled")), words)

    def logs(self) -> str:
        with contextlib.suppress(APIError, NotFound):
            return self._container.logs(tail=LOG_LINES).decode("utf-8", "replace")[-LOG_TAIL:]
        return ""

    def identity(self) -> dict[str, Any]:
        image = self._container.image
        return {
            "image": image.id if image else "",
            "repo_digests": (image.attrs.get("RepoDigests") or []) if image else [],
        }

    def stop(self, grace: float) -> StopProof:
        return stop_container(self._client, self._container, self._network, self._published, grace)


class DockerRuntime:
    """Builds and starts services on one engine; see `ports.Runtime`."""

    name = "docker"

    def __init__(
        self, host: str, run: str, build_args: dict[str, str], scratch: Path, reaper: Reaper,
        progress: Progress,
    ) -> None:
        self._host = host
        self._run = run
        self._build_args = build_args
        self._progress = progress
        self._client = connect(host)
        self._cancelled = threading.Event()
        self._where = find_whereabouts(self._client)
        self._builder = choose_builder(host, scratch)
        self._layers: list[str] = []
        self._reaper = reaper
        reaper.watch_docker(host, run, self._where.own)

    def start(self, side: Side, tree: Path, service: Service) -> DockerService:
        client = connect(self._host)  # one a thread: the SDK's session is not shared safely
        labels = {LABEL_RUN: self._run, LABEL_SIDE: str(side)}
        name = f"gatekeeper-{self._run}-{side}"
        try:
            image = self._image(client, side, tree, service, name, labels)
            if self._cancelled.is_set():
                raise StartFailed(CANCELLED)
            self._progress.say(f"{side}: starting the container")
            processors = self._processors(client, side, service.resources.cpus)
            return self._container(client, image, service, processors, name, labels)
        except APIError as error:
            words = words_of(error)
            raise StartFailed(StartFailure(f"the engine would not start it: {words[:240]}",
                                           fault_of(error), words)) from None
        except RequestException as error:
            raise StartFailed(StartFailure(f"the engine did not answer: {error}",
                                           Fault.WORLD)) from None

    def _made(self, layer: str) -> None:
        self._layers.append(layer)
        self._reaper.watch_layer(self._host, layer)

    def _image(
        self, client: docker.DockerClient, side: Side, tree: Path, service: Service, name: str,
        labels: dict[str, str],
    ) -> str:
        if service.build:
            folder = build_folder(tree, service.build)
            self._progress.say(f"{side}: building the image")
            job = Job(client, str(side), folder, service.build, f"{name}:latest", labels,
                      self._progress, self._cancelled, self._made, self._reaper.watch_group,
                      self._build_args)
            return build_image(job, self._builder)
        if not service.image:
            raise StartFailed(StartFailure(
                "the manifest has neither `service.build` nor `service.image`", Fault.WORLD,
                "add one, or run with --runtime process"))
        with contextlib.suppress(ImageNotFound):
            return str(client.images.get(service.image).id)
        self._progress.say(f"{side}: pulling {service.image}")
        try:
            return str(client.images.pull(service.image).id)
        except APIError as error:
            words = words_of(error)
            raise StartFailed(StartFailure(f"the image cannot be pulled: {words[:240]}",
                                           fault_of(error), words)) from None

    def _processors(self, client: docker.DockerClient, side: Side, wanted: float) -> float:
        """The ceiling on processors. The engine refuses one that is above what it has."""
        there = float(client.info().get("NCPU") or wanted)
        if wanted > there:
            self._progress.say(f"{side}: `service.resources.cpus` is {wanted:g}, and the engine "
                               f"has {there:g}: the ceiling is {there:g}")
        return min(wanted, there)

    def _container(
        self, client: docker.DockerClient, image: str, service: Service, processors: float,
        name: str, labels: dict[str, str],
    ) -> DockerService:
        closed, loopback = service.egress == "none", self._where.on_loopback
        network = client.networks.create(
            name, driver="bridge", labels=labels, internal=closed and not loopback,
            options=_NO_MASQUERADE if closed and loopback else {},
        )
        if self._where.elsewhere and not is_here(network):
            raise StartFailed(ELSEWHERE)
        endpoint = EndpointConfig(client.api.api_version, aliases=["service"])
        container = client.containers.create(
            image, name=name, detach=True, labels=labels, network=name,
            networking_config={name: endpoint},
            ports={f"{service.port}/tcp": ("127.0.0.1", 0)} if loopback else {},
            **_hardening(service, processors),
        )
        container.start()
        if not loopback:
            network.connect(self._where.attach)
        container.reload()
        return self._reached(client, container, name, service.port)

    def _reached(
        self, client: docker.DockerClient, container: Container, network: str, port: int
    ) -> DockerService:
        settings = container.attrs["NetworkSettings"]
        if self._where.on_loopback:
            bindings = (settings.get("Ports") or {}).get(f"{port}/tcp") or []
            # A container that ended at once has no bindings any more; its exit is told later.
            published = int(bindings[0]["HostPort"]) if bindings else None
            return DockerService(client, container, network,
                                 f"http://127.0.0.1:{published or 1}", published)
        address = settings["Networks"][network].get("IPAddress") or "service"
        return DockerService(client, container, network, f"http://{address}:{port}", None)

    def describe(self) -> dict[str, Any]:
        version, info = self._client.version(), self._client.info()
        return {
            "runtime": "docker",
            "run": self._run,
            "engine": version.get("Version"),
            "api": self._client.api.api_version,
            "kernel": info.get("KernelVersion"),
            "cgroup": info.get("CgroupVersion"),
            "cpus": info.get("NCPU"),
            "memory": info.get("MemTotal"),
            "builder": self._builder.name,
            "inside_container": not self._where.on_loopback,
        }

    def cancel(self) -> None:
        self._cancelled.set()

    def close(self) -> None:
        client = connect(self._host)
        remove_run(client, self._run)
        forget_layers(client, self._layers)


def _hardening(service: Service, processors: float) -> dict[str, Any]:
    limits, sandbox = service.resources, service.sandbox
    return {
        "environment": {"PORT": str(service.port), **service.environment},
        "init": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "read_only": sandbox.read_only,
        "tmpfs": {path: f"size={size},mode=1777" for path, size in sandbox.tmpfs.items()},
        "mem_limit": limits.memory,
        "memswap_limit": limits.memory,
        "nano_cpus": int(processors * 1e9),
        "pids_limit": limits.processes,
        "log_config": LogConfig(type="json-file", config={"max-size": "5m", "max-file": "1"}),
    }

