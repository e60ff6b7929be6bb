"""Globs over repository paths, and `.dockerignore`, on one translation.

`*` and `?` stay within a folder, `**` crosses folders, `[a-z]` and `[^a]` are classes,
`\\` escapes.
What `.dockerignore` leaves out here is exactly what is left out of the build context, because both
ask this module: nothing can be unwatched and still be built.
Sources: https://docs.docker.com/build/concepts/context/#dockerignore-files, and what it stands on,
https://github.com/moby/patternmatcher and Go's `filepath.Match`
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache

_ANY_FOLDERS = "(?:.*/)?"


@lru_cache(maxsize=4096)
def compile_glob(pattern: str) -> re.Pattern[str]:
    """A pattern that must match a whole path."""
    out: list[str] = []
    i = 0
    while i < len(pattern):
        char = pattern[i]
        i += 1
        if char == "*" and pattern.startswith("*", i):
            i += 2 if pattern.startswith("/", i + 1) else 1
            words = _ANY_FOLDERS if i < len(pattern) else ".*"
            if out[-1:] != [words]:
                out.append(words)
        elif char == "*":
            out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "[" and (read := _read_class(pattern, i)):
            out.append(read[0])
            i = read[1]
        elif char == "\\" and i < len(pattern):
            out.append(re.escape(pattern[i]))
            i += 1
        else:
            out.append(re.escape(char))
    return re.compile("".join(out), re.DOTALL)


def _read_class(pattern: str, i: int) -> tuple[str, int] | None:
    """The class behind a bracket, and where it ends; None where there is none."""
    negation = "^" if pattern.startswith("^", i) else ""
    i += len(negation)
    ranges = []
    while i < len(pattern) and pattern[i] != "]":
        low, i = _class_char(pattern, i)
        high = low
        if pattern.startswith("-", i) and i + 1 < len(pattern) and pattern[i + 1] != "]":
            high, i = _class_char(pattern, i + 1)
        if low > high:
            return None
        ranges.append(f"{re.escape(low)}-{re.escape(high)}")
    if i >= len(pattern) or not ranges:
        return None
    return f"[{negation}{''.join(ranges)}]", i + 1


def _class_char(pattern: str, i: int) -> tuple[str, int]:
    if pattern[i] == "\\" and i + 1 < len(pattern):
        i += 1
    return pattern[i], i + 1


def fault_of(pattern: str) -> str:
    """Why a pattern cannot mean what its writer meant; empty when it may."""
    if not pattern.strip():
        return "is empty"
    i = 0
    while i < len(pattern):
        if pattern[i] != "[" or "]" not in pattern[i:]:
            i += 2 if pattern[i] == "\\" else 1
            continue
        shown = pattern[i : pattern.index("]", i) + 1]
        read = _read_class(pattern, i + 1)
        if read is None:
            return f"holds `{shown}`, which is no class of characters"
        if shown.startswith("[!"):
            return f"holds `{shown}`: a class is negated with `^`"
        i = read[1]
    return ""


def matches(path: str, pattern: str) -> bool:
    """Whether a path matches a glob; one that names a folder means everything below it."""
    pattern = pattern.removeprefix("./")
    if pattern.endswith("/"):
        pattern += "**"
    elif not re.search(r"[*?\[\\]", pattern) and path.startswith(f"{pattern}/"):
        return True
    return compile_glob(pattern).fullmatch(path) is not None


class DockerIgnore:
    """The rules of one `.dockerignore`; the last rule that matches a path or a parent decides."""

    def __init__(self, text: str = "") -> None:
        self._rules: list[tuple[bool, re.Pattern[str]]] = []
        for line in text.removeprefix("\ufeff").splitlines():
            if line.startswith("#") or not line.strip():
                continue
            pattern, keep = line.strip(), False
            if pattern.startswith("!"):
                pattern, keep = pattern[1:].strip(), True
            pattern = posixpath.normpath(pattern).lstrip("/")
            if pattern not in ("", "."):
                self._rules.append((keep, compile_glob(pattern)))

    @property
    def lets_back_in(self) -> bool:
        """There is a rule with `!`."""
        return any(keep for keep, _ in self._rules)

    def ignores(self, path: str) -> bool:
        """Whether a file is left out of the build context."""
        parts = path.split("/")
        candidates = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        ignored = False
        for keep, pattern in self._rules:
            if ignored == keep and any(pattern.fullmatch(one) for one in candidates):
                ignored = not keep
        return ignored
