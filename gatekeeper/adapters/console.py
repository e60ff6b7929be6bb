"""Progress on standard error: one line that moves on a terminal, quiet lines elsewhere."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import threading
from time import monotonic
from typing import TextIO

from gatekeeper.neutral import for_log, for_terminal
from gatekeeper.report.terminal import Style

TICK_SECONDS = 0.1


class Console:
    """Says what is being done; see `ports.Progress`."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty() and not os.environ.get("CI")
        self._began = monotonic()
        self._last = 0.0
        self._drawn = False
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """A step worth a line, also in a CI log."""
        with self._lock:
            self._wipe()
            self._write(f"{monotonic() - self._began:6.1f}s  {for_log(text)}\n")

    def tick(self, text: str) -> None:
        """Something that changes often; drawn over itself, and only on a terminal."""
        now = monotonic()
        if not self._live or now - self._last < TICK_SECONDS:
            return
        with self._lock:
            self._last = now
            width = shutil.get_terminal_size().columns
            line = for_terminal(f"{now - self._began:6.1f}s  {text}", max(width - 1, 20))
            self._write(f"\r\x1b[2K{line}")
            self._drawn = True

    def done(self) -> None:
        """Leave nothing half-drawn behind."""
        with self._lock:
            self._wipe()

    def _wipe(self) -> None:
        if self._drawn:
            self._write("\r\x1b[2K")
            self._drawn = False

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
            self._stream.write(text)
            self._stream.flush()


def emit(text: str) -> None:
    """Print a report. Whoever has stopped reading it does not change the exit code."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError:  # a closed pipe, a full disk
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def style_of(stream: TextIO) -> Style:
    """Colours on a terminal that wants them (https://no-color.org), and its width."""
    forced = bool(os.environ.get("FORCE_COLOR"))
    colour = (stream.isatty() or forced) and not os.environ.get("NO_COLOR")
    return Style(colour, min(shutil.get_terminal_size((100, 24)).columns, 160))
