"""The container in which an own check runs: no network, nothing to write to, no capabilities, and
ceilings on memory, processes, time and output.

Nothing is mounted: the check and the replies go in through standard input, because the engine may
not see our files. Answers come back through the same stream, and whatever is left when the time is
up is killed. The container carries the run's label, so that what a killed gate leaves is found.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import docker
from docker.errors import APIError, ImageNotFound
from docker.models.containers import Container
from docker.types import LogConfig, Ulimit
from requests.exceptions import RequestException

from gatekeeper.adapters.docker_cleanup import LABEL_RUN, connect, docker_host
from gatekeeper.adapters.docker_faults import words_of
from gatekeeper.adapters.reaper import Reaper
from gatekeeper.adapters.whereabouts import find_whereabouts
from gatekeeper.errors import CouldNotMeasure
from gatekeeper.manifest.witnesses import OwnChecks
from gatekeeper.ports import Ran

MAX_OUTPUT = 4 * 1024**2
"""Bytes that a check may write to both streams together."""
MAX_STDERR = 2000
"""Bytes of its last words that are kept."""
_PROGRAM = Path(__file__).with_name("own_check_runner.py")
_STDERR = 2
_HEADER = 8
"""Bytes before each piece of an attached stream: which one, and how long ("Attach to a container",
stream format, in the engine's API)."""


def run_own_check(run: str, reaper: Reaper, limits: OwnChecks, given: bytes) -> Ran:
    """Run one check on its input, to its end; CouldNotMeasure where there is no engine, or no
    image. `run` marks the container as this run's."""
    host = docker_host()
    with contextlib.closing(connect(host)) as client:
        reaper.watch_docker(host, run, find_whereabouts(client).own)
        try:
            image = _image(client, limits.image)
            container = client.containers.create(
                image, labels={LABEL_RUN: run}, entrypoint=["python3", "-I", "-B", "-c"],
                command=[_PROGRAM.read_text("utf-8")], stdin_open=True, **_hardening(limits),
            )
        except APIError as error:
            raise CouldNotMeasure("the engine would not make a container for an own check: "
                                  f"{words_of(error)[:240]}") from None
        except RequestException as error:
            raise CouldNotMeasure(f"the engine did not answer: {error}") from None
        try:
            return _talk(container, given, limits)
        except (APIError, RequestException, OSError) as error:
            raise CouldNotMeasure(f"the container of an own check was lost: {error}") from None
        finally:
            with contextlib.suppress(APIError, RequestException):
                container.remove(force=True, v=True)


def _image(client: docker.DockerClient, name: str) -> Any:
    with contextlib.suppress(ImageNotFound):
        return client.images.get(name)
    try:
        return client.images.pull(name)
    except APIError as error:
        raise CouldNotMeasure(f"the image of own checks, {name}, is not on the engine and cannot "
                              f"be pulled: {words_of(error)[:160]}") from None


def _hardening(limits: OwnChecks) -> dict[str, Any]:
    return {
        "network_mode": "none",
        "ipc_mode": "none",  # no /dev/shm either: there is no place to write to
        "read_only": True,
        "user": "65534:65534",
        "working_dir": "/",
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "init": True,
        "mem_limit": limits.memory,
        "memswap_limit": limits.memory,
        "nano_cpus": 10**9,
        "pids_limit": limits.processes,
        "ulimits": [Ulimit(name="core", soft=0, hard=0), Ulimit(name="nofile", soft=256, hard=256)],
        "log_config": LogConfig(type="none"),
    }


def _talk(container: Container, given: bytes, limits: OwnChecks) -> Ran:
    """Hand over the input and read until the end, the deadline, or too much."""
    wanted = dict.fromkeys(("stdin", "stdout", "stderr", "stream"), 1)
    stream: Any = container.attach_socket(params=wanted)
    line: socket.socket = getattr(stream, "_sock", stream)
    line.settimeout(None)
    try:
        container.start()
        threading.Thread(target=_send, args=(line, given), daemon=True).start()
        reader = _Reader(line, monotonic() + limits.timeout)
        out, err = bytearray(), bytearray()
        for kind, piece in reader.pieces():
            if kind == _STDERR:
                err = (err + piece)[-MAX_STDERR:]
            else:
                out += piece
    finally:
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)  # the sender must not wait for whoever reads no more
        stream.close()
        line.close()
    ended = {"late": f"took longer than {limits.timeout:g} s and was stopped",
             "loud": f"wrote more than {MAX_OUTPUT} bytes and was stopped"}.get(reader.cut, "")
    return Ran(bytes(out), ended or _ended(container), err.decode("utf-8", "replace"))


def _send(line: socket.socket, given: bytes) -> None:
    with contextlib.suppress(OSError):  # a check that has ended does not read on
        line.sendall(given)


class _Reader:
    """The pieces of an attached stream, up to its limits."""

    def __init__(self, line: socket.socket, deadline: float) -> None:
        self._line = line
        self._deadline = deadline
        self._left = MAX_OUTPUT
        self.cut = ""
        """`late` or `loud` where a limit ended it."""

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        """Which stream, and what it said."""
        while header := self._exactly(_HEADER):
            kind, length = header[0], int.from_bytes(header[4:], "big")
            while length:
                piece = self._some(min(length, 65536))
                if not piece:
                    return
                self._left -= len(piece)
                if self._left < 0:
                    self.cut = "loud"
                    return
                length -= len(piece)
                yield kind, piece

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self._some(count - len(data))
            if not more:
                return b""
            data += more
        return data

    def _some(self, most: int) -> bytes:
        """What is there; empty at the end, or when the time is up."""
        poll = select.poll()
        poll.register(self._line, select.POLLIN)
        left = self._deadline - monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            self.cut = "late"
            return b""
        return self._line.recv(most)


def _ended(container: Container) -> str:
    """How it ended, in words; empty where it ended well."""
    code = container.wait(timeout=10)["StatusCode"]
    container.reload()
    if container.attrs["State"].get("OOMKilled"):
        return "was killed for memory: raise `own_checks.memory` or use less"
    return f"ended with exit code {code}" if code else ""
