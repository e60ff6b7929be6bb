"""What `docker build --progress=plain` writes, read line by line. Nothing here touches the world.

Every line of a vertex begins with its number: its name first (again where another one came in
between), then what it does, at last DONE, CACHED, CANCELED or ERROR. What a step itself writes
stands behind a number and a time, so no step can end another or speak for it. What is left over
at the end, without a number, is the client's own last word. Captured from docker 20.10 with its
own BuildKit client, and from docker 26.1 with buildx 0.13: tests/unit/captured.
"""

from __future__ import annotations

import re
from collections import deque

from gatekeeper.adapters.build_job import KEPT_LINES, plain_line

_VERTEX = re.compile(r"#(\d+) (.*)", re.DOTALL)
_WRITTEN = re.compile(r"\d+\.\d+(?: (.*))?", re.DOTALL)
_STEP = re.compile(r"\[(?!internal\])([^\]]*\d+/\d+)\] (.*)", re.DOTALL)
_FRAME = re.compile(r"-{4,}$|\s*>|\s*\d+ \||\S*:\d+$|View build details|\d+\.\d+ ")
"""Around the client's last word: the failed step's output and the Dockerfile's lines once more."""
_PREFIX = re.compile(
    r"(?:ERROR: |failed to solve(?: with frontend [\w.]+)?: |failed to create LLB definition: "
    r"|rpc error: code = Unknown desc = )+")
_ENDED = re.compile(r"(?:executor failed running \[.*\]|process \".*\" did not complete "
                    r"successfully): exit code: (\d+)", re.DOTALL)


class Transcript:
    """What was heard of one build."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._open: list[str] = []
        self._failed: tuple[str, str] | None = None
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._last = ""

    def hear(self, line: str) -> str:
        """Take one line, without its end; the step that begins with it, else nothing."""
        vertex = _VERTEX.fullmatch(line)
        if vertex is None:
            if line.strip() and not _FRAME.match(line):
                self._last = line
            return ""
        number, said = vertex.groups()
        if number not in self._names:
            self._names[number] = said
            self._open.append(number)
            return self._step(number)
        if said.startswith("ERROR"):
            self._failed = self._failed or (number, said.removeprefix("ERROR").lstrip(": "))
        elif written := _WRITTEN.fullmatch(said):
            self._lines.append(plain_line(written[1] or ""))
        if said.startswith(("DONE ", "ERROR")) or said in ("CACHED", "CANCELED"):
            self._open = [one for one in self._open if one != number]
        return ""

    def _step(self, number: str) -> str:
        step = _STEP.fullmatch(self._names[number])
        return f"step {step[1]}: {step[2]}" if step else ""

    @property
    def log(self) -> str:
        """The last lines that steps wrote."""
        return "\n".join(self._lines)

    @property
    def under_way(self) -> str:
        """The step that is being done, the last of several; empty where only the base images, or
        nothing that a Dockerfile says, is being fetched."""
        steps = [step for number in self._open if (step := self._step(number))]
        return next((step for step in reversed(steps) if not is_fetch(step)), "")

    @property
    def failed_step(self) -> str:
        """The step that failed; empty where it was none."""
        return self._step(self._failed[0]) if self._failed else ""

    @property
    def words(self) -> str:
        """Why the build failed, as BuildKit says it; empty where it was not BuildKit."""
        told = self._failed[1] if self._failed else ""
        if not told and "failed to solve" in self._last:
            told = self._last
        ended = _ENDED.fullmatch(bare := _PREFIX.sub("", told, count=1))
        return f"exit code {ended[1]}" if ended else bare

    @property
    def last_word(self) -> str:
        """What the client said at the end."""
        return self._last


def is_fetch(step: str) -> bool:
    """Whether a step fetches what the build starts from, which is nobody's step."""
    return step.partition(": ")[2].upper().startswith("FROM ")
