"""A service that runs elsewhere, at its manifest's `url`: started and stopped by the commands that
base's policy declares, and asked through whatever leads there.

The commands run in an empty folder with an environment of their own: no token, nothing of the
change's tree. What `start` leaves running here (a tunnel) is its supervisor's, and ends with us.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from gatekeeper.adapters.elsewhere import ServiceElsewhere
from gatekeeper.adapters.processes import Supervised, log_tail
from gatekeeper.adapters.reaper import TERM, Reaper
from gatekeeper.adapters.waiting import wait_until
from gatekeeper.manifest.service import Service
from gatekeeper.model import Fault, Side
from gatekeeper.ports import (
    CANCELLED,
    URL_RUNTIME,
    Again,
    Life,
    Progress,
    StartFailed,
    StartFailure,
    StopProof,
)

KEPT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "SSH_AUTH_SOCK")
"""All that a declared command is told of our environment, beside GATEKEEPER_COMMIT."""
LEAST_GRACE = 3.0
"""Seconds that a stop command has even where the run was interrupted: the other end costs money."""
LOOK_SECONDS = 2.0
STAYS_SECONDS = 1.0
"""How long an address must stay dark: what is started again at once was not stopped."""
FOR_A_FORK = StartFailure(
    "a fork's change names the address that would be asked: a service at a `url` is not asked for "
    "a fork", Fault.WORLD, "run the branch yourself, at a desk")
_OUR_NETWORK = (errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EMFILE)


def is_dark(url: str, path: str) -> bool:
    """Whether nothing answers at an address: no connection, or one that is hung up on without a
    byte, as a tunnel does whose other end is gone. Silence on an open connection is no proof, and
    neither is a network of ours that is down."""
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    request = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
    try:
        line = socket.create_connection((host, parts.port or (443 if secure else 80)),
                                        LOOK_SECONDS)
    except socket.gaierror:
        return False
    except OSError as error:
        return error.errno not in _OUR_NETWORK
    try:
        with line:
            if secure:
                line = ssl.create_default_context().wrap_socket(line, server_hostname=host)
            line.sendall(request.encode())
            return line.recv(1) == b""
    except TimeoutError:
        return False
    except ssl.SSLError as error:
        return isinstance(error, ssl.SSLEOFError)
    except OSError:
        return True
    finally:
        line.close()


def _cannot_run(what: str, words: str) -> StartFailed:
    return StartFailed(StartFailure(f"the declared {what} command cannot be run: {words}",
                                    Fault.WORLD))


NO_COPY = StartFailure("its commands start and stop the one service there is, and no copy of it",
                       Fault.WORLD)


class CommandedService(ServiceElsewhere):
    """One service elsewhere; see `ports.RunningService`."""

    def __init__(self, runtime: Commanded, service: Service, started: Supervised | None) -> None:
        super().__init__(service.url)
        self._runtime = runtime
        self._service = service
        self._started = started

    def life(self) -> Life:
        code = self._started.said.get("ended") if self._started else None
        if code:
            return Life(False, code, words=f"the declared start command ended with {code}")
        return Life(True)

    def logs(self) -> str:
        return log_tail(self._runtime.log("start")) if self._started else ""

    def identity(self) -> dict[str, Any]:
        return {"url": self.url, "declared": True, "start": list(self._service.start),
                "stop": list(self._service.stop.command)}

    def stop(self, grace: float) -> StopProof | None:
        """The declared command, then a look whether the address is dark, while what `start` left
        running here still leads there; then that ends too."""
        command, started = self._service.stop.command, monotonic()
        if not command:
            self.end()
            return None
        deadline = started + max(grace, LEAST_GRACE)
        try:
            stopping = self._runtime.run("stop", command)
        except StartFailed:
            gone = {"address": is_dark(self.url, self._service.ready.path), **self.end()}
            return StopProof(None, False, monotonic() - started, gone)
        killed = not stopping.ended.wait(max(deadline - monotonic(), 0))
        path = self._service.ready.path
        dark = wait_until(lambda: is_dark(self.url, path), max(deadline - monotonic(), 0))
        # wait_until ends at once where something answers again.
        dark = dark and not wait_until(lambda: not is_dark(self.url, path), STAYS_SECONDS)
        seconds = monotonic() - started
        stopping.kill()
        gone = {"address": dark, **self.end()}
        return StopProof(stopping.said.get("ended"), killed, seconds, gone)

    def end(self) -> dict[str, bool]:
        """End what `start` left running on this machine."""
        if self._started is None:
            return {}
        self._started.order(TERM + b"\n")
        self._started.ended.wait(LEAST_GRACE)
        self._started.kill()
        over = self._started.over.wait(10)
        gone = {"start command": over and self._started.said.get("gone") is True}
        self._started = None
        return gone


class Commanded:
    """The runtime of services with a `url`; see `ports.Runtime`."""

    name = URL_RUNTIME

    def __init__(
        self, scratch: Path, reaper: Reaper, progress: Progress, commit: str, fork: bool,
        withheld: str,
    ) -> None:
        self._scratch = scratch
        self._reaper = reaper
        self._progress = progress
        self._commit = commit
        self._fork = fork
        self._withheld = withheld
        self._running: list[CommandedService] = []
        self._cancelled = False

    def start(self, side: Side, tree: Path, service: Service, again: Again | None = None
              ) -> CommandedService:
        if again is not None and (service.start or service.stop.command):
            raise StartFailed(NO_COPY)
        if self._fork:
            raise StartFailed(FOR_A_FORK)
        if self._cancelled:
            raise StartFailed(CANCELLED)
        declared = bool(service.start or service.stop.command)
        if declared and self._withheld:
            self._progress.say(f"{side}: the declared commands are not run: {self._withheld}")
        started = None
        if service.start:
            self._progress.say(f"{side}: running the declared start command")
            started = self.run("start", service.start)
        running = CommandedService(self, service, started)
        self._running.append(running)
        return running

    def run(self, what: str, command: tuple[str, ...]) -> Supervised:
        """Run a declared command under a supervisor; StartFailed where it cannot be run."""
        folder = self._scratch / f"declared-{what}"
        folder.mkdir(exist_ok=True)
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        job = {"command": list(command), "folder": str(folder), "log": str(self.log(what)),
               "environment": {**environment, "GATEKEEPER_COMMIT": self._commit}}
        try:
            supervised = Supervised(job)
        except OSError as error:
            raise _cannot_run(what, f"its supervisor cannot be started: {error.strerror}") from None
        supervised.begun.wait()
        if "started" not in supervised.said:
            words = supervised.said.get("failed", "no supervisor")
            raise _cannot_run(what, f"{words}: {command[0]}")
        self._reaper.watch_group(supervised.said["started"])
        return supervised

    def log(self, what: str) -> Path:
        """Where a declared command's words are kept while the run lasts."""
        return self._scratch / f"declared-{what}.log"

    def describe(self) -> dict[str, Any]:
        return {"runtime": URL_RUNTIME}

    def cancel(self) -> None:
        self._cancelled = True

    def close(self) -> None:
        for service in self._running:
            service.end()
        self._running.clear()
