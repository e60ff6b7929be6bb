"""A shell in which somebody types one block of commands after another, here or in a container."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from time import monotonic

SAID_LINES = 12
_LINE = re.compile(r"/dev/fd/9: line (\d{1,6}):")
_BEFORE = """set -eE -o pipefail
trap 'printf "\\n%s failed %s %s %s\\n" MARK "$?" "$LINENO" "$BASH_COMMAND"' ERR
"""


@dataclass(frozen=True, slots=True)
class Failed:
    """One command that did not do what it says."""

    line: int
    """0-based, within its block."""
    command: str
    code: int
    said: str
    """The last of what was printed."""


class Busy(Exception):
    """The block's last command still runs."""


class Terminal:
    """One shell. `start` is the command that starts a bash which reads from its input."""

    def __init__(self, start: Sequence[str], folder: Path | None, environment: Mapping[str, str]
                 ) -> None:
        self._mark = f"gatekeeper-{token_hex(8)}"
        self._count = 0
        self._read, write = os.pipe()
        self._process = subprocess.Popen(
            start, stdin=subprocess.PIPE, stdout=write, stderr=subprocess.STDOUT, cwd=folder,
            env=dict(environment), start_new_session=True)
        os.close(write)
        self._kept = b""

    def type(self, commands: str, seconds: float, meanwhile: Callable[[], bool]) -> Failed | None:
        """One block; what failed of it, None where nothing did. Busy when `meanwhile` says that it
        need not end, or after so many seconds."""
        self._count += 1
        done = f"{self._mark} done {self._count}"
        end, before = f"{self._mark}-end", _BEFORE.replace("MARK", self._mark)
        # Sourced, so that a line is counted from the block's first; and what reads its input does
        # not read what is typed next.
        script = (f"{before}source /dev/fd/9 9<<'{end}' </dev/null\n{commands}\n{end}\n"
                  f"printf '\\n%s\\n' '{done}'\n")
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(script.encode())
            self._process.stdin.flush()
        start, deadline = len(self._kept), monotonic() + seconds
        while True:
            ended = self._take(0.05)
            said = self._kept[start:]
            if f"\n{done}\n".encode() in said:
                return None
            if ended:
                return _failure(self._mark, commands, said.decode("utf-8", "replace"),
                                self._process.wait())
            if monotonic() > deadline or meanwhile():
                raise Busy

    def _take(self, seconds: float) -> bool:
        """Take what was printed; whether the shell is gone."""
        ready, _, _ = select.select([self._read], [], [], seconds)
        if not ready:
            return self._process.poll() is not None
        piece = os.read(self._read, 1 << 16)
        self._kept = (self._kept + piece)[-(1 << 22):]
        return not piece

    def close(self) -> None:
        """End the shell with all that it started in its own group."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(2)
        with contextlib.suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()
        os.close(self._read)


def _failure(mark: str, commands: str, said: str, code: int) -> Failed:
    """Which command it was: by the trap, or where bash ends without springing it (a file to source
    that is not there, a fault of syntax) by bash's own words."""
    before, found, after = said.rpartition(f"\n{mark} failed ")
    if not found:
        lines = commands.split("\n")
        places = [int(one) - 1 for one in _LINE.findall(said)]
        place = places[-1] if places and places[-1] < len(lines) else 0
        return Failed(place, lines[place].strip(), code, _last(said))
    words, _, _ = after.partition("\n")
    number, line, command = words.split(" ", 2)
    return Failed(max(0, int(line) - 1), command, int(number), _last(before))


def _last(said: str) -> str:
    return "\n".join(said.strip().splitlines()[-SAID_LINES:])
