"""The command line as a person uses it, and what they see of it without what differs each time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_PROGRESS = re.compile(r"^ *\d+\.\d+s  .*\n", re.MULTILINE)
_UNSTABLE = (
    (re.compile(r"\b[0-9a-f]{12}\b"), "<commit>"),
    (re.compile(r"sha256:[0-9a-f]{64}"), "<digest>"),
    (re.compile(r"/[^\s\"']*/gatekeeper-\w+/"), "<scratch>/"),
)


@dataclass(frozen=True)
class Done:
    """A finished command."""

    code: int
    out: str
    err: str


def gatekeeper(*args: str, cwd: Path, **environment: str) -> Done:
    """Run gatekeeper to its end."""
    inherited = {name: value for name, value in os.environ.items()
                 if not name.startswith(("GITHUB_", "INPUT_", "CI", "FORCE_COLOR"))}
    done = subprocess.run(
        [sys.executable, "-I", "-m", "gatekeeper", *args], cwd=cwd, capture_output=True,
        env={**inherited, "COLUMNS": "120", "NO_COLOR": "1", **environment}, timeout=300,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def seen(done: Done) -> str:
    """Output and complaints, without progress, commits, digests and scratch folders."""
    text = done.out + _PROGRESS.sub("", done.err)
    for pattern, name in _UNSTABLE:
        text = pattern.sub(name, text)
    return text
