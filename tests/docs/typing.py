"""The commands of a block, typed one after another into one shell, as a reader would."""

from __future__ import annotations

import os
import re
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
_WAIT = """served=$!
until curl -fso /dev/null http://127.0.0.1:{port}/health; do
  kill -0 $served 2>/dev/null || break
  read -rt 0.05 <> <(:) || :
done"""


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
    stays: str = ""
    """The port, as a variable of the place's, on which the first command serves until the block is
    over."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What came of one command."""

    command: str
    code: int
    out: str


def commands_of(block: Block) -> list[str]:
    """The commands of a block: of a console's those behind its prompt; lines that go on are one,
    and remarks are left out."""
    lines = block.text.split("\n")
    if block.language == "console":
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    joined = "\n".join(lines).replace("\\\n", "\\\n\0").split("\n")
    found: list[str] = []
    for line in joined:
        if line.startswith("\0"):
            found[-1] += f"\n{line[1:]}"
        elif found and bare(found[-1]).count("'") % 2:  # within quotation marks
            found[-1] += f"\n{line}"
        elif line.strip() and not line.lstrip().startswith("#"):
            found.append(line)
    return found


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
    for number, command in enumerate(commands):
        first = answer_for(setting.before, command)
        lines += [f"{first} || exit 97"] if first else []
        for shown, here in setting.fills.items():
            command = command.replace(shown, here)
        if number == 0 and setting.stays:
            lines += [f"{bare(command)} &", _WAIT.replace("{port}", setting.stays),
                      f"kill -0 $served 2>/dev/null; printf '{_END}%d{_END}' $?"]
        else:
            lines += [command, f"printf '{_END}%d{_END}' $?"]
    script.write_text("\n".join([*lines, ""]))
    with subprocess.Popen(["bash", "--noprofile", "--norc", str(script)], cwd=cwd,
                          env=dict(environment), stdout=subprocess.PIPE,
                          start_new_session=True) as shell:
        try:
            out, _ = _until_its_end(shell, bool(setting.stays))
        finally:
            _kill(shell.pid)
    parts = out.decode("utf-8", "replace").split(_END)
    texts, codes = parts[0::2], parts[1::2]
    typed = [Typed(command, int(code), text)
             for command, code, text in zip(commands, codes, texts, strict=False)]
    if len(typed) < len(commands):
        typed.append(Typed(commands[len(typed)], shell.returncode, texts[-1]))
    return typed


def _until_its_end(shell: subprocess.Popen[bytes], stays: bool) -> tuple[bytes, bytes]:
    if not stays:
        return shell.communicate(timeout=SECONDS)
    # What stays holds the pipe: it is ended, as its reader would, when the rest is done.
    shell.wait(SECONDS)
    _kill(shell.pid, signal.SIGTERM)
    return shell.communicate(timeout=SECONDS)


def _kill(group: int, number: signal.Signals = signal.SIGKILL) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return
