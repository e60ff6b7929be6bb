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
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from gatekeeper.adapters.reaper import TERM, Reaper, start_child
from gatekeeper.adapters.stop_clock import StopClock
from gatekeeper.adapters.waiting import wait_until
from gatekeeper.manifest.service import Service
from gatekeeper.model import Fault, Side
from gatekeeper.ports import CANCELLED, Life, Progress, StartFailed, StartFailure, StopProof

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


class _Supervised:
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

    def __init__(self, supervised: _Supervised, command: list[str], port: int, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._supervised = supervised
        self._command = command
        self._port = port
        self._log = log

    def life(self) -> Life:
        if not self._supervised.ended.is_set():
            return Life(True)
        code = self._supervised.said.get("ended")
        if code is None:
            return Life(False, words="the process was lost: somebody killed its supervisor")
        words = f"the process ended with {'signal' if code < 0 else 'exit code'} {abs(code)}"
        return Life(False, 128 - code if code < 0 else code, words=words)

    def logs(self) -> str:
        with self._log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(file.tell() - LOG_TAIL, 0))
            return file.read().decode("utf-8", "replace")

    def identity(self) -> dict[str, Any]:
        return {"command": self._command}

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
            "port": wait_until(lambda: port_is_closed(self._port), 2),
        }
        clock.did("looked")
        return StopProof(supervised.said.get("ended"), killed, clock.steps["removed"], gone,
                         clock.steps, clock.signalled_at)

    def end(self) -> None:
        """Stop what was not stopped."""
        if not self._supervised.over.is_set():
            self.stop(0)
        self._supervised.kill()


class ProcessRuntime:
    """Starts services as process groups; see `ports.Runtime`."""

    name = "process"

    def __init__(self, scratch: Path, reaper: Reaper, progress: Progress) -> None:
        self._scratch = scratch
        self._reaper = reaper
        self._progress = progress
        self._running: list[ProcessService] = []
        self._cancelled = threading.Event()

    def start(self, side: Side, tree: Path, service: Service) -> ProcessService:
        if not service.command:
            raise StartFailed(StartFailure(
                "the manifest has no `service.command`, which the process runtime starts",
                Fault.WORLD, "add it, or run with --runtime docker"))
        if self._cancelled.is_set():
            raise StartFailed(CANCELLED)
        port = free_port()
        home = self._scratch / f"{side}-home"
        home.mkdir()
        log = self._scratch / f"{side}.log"
        command = [part.replace("{port}", str(port)) for part in service.command]
        self._progress.say(f"{side}: starting {' '.join(command)}")
        try:
            supervised = _Supervised({"command": command, "folder": str(tree), "log": str(log),
                                      "environment": _environment(service, port, home)})
        except OSError as error:
            raise StartFailed(StartFailure(
                f"its supervisor cannot be started: {error.strerror}", Fault.WORLD)) from None
        running = ProcessService(supervised, command, port, log)
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

    def describe(self) -> dict[str, Any]:
        return {"runtime": "process", "python": platform.python_version(),
                "system": platform.platform()}

    def cancel(self) -> None:
        self._cancelled.set()

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
