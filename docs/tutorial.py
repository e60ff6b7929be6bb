"""Play docs/tutorial.md and write what was seen into it: every block of commands in order, in a
folder of its own, with the time each took. `make tutorial` runs it again.

A block marked `sh` is played. A block marked `text` after it is what came of it: its first line
says exit code and seconds, the others are what the commands printed on their standard output.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "tutorial.md"
PORT = "8001"
"""Where the page's model answers."""
_STEP = re.compile(r"^```sh\n(?P<commands>.*?)^```\n(?:\n```text\n(?P<seen>.*?)^```\n)?",
                   re.MULTILINE | re.DOTALL)
_HEAD = re.compile(r"exit code (\d+), after [\d.]+ s\n")
_AUTHOR = {
    "GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "ann@example.com",
    "GIT_COMMITTER_NAME": "Ann", "GIT_COMMITTER_EMAIL": "ann@example.com",
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
}


@dataclass(frozen=True)
class Step:
    """One block of commands, and what the page says came of it."""

    commands: str
    code: int
    seen: str
    """Empty where the page does not show it."""
    shown: bool


@dataclass(frozen=True)
class Played:
    """What came of one."""

    code: int
    out: str
    err: str
    seconds: float


def steps(page: str) -> list[Step]:
    """The page's blocks in order."""
    found = []
    for match in _STEP.finditer(page):
        seen = match["seen"]
        head = _HEAD.match(seen or "")
        found.append(Step(match["commands"], int(head[1]) if head else 0,
                          seen[head.end():] if seen and head else "", seen is not None))
    return found


def play(page: str, folder: Path, port: str = PORT) -> Iterator[Played]:
    """Every block, typed into a shell of its own in the folder that the last one left off in."""
    here = folder
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("GITHUB_", "INPUT_", "GIT_", "FORCE_COLOR"))}
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    environment = {**kept, **_AUTHOR, "PATH": path, "GATEKEEPER": str(ROOT), "COLUMNS": "100",
                   "NO_COLOR": "1"}
    left = folder / "left-off"
    try:
        for step in steps(page):
            commands = step.commands.replace(PORT, port)
            begun = time.monotonic()
            done = subprocess.run(
                ["bash", "-euc", f"trap 'pwd >{left}' EXIT\n{commands}"], cwd=here,
                env=environment, capture_output=True, text=True, timeout=300, check=False)
            took = time.monotonic() - begun
            here = Path(left.read_text().strip())
            yield Played(done.returncode, done.stdout.replace(port, PORT), done.stderr, took)
    finally:
        for place in folder.rglob("*.pid"):  # whatever came of it, nothing of it is left running
            with suppress(OSError, ValueError):
                os.kill(int(place.read_text()), signal.SIGKILL)


def main() -> None:
    """Play the page, and write what was seen into it."""
    page = PAGE.read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        played = list(play(page, Path(folder)))
    seen = iter(played)

    def replaced(match: re.Match[str]) -> str:
        one = next(seen)
        block = f"```sh\n{match['commands']}```\n"
        if match["seen"] is None:
            if one.code:
                raise SystemExit(f"{match['commands']}\n{one.out}{one.err}")
            return block
        return f"{block}\n```text\nexit code {one.code}, after {one.seconds:.1f} s\n{one.out}```\n"

    text = _STEP.sub(replaced, page)
    total = f"{sum(one.seconds for one in played):.0f} seconds"
    PAGE.write_text(re.sub(r"\d+ seconds(?= of machine time)", total, text), "utf-8")


if __name__ == "__main__":
    main()
