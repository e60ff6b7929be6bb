"""The process runtime: `service.command` as a process group in a private copy of the tree.

For a desk only. It runs the change's code as the user, with an environment of its own and nothing
else between them; its evidence cannot release.
"""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic
from typing import Any

from gatekeeper.adapters.reaper import Reaper
from gatekeeper.adapters.waiting import wait_until
from gatekeeper.manifest.service import Service
from gatekeeper.model import Fault, Side
from gatekeeper.ports import CANCELLED, Life, Progress, StartFailed, StartFailure, StopProof

LOG_TAIL = 4000
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


def _group_is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


class ProcessService:
    """One started process group; see `ports.RunningService`."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._process = process
        self._port = port
        self._log = log

    def life(self) -> Life:
        code = self._process.poll()
        if code is None:
            return Life(True)
        words = f"the process ended with {'signal' if code < 0 else 'exit code'} {abs(code)}"
        return Life(False, 128 - code if code < 0 else code, words=words)

    def logs(self) -> str:
        with self._log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(file.tell() - LOG_TAIL, 0))
            return file.read().decode("utf-8", "replace")

    def identity(self) -> dict[str, Any]:
        return {"command": list(map(str, self._process.args))
                if isinstance(self._process.args, list) else [str(self._process.args)]}

    def stop(self, grace: float) -> StopProof:
        """SIGTERM to the group, grace, SIGKILL to what is left, and a look whether it is gone."""
        group, started, killed = self._process.pid, monotonic(), False
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGTERM)
        try:
            self._process.wait(grace)
        except subprocess.TimeoutExpired:
            killed = True
        if not wait_until(lambda: _group_is_gone(group), 0.2):
            killed = killed or self._process.poll() is None
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self._process.wait(10)
        seconds = monotonic() - started
        gone = {
            "process": wait_until(lambda: _group_is_gone(group), 5),
            "port": wait_until(lambda: port_is_closed(self._port), 2),
        }
        return StopProof(self._process.returncode, killed, seconds, gone)


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
            with log.open("wb") as out:
                process = subprocess.Popen(
                    command, cwd=tree, env=_environment(service, port, home),
                    stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as error:
            raise StartFailed(StartFailure(
                f"its command cannot be started: {error.strerror}: {command[0]}", Fault.CHANGE
            )) from None
        self._reaper.watch_group(process.pid)
        running = ProcessService(process, port, log)
        self._running.append(running)
        return running

    def describe(self) -> dict[str, Any]:
        return {"runtime": "process", "python": platform.python_version(),
                "system": platform.platform()}

    def cancel(self) -> None:
        self._cancelled.set()

    def close(self) -> None:
        for service in self._running:
            if service.life().running:
                service.stop(0)
        self._running.clear()


def _environment(service: Service, port: int, home: Path) -> dict[str, str]:
    """An environment of the service's own. The folder of our interpreter comes first on the path,
    so that `python` names the same one whether or not a virtual environment is active."""
    path = os.pathsep.join((os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)))
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "PATH": path, "HOME": str(home), "TMPDIR": str(home), "PORT": str(port),
            "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", **service.environment}
