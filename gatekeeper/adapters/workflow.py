"""GitHub's runner, from inside a container action: the payload, outputs, summary and log."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from gatekeeper.errors import UsageError
from gatekeeper.neutral import for_log, visible
from gatekeeper.report.annotations import Annotation, Level

_COMMANDS = {Level.FAILURE: "error", Level.WARNING: "warning", Level.NOTICE: "notice"}
MAX_OF_A_LEVEL = 10
"""The runner keeps so many annotations of each level a step (ExecutionContext.cs)."""


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

    def __init__(self, environment: Mapping[str, str], redact: Callable[[str], str]) -> None:
        self._output = environment.get("GITHUB_OUTPUT", "")
        self._summary = environment.get("GITHUB_STEP_SUMMARY", "")
        self._redact = redact

    def put(self, outputs: Mapping[str, str]) -> None:
        """Outputs, each one line under a delimiter nobody can guess."""
        if not self._output:
            return
        with open(self._output, "a", encoding="utf-8") as file:
            for name, value in outputs.items():
                mark = f"gatekeeper_{secrets.token_hex(16)}"
                file.write(f"{name}<<{mark}\n{visible(self._redact(value))}\n{mark}\n")

    def summarize(self, markdown: str) -> None:
        """The job summary; the runner drops one above 1 MiB whole."""
        if self._summary:
            with open(self._summary, "a", encoding="utf-8") as file:
                file.write(self._redact(markdown))

    def log(self, text: str) -> None:
        """Many lines, none of which can be a workflow command."""
        print(log_lines(self._redact(text)), flush=True)

    def warn(self, text: str) -> None:
        """A warning on the run's page."""
        print(f"::warning title=gatekeeper::{_data(self._redact(text))}", flush=True)

    def annotate(self, annotations: tuple[Annotation, ...]) -> None:
        """Remarks on lines, as many as the runner keeps, the most telling first."""
        left = dict.fromkeys(Level, MAX_OF_A_LEVEL)
        for one in annotations:
            if left[one.level]:
                left[one.level] -= 1
                where = f"file={_property(one.path)},line={one.line}"
                title = _property(self._redact(one.title))
                print(f"::{_COMMANDS[one.level]} {where},title={title}::"
                      f"{_data(self._redact(one.message))}", flush=True)

    @contextlib.contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Lines that the log shows folded."""
        print(f"::group::{_data(title)}", flush=True)
        try:
            yield
        finally:
            print("::endgroup::", flush=True)


def _data(text: str) -> str:
    """A command's text (actions/toolkit, command.ts, escapeData)."""
    lines = "\n".join(map(visible, text.splitlines()))
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A command's property (escapeProperty)."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def hand_over(folder: Path, like: Path) -> None:
    """Give what root wrote to the owner of the workspace, whose next checkout must remove it."""
    owner = like.stat()
    for path in [folder, *folder.rglob("*")]:
        with contextlib.suppress(PermissionError):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
