"""GitHub's runner, from inside a container action: the payload, outputs, summary and log."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gatekeeper.errors import UsageError
from gatekeeper.neutral import for_log, visible

MAX_SUMMARY = 1_000_000
"""Bytes; the runner drops a step summary above 1 MiB whole."""


def read_payload(environment: Mapping[str, str]) -> Mapping[str, Any]:
    """The event's payload; UsageError where this is no workflow run."""
    path = environment.get("GITHUB_EVENT_PATH", "")
    try:
        payload = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"there is no event payload: {error}",
                         "`gatekeeper action` runs inside a workflow; use `gatekeeper run` at a "
                         "desk") from None
    return payload if isinstance(payload, dict) else {}


def log_lines(text: str) -> str:
    """Many lines for the log, none of which can be a workflow command."""
    return "\n".join(for_log(line) for line in text.splitlines())


class Workflow:
    """Writes to the runner's files. Outputs written to files override any forged in the log."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._output = environment.get("GITHUB_OUTPUT", "")
        self._summary = environment.get("GITHUB_STEP_SUMMARY", "")

    def put(self, outputs: Mapping[str, str]) -> None:
        """Outputs, each one line under a delimiter nobody can guess."""
        if not self._output:
            return
        with open(self._output, "a", encoding="utf-8") as file:
            for name, value in outputs.items():
                mark = f"gatekeeper_{secrets.token_hex(16)}"
                file.write(f"{name}<<{mark}\n{visible(value)}\n{mark}\n")

    def summarize(self, markdown: str) -> None:
        """The job summary, cut at a line's end where it would be dropped for its size."""
        if not self._summary:
            return
        data = markdown.encode("utf-8")
        if len(data) > MAX_SUMMARY:
            data = data[:MAX_SUMMARY].rpartition(b"\n")[0] + b"\n\ncut: see the evidence pack\n"
        with open(self._summary, "ab") as file:
            file.write(data)


def hand_over(folder: Path, like: Path) -> None:
    """Give what root wrote to the owner of the workspace, whose next checkout must remove it."""
    owner = like.stat()
    for path in [folder, *folder.rglob("*")]:
        with contextlib.suppress(PermissionError):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
