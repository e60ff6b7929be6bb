"""Children that look after what we start, and outlive us just long enough to clean up after us.

The reaper reads what to watch from a pipe. When the pipe ends without a word of release, for
instance because the gate was killed, it removes what is left: process groups, containers, networks
and images by this run's label, layers that have none yet, and scratch folders. Nothing of another
run carries that label.

A supervisor runs one command of the process runtime. Whatever comes of the command becomes its own
child in the end, also what has left its group and session, and it is not over before the kernel
says that it has no child left. When its pipe ends it kills them.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from gatekeeper.adapters.waiting import wait_until

TERM = b"term"
"""The order to ask the command to end. Any other, and none at all, means now."""
LINGER_SECONDS = 0.2
"""How long what a command started may outlive it, before it is killed."""
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
LOOKS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds between one look for leftovers and the next."""


def start_child(said: int, *args: str) -> subprocess.Popen[bytes]:
    """One of the children of this module, in a session of its own: no terminal's signal ends it."""
    return subprocess.Popen(
        [sys.executable, "-m", "gatekeeper.adapters.reaper", *args], stdin=subprocess.PIPE,
        stdout=said, stderr=subprocess.DEVNULL, start_new_session=True, cwd="/",
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


class Reaper:
    """The parent's end. Starts the child with the first thing there is to watch."""

    def __init__(self, note: Callable[[Mapping[str, object]], None] = lambda word: None) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._released = False
        self._note = note
        """Told what is on an engine, which outlives our container and with it our child."""

    def watch_group(self, group: int) -> None:
        """Kill this process group if we are gone."""
        self._tell({"group": group})

    def watch_docker(self, host: str, run: str, own: str) -> None:
        """Remove what carries this run's label if we are gone. `own` is the container we are in."""
        self._note({"docker": host, "run": run, "own": own})
        self._tell({"docker": host, "run": run})

    def watch_layer(self, host: str, layer: str) -> None:
        """Remove this layer of an unfinished build if we are gone; it carries no label."""
        self._note({"layers": host, "layer": layer})
        self._tell({"layers": host, "layer": layer})

    def watch_folder(self, folder: Path) -> None:
        """Remove this folder if we are gone."""
        self._tell({"folder": str(folder)})

    def _tell(self, word: dict[str, object]) -> None:
        if self._child is None:
            self._child = start_child(subprocess.DEVNULL, str(os.getpid()))
        if self._child.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._child.stdin.write(json.dumps(word).encode() + b"\n")
                self._child.stdin.flush()

    def release(self) -> None:
        """Everything was cleaned up: the child has nothing left to do."""
        self._released = True
        self._note({"released": True})
        if self._child is not None:
            self._tell({"released": True})

    def close(self) -> None:
        """End the pipe. A child that was not released reaps once we are gone."""
        if self._child is None:
            return
        if self._child.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._child.stdin.close()
        if self._released:
            self._child.wait(60)
        else:
            self._child.returncode = 0  # it outlives us: there is nothing to wait for
        self._child = None


def reap(words: list[dict[str, object]]) -> None:
    """Remove everything watched, each whatever happens to the others."""
    for word in words:
        with contextlib.suppress(Exception):
            if isinstance(group := word.get("group"), int):
                os.killpg(group, signal.SIGKILL)
            elif folder := word.get("folder"):
                shutil.rmtree(str(folder), ignore_errors=True)
            elif host := word.get("docker"):
                from gatekeeper.adapters.docker_cleanup import (  # noqa: PLC0415 - 100 ms
                    connect,
                    remove_run,
                )

                remove_run(connect(str(host)), str(word["run"]))
    with contextlib.suppress(Exception):
        _forget([word for word in words if "layer" in word])


def _forget(words: list[dict[str, object]]) -> None:
    if words:
        from gatekeeper.adapters.docker_cleanup import connect, forget_layers  # noqa: PLC0415

        layers = [str(word["layer"]) for word in words]
        forget_layers(connect(str(words[0]["layers"])), layers)


class _Supervisor:
    """One command and everything that comes of it."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._killing = False
        self._patience: float | None = None
        """When what the command has left behind is killed."""

    def obey(self, heard: bytes) -> None:
        """An order of the parent's, or the end of its pipe."""
        if heard.strip() == TERM:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGTERM)
        else:
            self._killing = True

    def look(self) -> float | None:
        """Take note of who has ended, kill who must; seconds until the next look, None while only
        news would be a reason. ChildProcessError once nobody is left."""
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == self._pid:
                _say(ended=os.waitstatus_to_exitcode(ended[1]))
                self._patience = monotonic() + LINGER_SECONDS
                _signal_children(signal.SIGTERM)
        if self._killing or (self._patience is not None and monotonic() > self._patience):
            _signal_children(signal.SIGKILL)
            return 0.01
        return None if self._patience is None else LINGER_SECONDS / 10


def _children() -> Iterator[int]:
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with contextlib.suppress(OSError, ValueError):
                words = (place / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
                if int(words[1]) == os.getpid():
                    yield int(place.name)


def _signal_children(number: signal.Signals) -> None:
    for pid in _children():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _say(**word: Any) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(1, json.dumps(word).encode() + b"\n")


def _heed_signals() -> int:
    """A pipe that can be read whenever a child has ended. Handlers, not SIG_IGN: what is ignored
    stays ignored in a command that is started."""
    news, into = os.pipe()
    os.set_blocking(news, False)
    os.set_blocking(into, False)
    signal.set_wakeup_fd(into, warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    return news


def supervise() -> None:
    """The supervisor: the first line of its pipe is what to run."""
    news = _heed_signals()
    if ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0):
        return  # what leaves the command's family would be nobody's here: nothing could be proven
    job = b""
    while not job.endswith(b"\n"):
        if not (more := os.read(0, 65536)):
            return
        job += more
    told = json.loads(job)
    try:
        with open(told["log"], "wb") as out:
            process = subprocess.Popen(
                told["command"], cwd=told["folder"], env=told["environment"], stdout=out,
                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
            )
    except (OSError, ValueError) as error:
        _say(failed=getattr(error, "strerror", None) or str(error),
             errno=getattr(error, "errno", None))
        return
    _say(started=process.pid)
    supervisor, orders = _Supervisor(process.pid), [0]
    with contextlib.suppress(ChildProcessError):
        while True:
            ready = select.select([*orders, news], [], [], supervisor.look())[0]
            if news in ready:
                os.read(news, 65536)
            if 0 in ready:
                heard = os.read(0, 65536)
                supervisor.obey(heard)
                orders = orders if heard else []
    _say(gone=True)


def main() -> None:
    """The child: watch until released, reap when the pipe just ends."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    parent = int(sys.argv[1])  # told, because it may be gone before this line is reached
    words: list[dict[str, object]] = []
    for line in sys.stdin:
        word = json.loads(line)
        if word.get("released"):
            return
        words.append(word)
    # The pipe can end before the parent does, and the engine goes on for a moment with what it was
    # asked to build or create: hence the wait, and more than one look.
    wait_until(lambda: os.getppid() != parent, 60)
    for pause in LOOKS:
        wait_until(lambda: False, pause)
        reap(words)


if __name__ == "__main__":
    supervise() if sys.argv[1:] == ["supervise"] else main()
