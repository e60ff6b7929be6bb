"""Globs over repository paths, and `.dockerignore`, on one translation.

`*` and `?` stay within a folder, `**` crosses folders, `[a-z]` is a class, `\\` escapes.
What `.dockerignore` leaves out here is exactly what is left out of the build context, because both
ask this module: nothing can be unwatched and still be built.
Source: https://docs.docker.com/build/concepts/context/#dockerignore-files
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def compile_glob(pattern: str) -> re.Pattern[str]:
    """A pattern that must match a whole path."""
    out, i = [], 0
    while i < len(pattern):
        char = pattern[i]
        if pattern.startswith("**/", i):
            out.append("(?:[^/]+/)*")
            i += 3
        elif pattern.startswith("**", i):
            out.append(".*")
            i += 2
        elif char == "*":
            out.append("[^/]*")
            i += 1
        elif char == "?":
            out.append("[^/]")
            i += 1
        elif char == "[" and "]" in pattern[i + 2 :]:
            end = pattern.index("]", i + 2)
            body = pattern[i + 1 : end].replace("\\", "\\\\")
            out.append("[" + ("^" + body[1:] if body[0] in "!^" else body) + "]")
            i = end + 1
        elif char == "\\" and i + 1 < len(pattern):
            out.append(re.escape(pattern[i + 1]))
            i += 2
        else:
            out.append(re.escape(char))
            i += 1
    return re.compile("".join(out), re.DOTALL)


def matches(path: str, pattern: str) -> bool:
    """Whether a path matches a glob; a glob that names a folder means everything below it."""
    pattern = pattern.removeprefix("./")
    if pattern.endswith("/"):
        pattern += "**"
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

    def ignores(self, path: str) -> bool:
        """Whether a file is left out of the build context."""
        parts = path.split("/")
        candidates = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        ignored = False
        for keep, pattern in self._rules:
            if ignored == keep and any(pattern.fullmatch(one) for one in candidates):
                ignored = not keep
        return ignored
