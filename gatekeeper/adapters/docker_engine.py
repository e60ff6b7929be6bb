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
from docker.errors import APIError, NotFound
from docker.models.containers import Container
from docker.types import EndpointConfig, LogConfig
from requests.exceptions import RequestException

from gatekeeper.adapters.build_context import build_folder
from gatekeeper.adapters.build_job import Job
from gatekeeper.adapters.builders import build_image, choose_builder
from gatekeeper.adapters.docker_breaking import Breaking, own_command, start_beside
from gatekeeper.adapters.docker_cleanup import (
    LABEL_RUN,
    LABEL_SIDE,
    connect,
    forget_layers,
    remove_run,
)
from gatekeeper.adapters.docker_faults import fault_of, look_for, words_of
from gatekeeper.adapters.docker_stop import stop_container
from gatekeeper.adapters.gpus import device_requests, look_for_gpus
from gatekeeper.adapters.images import Image, find_image
from gatekeeper.adapters.listening import exposure_of
from gatekeeper.adapters.reaper import Reaper
from gatekeeper.adapters.weight_mounts import mount_weights
from gatekeeper.adapters.weights import Weights, told_of
from gatekeeper.adapters.whereabouts import find_whereabouts, is_here
from gatekeeper.manifest.service import Service
from gatekeeper.model import Fault, Side
from gatekeeper.ports import (
    CANCELLED,
    Again,
    Exposure,
    Life,
    Progress,
    StartFailed,
    StartFailure,
    StopProof,
)

LOG_LINES = 50
LOG_TAIL = 4000
_NO_MASQUERADE = {"com.docker.network.bridge.enable_ip_masquerade": "false"}
ELSEWHERE = StartFailure(
    "the engine does not know the container we run in, and is not in its network: what it starts "
    "cannot be reached from here", Fault.WORLD,
    "give this container the socket of the engine that runs it, or the engine's network")


class DockerService(Breaking):
    """One started container; see `ports.RunningService`."""

    def __init__(
        self, client: docker.DockerClient, container: Container, network: str, url: str,
        published: int | None,
    ) -> None:
        self.url = url
        self.about: dict[str, Any] = {}
        """What is known of its image and its weights beside what the engine says."""
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

    def joined_by(
        self, client: docker.DockerClient, image: str, name: str, labels: dict[str, str],
        further: dict[str, Any],
    ) -> DockerService:
        """Another container, to which this one's port is taken."""
        container = start_beside(client, image, str(self._container.id), name, labels, further)
        return DockerService(client, container, self._network, self.url, None)

    def logs(self) -> str:
        with contextlib.suppress(APIError, NotFound):
            return self._container.logs(tail=LOG_LINES).decode("utf-8", "replace")[-LOG_TAIL:]
        return ""

    def identity(self) -> dict[str, Any]:
        image = self._container.image
        return {
            "image": image.id if image else "",
            "repo_digests": (image.attrs.get("RepoDigests") or []) if image else [],
            **self.about,
        }

    def exposure(self) -> Exposure:
        with contextlib.suppress(NotFound):
            self._container.reload()
        return exposure_of(self._container.attrs["NetworkSettings"].get("Ports") or {})

    def stop(self, grace: float) -> StopProof:
        return stop_container(self._client, self._container, self._network, self._published, grace)


class DockerRuntime:
    """Builds and starts services on one engine; see `ports.Runtime`."""

    name = "docker"

    def __init__(
        self, host: str, run: str, build_args: dict[str, str], scratch: Path, reaper: Reaper,
        progress: Progress, weights: Weights,
    ) -> None:
        self._host = host
        self._run = run
        self._build_args = build_args
        self._progress = progress
        self._weights = weights
        self._client = connect(host)
        self._cancelled = threading.Event()
        self._where = find_whereabouts(self._client)
        self._builder = choose_builder(host, scratch)
        self._layers: list[str] = []
        self._images: dict[str, Image] = {}
        self._reaper = reaper
        reaper.watch_docker(host, run, self._where.own)

    def start(self, side: Side, tree: Path, service: Service, again: Again | None = None
              ) -> DockerService:
        client = connect(self._host)  # one a thread: the SDK's session is not shared safely
        labels = {LABEL_RUN: self._run, LABEL_SIDE: str(side)}
        name = f"gatekeeper-{self._run}-{side}" + (f"-{again.name}" if again else "")
        built = f"{tree} {service.build} {service.image}"
        try:
            look_for_gpus(client.info() if service.resources.gpus else {}, service.resources.gpus)
            files = self._weights.fetch_all(side, service.models)
            image = self._images.get(built) or self._image(client, side, tree, service, name,
                                                           labels)
            self._images[built] = image
            if self._cancelled.is_set():
                raise StartFailed(CANCELLED)
            given = {**_hardening(service, self._processors(client, side, service)),
                     "mounts": mount_weights(client, self._where, files, image.id, name, labels),
                     **own_command(again)}
            self._progress.say(f"{side}: starting the container")
            if again and isinstance(again.beside, DockerService):
                return again.beside.joined_by(client, image.id, name, labels, given)
            running = self._container(client, image.id, service, given, name, labels)
            running.about = {**image.about, **told_of(service.models)}
            return running
        except APIError as error:
            words = words_of(error)
            raise StartFailed(StartFailure(
                f"the engine would not start it: {words[:240]}{look_for(words)}", fault_of(error),
                words)) from None
        except RequestException as error:
            raise StartFailed(StartFailure(f"the engine did not answer: {error}",
                                           Fault.WORLD)) from None

    def _made(self, layer: str) -> None:
        self._layers.append(layer)
        self._reaper.watch_layer(self._host, layer)

    def _image(
        self, client: docker.DockerClient, side: Side, tree: Path, service: Service, name: str,
        labels: dict[str, str],
    ) -> Image:
        if service.build:
            folder = build_folder(tree, service.build)
            self._progress.say(f"{side}: building the image")
            job = Job(client, str(side), folder, service.build, f"{name}:latest", labels,
                      self._progress, self._cancelled, self._made, self._reaper.watch_group,
                      self._build_args, service.built_with)
            return Image(build_image(job, self._builder), {})
        if not service.image:
            raise StartFailed(StartFailure(
                "the manifest has neither `service.build` nor `service.image`", Fault.WORLD,
                "add one, or run with --runtime process"))
        return find_image(client, service.image,
                          lambda words: self._progress.say(f"{side}: {words}"))

    def _processors(self, client: docker.DockerClient, side: Side, service: Service) -> float:
        """The ceiling on processors. The engine refuses one that is above what it has."""
        wanted = service.resources.cpus
        there = float(client.info().get("NCPU") or wanted)
        if wanted > there:
            self._progress.say(f"{side}: `service.resources.cpus` is {wanted:g}, and the engine "
                               f"has {there:g}: the ceiling is {there:g}")
        return min(wanted, there)

    def _container(
        self, client: docker.DockerClient, image: str, service: Service, further: dict[str, Any],
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
            **further,
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
        self._weights.cancel()

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
        "device_requests": device_requests(limits.gpus),
        "log_config": LogConfig(type="json-file", config={"max-size": "5m", "max-file": "1"}),
    }
