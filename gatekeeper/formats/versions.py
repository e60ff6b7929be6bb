"""Version tags and their order. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_VERSION = re.compile(r"v?\d+(?:\.\d+)*(?:[-+.][\w.+-]+)?")


def newest_version(tags: Mapping[str, str], besides: str) -> tuple[str, str] | None:
    """Name and commit of the newest version among tags (name -> commit), leaving out those of one
    commit; None where none is a version. A pre-release comes before its release (semver.org, 11).
    """
    versions = [(name, sha) for name, sha in tags.items()
                if _VERSION.fullmatch(name) and sha != besides]
    return max(versions, key=lambda one: (_order(one[0]), one[0]), default=None)


def _order(name: str) -> tuple[object, ...]:
    numbers, _, rest = name.removeprefix("v").partition("-")
    words = tuple((not word.isdecimal(), int(word) if word.isdecimal() else 0, word)
                  for word in re.findall(r"\d+|[^\d.]+", rest))
    return tuple(int(n) for n in re.findall(r"\d+", numbers)), not rest, words
