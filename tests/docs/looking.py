"""What can be told of a command without running it: arguments of gatekeeper's that are read, flags
that a program knows, targets and modules that are there.
"""

from __future__ import annotations

import functools
import importlib.util
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from gatekeeper.cli import make_parser
from gatekeeper.errors import UsageError
from tests.docs.typing import bare
from tests.support.markdown import ROOT

_ASSIGNED = re.compile(r"[A-Za-z_]\w*=")
_FLAG = re.compile(r"^ +(?:(-\w), )?(--[\w-]+)(?: (\w+))?(?:  |$)", re.MULTILINE)
"""A line of docker's help: short, long, and the kind of its value."""
_OPERATORS = frozenset({"&&", "||", "|", ";", "&"})


def faults_of(commands: Iterable[str], folder: Path) -> list[str]:
    """What is wrong with commands that stand on a page of this folder."""
    return [f"{' '.join(words)}: {fault}" for command in commands
            for words in simple(bare(command)) if (fault := _fault(words, folder))]


def simple(command: str) -> Iterator[list[str]]:
    """The simple commands of a line, each as its words."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars="|&;")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if word in _OPERATORS:
            while words and _ASSIGNED.match(words[0]):
                words.pop(0)
            if words:
                yield words
            words = []
        else:
            words.append(word)


def _fault(words: list[str], folder: Path) -> str:
    program, *args = words
    known = {"gatekeeper": _gatekeeper, "make": _make, "docker": _docker, "python": _python}
    look = known.get(Path(program).name)
    return look(args, folder) if look else ""


def _gatekeeper(args: list[str], _: Path) -> str:
    try:
        make_parser().parse_args(args)
    except UsageError as error:
        return error.message
    except SystemExit:
        return ""  # --version and --help end at once
    return ""


def _make(args: list[str], _: Path) -> str:
    if not shutil.which("make"):
        return ""
    done = subprocess.run(["make", "--dry-run", *args], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    return done.stderr.strip() if done.returncode else ""


@functools.cache
def _help(*command: str) -> str | None:
    """What a program says of itself; None where it is not here."""
    if not shutil.which(command[0]):
        return None
    return subprocess.run([*command, "--help"], capture_output=True, text=True, check=False).stdout


def _docker(args: list[str], _: Path) -> str:
    told = _help("docker", args[0])
    if told is None:
        return ""
    known = {flag: bool(kind) for short, long, kind in _FLAG.findall(told)
             for flag in (short, long) if flag}
    rest = iter(args[1:])
    for word in rest:
        flag, equals, _ = word.partition("=")
        if not word.startswith("-"):
            break  # an image: what follows is its own command
        if flag not in known:
            return f"docker {args[0]} has no {flag}"
        if known[flag] and not equals:
            next(rest, "")
    return ""


def _python(args: list[str], folder: Path) -> str:
    """A module that is run is there, and speaks of the flags it is given."""
    if not args or args[0] != "-m":
        return ""
    place = folder / f"{args[1].replace('.', '/')}.py"
    places = [one for one in (place, place.with_suffix("") / "__main__.py") if one.is_file()]
    if not places:
        top = args[1].partition(".")[0]
        return "" if importlib.util.find_spec(top) else f"there is no module {args[1]}"
    text = places[0].read_text("utf-8")
    return ", ".join(f"{args[1]} has no {flag}" for flag in args[2:]
                     if flag.startswith("--") and f'"{flag}"' not in text)
