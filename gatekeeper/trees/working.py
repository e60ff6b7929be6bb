"""The files of a working folder as they are looked at: text, bounded, through no link. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MAX_BYTES = 1_000_000
"""Of one file; what is larger is listed and not read."""
MAX_FILES = 20_000


@dataclass(frozen=True, slots=True)
class Files:
    """Paths relative to the folder, sorted, and how one is read."""

    paths: tuple[str, ...]
    read: Callable[[str], str | None]
    """The text of a path; None where it is not there, not text, too large, or a link. Tokens of
    known shape are marks in it."""

    def matching(self, pattern: str, limit: int = 200) -> Iterator[str]:
        """Paths that a regular expression fits as a whole, in lower case; the shallowest first."""
        wanted = re.compile(pattern)
        found = [path for path in self.paths if wanted.fullmatch(path.lower())]
        yield from sorted(found, key=lambda path: (path.count("/"), path))[:limit]

    def texts(self, pattern: str, limit: int = 200) -> Iterator[tuple[str, str]]:
        """Path and text of those that can be read."""
        for path in self.matching(pattern, limit):
            text = self.read(path)
            if text is not None:
                yield path, text

    def below(self, folder: str, name: str) -> str | None:
        """A path as a file of a folder names it; None where it leaves the folder that is looked
        at."""
        place = posixpath.normpath(posixpath.join(folder, name))
        return None if place.startswith(("../", "/")) or place == ".." else place
