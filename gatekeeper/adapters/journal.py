"""What a run starts, noted where it outlives the run: in the runner's state, for the post step.

The runner reads the state file when the step is over, however it ended, and hands each line to the
post step as `STATE_<key>` ("Workflow commands", "Sending values to the pre and post actions").
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Mapping
from typing import Any

_KEY = "gatekeeper_"


class Journal:
    """Writes down one thing a line, before it is started where that is possible."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._path = environment.get("GITHUB_STATE", "")
        self._count = 0
        self._lock = threading.Lock()

    def note(self, word: Mapping[str, object]) -> None:
        """Write one word; nowhere where there is no runner. In one call, so that a kill leaves no
        half a line, which the runner would refuse with all the others."""
        if not self._path:
            return
        with self._lock, contextlib.suppress(OSError):
            self._count += 1
            line = f"{_KEY}{self._count}={json.dumps(word)}\n"
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND)
            try:
                os.write(file, line.encode())
            finally:
                os.close(file)


def read_journal(environment: Mapping[str, str]) -> list[dict[str, Any]]:
    """The words of an earlier step of this action, in their order."""
    found = []
    for name, value in environment.items():
        number = name.removeprefix(f"STATE_{_KEY}")
        if number != name and number.isdecimal():
            with contextlib.suppress(ValueError):
                word = json.loads(value)
                if isinstance(word, dict):
                    found.append((int(number), word))
    return [word for _, word in sorted(found, key=lambda pair: pair[0])]
