"""What a README tells the next engineer to type: its commands to run, test, stop and roll back, in
that order. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gatekeeper.routes.prose import headings

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})\s*([\w+-]*)\s*$")
_SHELLS = ("sh", "bash", "shell", "console", "shell-session", "terminal", "")
_PROMPT = re.compile(r"^[$#>] (?=\S)")
STAGES = ("run", "test", "stop")
_STAGE = (
    ("stop", re.compile(r"\bstop|roll ?back|disable|shut ?down|停止|ロールバック|回滚")),
    ("test", re.compile(r"\btest|smoke|verif|\bcheck|テスト|試験|測试|测试|验证")),
    ("run", re.compile(r"\brun\b|\bstart|\bserve|usage|deploy|install|起動|実行方法|使い方|启动"
                       r"|运行方法")),
)
"""Which stage a heading is, the first that fits: `Run the tests` is a test."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block of commands."""

    stage: str
    """`run`, `test`, or `stop`, which is rolling back too."""
    commands: str
    line: int
    """1-based line of the README on which the first command stands; the others follow it."""


def blocks_in(text: str) -> tuple[Block, ...]:
    """The blocks of a README, run before test before stop; each once, under the outermost heading
    that names a stage."""
    found: list[Block] = []
    taken = 0
    for heading, below in headings(text):
        stage = next((name for name, said in _STAGE if said.search(heading.text.lower())), "")
        if not stage or heading.line <= taken:
            continue
        taken = heading.line + below.count("\n") + 1
        found += _blocks(stage, below, heading.line)
    return tuple(sorted(found, key=lambda block: (STAGES.index(block.stage), block.line)))


def _blocks(stage: str, text: str, above: int) -> list[Block]:
    found: list[Block] = []
    lines: list[str] = []
    fence, start, shell = "", 0, False
    for number, line in enumerate(text.split("\n"), above + 1):
        opened = _FENCE.match(line)
        if not fence and opened:
            fence, lines, start = opened[1], [], number + 1
            shell = opened[2].lower() in _SHELLS
        elif fence and opened and opened[1].startswith(fence) and not opened[2]:
            commands = _typed(lines)
            if shell and commands.strip():
                found.append(Block(stage, commands, start))
            fence = ""
        elif fence:
            lines.append(line)
    return found


def _typed(lines: list[str]) -> str:
    """What is typed of a block: where lines have a prompt, those alone; the places of the others
    are kept."""
    if any(_PROMPT.match(line) for line in lines if not line.startswith("# ")):
        lines = [_PROMPT.sub("", line) if line.startswith("$ ") else "" for line in lines]
    return "\n".join(lines)
