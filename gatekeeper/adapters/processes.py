"""The process runtime: `service.command` under a supervisor, in a private copy of the tree.

For a desk only. It runs the change's code as the user, with an environment of its own and nothing
else between them; its evidence cannot release.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from gatekeeper.adapters.listening import addresses_of
from gatekeeper.adapters.reaper import TERM, Reaper, start_child
from gatekeeper.adapters.stop_clock import StopClock
from gatekeeper.adapters.waiting import wait_until
from gatekeeper.adapters.weights import Weights, told_of
from gatekeeper.drill.ports import Vitals
from gatekeeper.errors import CouldNotMeasure
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

LOG_TAIL = 4000
_OURS = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)
"""What this machine has run out of."""
_KEPT = ("LANG", "LC_ALL", "TZ", "SSL_CERT_FILE")


def free_port() -> int:
    """A port nobody listens on right now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def port_is_closed(port: int) -> bool:
    """Whether nobody answers on a loopback port."""
    with socket.socket() as sock:
        sock.settimeout(1)
        return sock.connect_ex(("127.0.0.1", port)) != 0


def log_tail(log: Path) -> str:
    """The last lines of a log, decoded, bounded."""
    with log.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(file.tell() - LOG_TAIL, 0))
        return file.read().decode("utf-8", "replace")


class Supervised:
    """Our end of a supervisor: what it was told to run, and what it has said of it."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._child = start_child(subprocess.PIPE, "supervise")
        self.begun = threading.Event()
        self.ended = threading.Event()
        self.over = threading.Event()
        self.said: dict[str, Any] = {}
        self.order(json.dumps(job).encode() + b"\n")
        threading.Thread(target=self._listen, daemon=True, name="supervised").start()

    def _listen(self) -> None:
        if self._child.stdout is not None:
            for line in self._child.stdout:
                self.said |= json.loads(line)
                self.begun.set()
                if "ended" in self.said:
                    self.ended.set()
            self._child.stdout.close()
        self._child.wait()
        for event in (self.begun, self.ended, self.over):
            event.set()

    def order(self, words: bytes) -> None:
        if self._child.stdin is not None:
            with contextlib.suppress(OSError, ValueError):  # it is gone, or it was told to end
                self._child.stdin.write(words)
                self._child.stdin.flush()

    def kill(self) -> None:
        """End the pipe, and with it all that is left."""
        if self._child.stdin is not None:
            with contextlib.suppress(OSError):
                self._child.stdin.close()


class ProcessService:
    """One started command with everything that came of it; see `ports.RunningService`."""

    def __init__(self, supervised: Supervised, command: list[str], port: int, log: Path,
                 about: dict[str, Any]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._supervised = supervised
        self._command = command
        self.port = port
        self._log = log
        self._about = about

    def life(self) -> Life:
        if not self._supervised.ended.is_set():
            return Life(True)
        code = self._supervised.said.get("ended")
        if code is None:
            return Life(False, words="the process was lost: somebody killed its supervisor")
        words = f"the process ended with {'signal' if code < 0 else 'exit code'} {abs(code)}"
        return Life(False, 128 - code if code < 0 else code, words=words)

    def logs(self) -> str:
        return log_tail(self._log)

    def identity(self) -> dict[str, Any]:
        return {"command": self._command, **self._about}

    def exposure(self) -> Exposure:
        addresses = addresses_of(self.port)
        if not addresses:
            return Exposure(None, "which addresses it listens on cannot be told")
        if all(address.is_loopback for address in addresses):
            return Exposure(True, "it listens on loopback alone")
        return Exposure(None, "as a process it listens on every address of this machine; in a "
                        "container it is published on loopback alone")

    def stop(self, grace: float) -> StopProof:
        """SIGTERM to the group, grace, SIGKILL to what is left wherever it has gone, and the
        supervisor's word that the kernel knows of no child any more."""
        supervised, clock = self._supervised, StopClock()
        supervised.order(TERM + b"\n")
        clock.signalled()
        killed = not supervised.ended.wait(grace)
        if killed:
            supervised.kill()
        clock.did("ended")
        over = supervised.over.wait(10)
        clock.did("removed")
        supervised.kill()
        if "gone" not in supervised.said and "started" in supervised.said:
            with contextlib.suppress(OSError):  # the supervisor was killed: what can still be found
                os.killpg(supervised.said["started"], signal.SIGKILL)
        gone = {
            "process": over and supervised.said.get("gone") is True,
            "port": wait_until(lambda: port_is_closed(self.port), 2),
        }
        clock.did("looked")
        return StopProof(supervised.said.get("ended"), killed, clock.steps["removed"], gone,
                         clock.steps, clock.signalled_at)

    def vitals(self) -> Vitals:
        with contextlib.suppress(OSError, IndexError):
            told = Path(f"/proc/{self._group}/stat").read_text("utf-8", "replace")
            state = "paused" if told.rpartition(")")[2].split()[0] == "T" else "running"
            return Vitals(state, disk_free=shutil.disk_usage(self._log.parent).free)
        return Vitals(disk_free=shutil.disk_usage(self._log.parent).free)

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def disconnect(self) -> None:
        raise CouldNotMeasure("a process has no network of its own to be taken off")

    def memory_used(self) -> int:
        raise CouldNotMeasure("a process has no ceiling on its memory")

    @property
    def _group(self) -> int:
        return int(self._supervised.said.get("started", 0))

    def _signal(self, number: signal.Signals) -> None:
        if not self._group:
            raise CouldNotMeasure("the process was never started")
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(self._group, number)

    def end(self) -> None:
        """Stop what was not stopped."""
        if not self._supervised.over.is_set():
            self.stop(0)
        self._supervised.kill()


class ProcessRuntime:
    """Starts services as process groups; see `ports.Runtime`."""

    name = "process"

    def __init__(self, scratch: Path, reaper: Reaper, progress: Progress, weights: Weights
                 ) -> None:
        self._scratch = scratch
        self._reaper = reaper
        self._progress = progress
        self._weights = weights
        self._running: list[ProcessService] = []
        self._cancelled = threading.Event()

    def start(self, side: Side, tree: Path, service: Service, again: Again | None = None
              ) -> ProcessService:
        if not service.command:
            raise StartFailed(StartFailure(
                "the manifest has no `service.command`, which the process runtime starts",
                Fault.WORLD, "add it, or run with --runtime docker"))
        if self._cancelled.is_set():
            raise StartFailed(CANCELLED)
        holder = again.beside if again else None
        port = holder.port if isinstance(holder, ProcessService) else free_port()
        name = f"{side}-{again.name}" if again else str(side)
        service = self._with_weights(side, name, service)
        home = self._scratch / f"{name}-home"
        home.mkdir()
        log = self._scratch / f"{name}.log"
        wanted = again.command if again and again.command else service.command
        command = [part.replace("{port}", str(port)) for part in wanted]
        self._progress.say(f"{side}: starting {' '.join(command)}")
        try:
            supervised = Supervised({"command": command, "folder": str(tree), "log": str(log),
                                      "environment": _environment(service, port, home)})
        except OSError as error:
            raise StartFailed(StartFailure(
                f"its supervisor cannot be started: {error.strerror}", Fault.WORLD)) from None
        running = ProcessService(supervised, command, port, log, told_of(service.models))
        self._running.append(running)
        supervised.begun.wait()
        said = supervised.said
        if "started" not in said:
            ours = "failed" not in said or said.get("errno") in _OURS
            raise StartFailed(StartFailure(
                f"its command cannot be started: {said.get('failed', 'no supervisor')}: "
                f"{command[0]}", Fault.WORLD if ours else Fault.CHANGE))
        self._reaper.watch_group(said["started"])
        return running

    def _with_weights(self, side: Side, name: str, service: Service) -> Service:
        """The service with its files where they are: a mount's path means nothing on this machine,
        so it is replaced in the command and in the environment. By a link that keeps its name."""
        files = self._weights.fetch_all(side, service.models)
        links = {}
        for model, path in files.items():
            link = Path(f"{self._scratch / name}-models{model.mount}")
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path)
            links[model.mount] = str(link)
        # The longest first: one mount's path may be the beginning of another's.
        swaps = sorted(links.items(), key=lambda pair: -len(pair[0]))

        def here(value: Any) -> Any:
            for mount, link in swaps if isinstance(value, str) else ():
                value = value.replace(mount, link)
            return value

        return replace(service, command=tuple(map(here, service.command)),
                       environment={key: here(value)
                                    for key, value in service.environment.items()})

    def describe(self) -> dict[str, Any]:
        return {"runtime": "process", "python": platform.python_version(),
                "system": platform.platform()}

    def cancel(self) -> None:
        self._cancelled.set()
        self._weights.cancel()

    def close(self) -> None:
        for service in self._running:
            service.end()
        self._running.clear()


def _environment(service: Service, port: int, home: Path) -> dict[str, str]:
    """An environment of the service's own. The folder of our interpreter comes first on the path,
    so that `python` names the same one whether or not a virtual environment is active."""
    path = os.pathsep.join((os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)))
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "PATH": path, "HOME": str(home), "TMPDIR": str(home), "PORT": str(port),
            "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", **service.environment}
