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


_MEASURING = """import resource, subprocess, sys
code = subprocess.run(sys.argv[2:]).returncode
with open(sys.argv[1], "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""


@dataclass(frozen=True)
class Done:
    """A finished command."""

    code: int
    out: str
    err: str


def gatekeeper(*args: str, cwd: Path, **environment: str) -> Done:
    """Run gatekeeper to its end."""
    return _run([sys.executable, "-I", "-m", "gatekeeper", *args], cwd, environment)


def gatekeeper_measured(*args: str, cwd: Path, peak: Path) -> tuple[Done, int]:
    """Run gatekeeper to its end, and tell the most memory in KiB that it, or a program it waited
    for, held at once; `peak` is a file to write that to. A process in between measures, as Linux
    counts what a parent holds as held by its child, too."""
    done = _run([sys.executable, "-I", "-c", _MEASURING, str(peak),
                 sys.executable, "-I", "-m", "gatekeeper", *args], cwd, {})
    return done, int(peak.read_text())


def _run(command: list[str], cwd: Path, environment: dict[str, str]) -> Done:
    inherited = {name: value for name, value in os.environ.items()
                 if not name.startswith(("GITHUB_", "INPUT_", "CI", "FORCE_COLOR"))}
    done = subprocess.run(
        command, cwd=cwd, capture_output=True,
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
