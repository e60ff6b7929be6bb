"""The commands of a block, typed one after another into one shell, as a reader would."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.markdown import Block

LANGUAGES = ("sh", "bash", "console")
SECONDS = 240
_END = "\x1e"
_COMMENT = re.compile(r"(^|\s)#(?![^'\"]*['\"][^'\"]*$).*$")


@dataclass(frozen=True, slots=True)
class Setting:
    """How a block is run: where, and what differs there from what the page shows."""

    place: str
    """One of `places.PLACES`."""
    fills: Mapping[str, str] = field(default_factory=dict)
    """A text of the page -> what stands for it here; may name variables of the place's."""
    codes: Mapping[str, int] = field(default_factory=dict)
    """Start of a command -> its exit code, where that is not 0."""
    before: Mapping[str, str] = field(default_factory=dict)
    """Start of a command -> what the place needs first."""
    says: tuple[str, ...] = ()
    """What has to be in the output."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What came of one command."""

    command: str
    code: int
    out: str


def commands_of(block: Block) -> list[str]:
    """The commands of a block: of a console's those behind its prompt. Lines that go on, by a
    backslash or in quotes, are one; lines of remarks are left out."""
    lines = block.text.split("\n")
    if block.language == "console":
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    found: list[str] = []
    for line in lines:
        if found and _goes_on(found[-1]):
            found[-1] += f"\n{line}"
        elif line.strip() and not line.lstrip().startswith("#"):
            found.append(line)
    return found


def _goes_on(text: str) -> bool:
    if text.endswith("\\"):
        return True
    try:
        shlex.split(text, comments=True)
    except ValueError:
        return True
    return False


def bare(command: str) -> str:
    """A command without the remark behind it and the break in it."""
    return _COMMENT.sub("", command.replace("\\\n", " ")).strip()


def answer_for(table: Mapping[str, object], command: str) -> object:
    """The entry whose key the command begins with; the longest decides."""
    found = [start for start in table if command.startswith(start)]
    return table[max(found, key=len)] if found else None


def type_in(
    commands: Sequence[str], setting: Setting, cwd: Path, environment: Mapping[str, str]
) -> list[Typed]:
    """Type commands into one bash. What they started and left is ended with it."""
    script = cwd.parent / "typed.sh"
    lines = ["exec 2>&1 </dev/null"]
    for command in commands:
        first = answer_for(setting.before, command)
        lines += [f"{first} || exit 97"] if first else []
        for shown, here in setting.fills.items():
            command = command.replace(shown, here)
        lines += [command, f"printf '{_END}%d{_END}' $?"]
    script.write_text("\n".join([*lines, ""]))
    with subprocess.Popen(["bash", "--noprofile", "--norc", str(script)], cwd=cwd,
                          env=dict(environment), stdout=subprocess.PIPE,
                          start_new_session=True) as shell:
        try:
            out, _ = shell.communicate(timeout=SECONDS)
        finally:
            _kill(shell.pid)
    parts = out.decode("utf-8", "replace").split(_END)
    texts, codes = parts[0::2], parts[1::2]
    typed = [Typed(command, int(code), text)
             for command, code, text in zip(commands, codes, texts, strict=False)]
    if len(typed) < len(commands):
        typed.append(Typed(commands[len(typed)], shell.returncode, texts[-1]))
    return typed


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
