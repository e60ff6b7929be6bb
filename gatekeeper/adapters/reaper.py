"""A child that outlives us just long enough to clean up after us.

It reads what to watch from a pipe. When the pipe ends without a word of release, for instance
because the gate was killed, it removes what is left: process groups, containers, networks and
images by this run's label, and scratch folders. Nothing of another run carries that label.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from gatekeeper.adapters.waiting import wait_until

LOOKS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds between one look for leftovers and the next."""


class Reaper:
    """The parent's end. Starts the child with the first thing there is to watch."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._released = False

    def watch_group(self, group: int) -> None:
        """Kill this process group if we are gone."""
        self._tell({"group": group})

    def watch_docker(self, host: str, run: str) -> None:
        """Remove what carries this run's label if we are gone."""
        self._tell({"docker": host, "run": run})

    def watch_folder(self, folder: Path) -> None:
        """Remove this folder if we are gone."""
        self._tell({"folder": str(folder)})

    def _tell(self, word: dict[str, object]) -> None:
        if self._child is None:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "gatekeeper.adapters.reaper"], stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                cwd="/",
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            )
        if self._child.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._child.stdin.write(json.dumps(word).encode() + b"\n")
                self._child.stdin.flush()

    def release(self) -> None:
        """Everything was cleaned up: the child has nothing left to do."""
        self._released = True
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


def main() -> None:
    """The child: watch until released, reap when the pipe just ends."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    parent = os.getppid()
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
    main()
