"""What is on the engine, and runs that are stopped in the middle."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import uuid
from ipaddress import ip_network
from pathlib import Path

import docker

from gatekeeper.adapters.docker_cleanup import LABEL_RUN
from gatekeeper.adapters.waiting import wait_until


def of_run(engine: docker.DockerClient, run: str) -> set[str]:
    """Everything on the engine that one run made, by kind and name."""
    wanted: dict[str, str | list[str] | bool] = {"label": f"{LABEL_RUN}={run}"}
    containers = engine.containers.list(all=True, filters=wanted, ignore_removed=True)
    found = {f"container {container.name}" for container in containers}
    found |= {f"network {network.name}" for network in engine.networks.list(filters=wanted)}
    return found | {f"image {image['Id']}" for image in engine.api.images(filters=wanted)}


def gateway(engine: docker.DockerClient) -> str:
    """The address at which containers on the default bridge reach this machine."""
    bridge = engine.networks.get("bridge").attrs["IPAM"]["Config"][0]
    return str(bridge.get("Gateway") or next(ip_network(bridge["Subnet"]).hosts()))


def endless() -> str:
    """A command that does not end by itself, and that no other test runs."""
    return f"sleep {10**8 + uuid.uuid4().int % 10**8}"


def is_run(engine: docker.DockerClient, words: str) -> bool:
    """Whether a command with these words runs in a container, or in a step of BuildKit's, whose
    containers no list shows: on an engine of this machine its processes can be seen."""
    containers = engine.containers.list(ignore_removed=True)
    if any(words in " ".join(one.attrs["Args"]) for one in containers):
        return True
    return any(words in _command(place) for place in Path("/proc").iterdir()
               if place.name.isdigit() and place.name != str(os.getpid()))


def _command(place: Path) -> str:
    with contextlib.suppress(OSError):
        words = (place / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        return " ".join(words) if words[0] == "sleep" else ""
    return ""


class Running:
    """A `gatekeeper run` that has been started and not yet ended."""

    def __init__(self, *args: str, cwd: Path, **environment: str) -> None:
        self._said = cwd.parent / f"said-{len(list(cwd.parent.iterdir()))}.txt"
        with self._said.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-m", "gatekeeper", "run", *args], cwd=cwd, stdout=out,
                stderr=out, env={**os.environ, "NO_COLOR": "1", **environment},
            )

    @property
    def said(self) -> str:
        """Everything it has printed so far."""
        return self._said.read_text("utf-8", "replace")

    def wait_until_it_says(self, words: str) -> None:
        """Wait until its progress has come to this point."""
        wait_until(lambda: words in self.said or self.process.poll() is not None, 120)
        assert words in self.said, self.said

    def send(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)

    def end(self) -> int:
        """Wait for the end; the exit code."""
        return self.process.wait(240)
