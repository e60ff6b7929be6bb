"""A Dockerfile, read for how its service is started and where it listens. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from gatekeeper.starting.commands import ServerLine, read_words, server_of, split
from gatekeeper.starting.found import Found
from gatekeeper.trees.working import Files

_HEALTH = re.compile(r"https?://[^/\s\"']+(/[^\s\"'|;)]*)")
_NAMES = r"(?:.*/)?(?:dockerfile(?:\.[\w.-]+)?|[\w.-]+\.dockerfile|containerfile)"
_TESTS = re.compile(r"(?:test|dev|ci|lint|docs)\b")


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """What one says."""

    path: str
    base: Found | None = None
    """The last stage's image."""
    port: Found | None = None
    health: Found | None = None
    """Path that its health check asks."""
    command: tuple[Found, ...] = ()
    """Words of its last entry point and command together."""
    line: ServerLine | None = None


def dockerfiles(files: Files) -> list[Dockerfile]:
    """Every Dockerfile, the shallowest first, those of tests last."""
    found = [_read(path, text) for path, text in files.texts(_NAMES, 20)]
    return sorted(found, key=lambda one: bool(_TESTS.search(one.path.lower())))


def _read(path: str, text: str) -> Dockerfile:
    base = port = health = None
    entry: tuple[Found, ...] = ()
    command: tuple[Found, ...] = ()
    for number, name, said in _instructions(text):
        if name == "FROM":
            base, entry, command = Found(said.split()[0], path, number), (), ()
        elif name == "EXPOSE":
            digits = re.match(r"\d{1,5}", said)
            port = port or (Found(digits[0], path, number) if digits else None)
        elif name == "HEALTHCHECK" and (asked := _HEALTH.search(said)):
            health = Found(asked[1], path, number)
        elif name == "ENTRYPOINT":
            entry, command = _words(path, number, said), ()
        elif name == "CMD":
            command = _words(path, number, said)
    words = (*entry, *command)
    image = server_of(base.value) if base else ""
    line = read_words(words, image) or (ServerLine(image, base) if image and base else None)
    return Dockerfile(path, base, port, health, words, line)


def _words(path: str, number: int, said: str) -> tuple[Found, ...]:
    try:
        words = json.loads(said) if said.startswith("[") else split(said)
    except (ValueError, RecursionError):
        words = split(said)
    return tuple(Found(word, path, number) for word in words if isinstance(word, str))


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, name and arguments of each instruction; continued lines are one."""
    held, start = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#") or (held and not line.strip()):
            continue
        start = start if held else number
        held += line.strip()
        if held.endswith("\\"):
            held = held[:-1] + " "
            continue
        name, _, said = held.partition(" ")
        if said.strip():
            yield start, name.upper(), said.strip()
        held = ""
