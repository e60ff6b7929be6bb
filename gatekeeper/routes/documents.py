"""Which files of a tree speak of the service to people: README and notes, beside the manifest or at
the top. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

_NAMES = re.compile(r"(?:readme|release[-_ ]?notes?|notes?)(?:[._-][\w.-]*)?", re.IGNORECASE)
_ENDINGS = ("", ".md", ".markdown", ".rst", ".txt")
MAX_BYTES = 500_000
"""Of one document; what is longer is read to there."""


def documents_among(paths: Iterable[str], folder: str) -> list[str]:
    """The documents of a service whose manifest is in `folder`; README of that folder first."""
    found = [path for path in paths
             if posixpath.dirname(path) in (folder, "")
             and _NAMES.fullmatch(posixpath.basename(path))
             and posixpath.splitext(path)[1].lower() in _ENDINGS]
    return sorted(found, key=lambda path: (not is_readme(path),
                                           posixpath.dirname(path) != folder, path))


def is_readme(path: str) -> bool:
    """Whether a document is the README."""
    return posixpath.basename(path).lower().startswith("readme")
