"""Where a README is rehearsed: a clean checkout with an environment of its own, on this machine or
in a clean container. What is started in it goes with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from secrets import token_hex
from shlex import quote

from gatekeeper.adapters.terminals import Terminal
from gatekeeper.errors import CouldNotMeasure

_KEPT = ("PATH", "DOCKER_HOST")
_INSIDE = "/rehearsal"
PROBE_SECONDS = 5.0


class Here:
    """On this machine, with a home of its own and nothing of the caller's environment but the way
    to programs and to Docker."""

    def __init__(self, checkout: Path, scratch: Path) -> None:
        self._checkout = checkout
        home = scratch / "home"
        home.mkdir()
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self._environment = {**kept, "HOME": str(home), "TMPDIR": str(home), "LC_ALL": "C.UTF-8",
                             "TERM": "dumb"}
        self._terminals: list[Terminal] = []

    def terminal(self, folder: str) -> Terminal:
        """A new one, in a folder of the checkout."""
        made = Terminal(["bash", "--noprofile", "--norc"], self._checkout / folder,
                        self._environment)
        self._terminals.append(made)
        return made

    def run(self, script: str) -> str:
        """What a short script prints; empty where it fails or takes too long."""
        return _output(["bash", "--noprofile", "--norc", "-c", script], self._environment)

    def close(self) -> None:
        """End everything that was started here."""
        for terminal in self._terminals:
            terminal.close()


class Inside:
    """In a new container of an image that has bash, through the docker client."""

    def __init__(self, checkout: Path, image: str) -> None:
        self._docker = shutil.which("docker") or ""
        if not self._docker:
            raise CouldNotMeasure("there is no docker client for --container",
                                  "install one, or rehearse without it")
        self._name = f"gatekeeper-rehearsal-{token_hex(6)}"
        self._terminals: list[Terminal] = []
        self._do("run", "--detach", "--init", "--name", self._name, "--entrypoint", "sleep",
                 image, "infinity")
        try:
            self._do("cp", f"{checkout}/.", f"{self._name}:{_INSIDE}")
        except CouldNotMeasure:
            self.close()
            raise

    def _do(self, *args: str) -> None:
        done = subprocess.run([self._docker, *args], capture_output=True, text=True, check=False)
        if done.returncode:
            raise CouldNotMeasure(f"docker {args[0]} failed: {done.stderr.strip()[-300:]}")

    def _exec(self, *args: str) -> list[str]:
        return [self._docker, "exec", *args]

    def terminal(self, folder: str) -> Terminal:
        """A new one, in a folder of the checkout."""
        made = Terminal(self._exec("-i", "-w", f"{_INSIDE}/{folder}".rstrip("/"), self._name,
                                   "bash", "--noprofile", "--norc"), None, os.environ)
        self._terminals.append(made)
        return made

    def run(self, script: str) -> str:
        """What a short script prints; empty where it fails or takes too long."""
        return _output(self._exec(self._name, "bash", "-c", script), dict(os.environ))

    def close(self) -> None:
        """Remove the container with all that runs in it."""
        subprocess.run([self._docker, "rm", "--force", "--volumes", self._name],
                       capture_output=True, check=False)
        for terminal in self._terminals:
            terminal.close()


def _output(command: list[str], environment: dict[str, str]) -> str:
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True,
                              errors="replace", timeout=PROBE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout if done.returncode == 0 else ""


def answers(place: Here | Inside, port: int, path: str) -> bool:
    """Whether something says 200 there."""
    asked = quote(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
    said = place.run(f"exec 8<>/dev/tcp/127.0.0.1/{port} && printf %s {asked} >&8 && head -n 1 <&8")
    return said.split(" ")[1:2] == ["200"]
