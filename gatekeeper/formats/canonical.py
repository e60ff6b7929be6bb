"""One spelling for every value: JSON with sorted keys and rounded floats, and digests over it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Hashable, Iterable, Iterator
from enum import Enum
from functools import cache
from typing import Any

PLACES = 6
"""Decimal places that floats are rounded to; microseconds and beyond are noise."""


_LEAVES = frozenset({str, int, bool, type(None)})


@cache
def _names(kind: Hashable) -> tuple[str, ...]:
    """The fields of a dataclass that are kept; none of anything else."""
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        return ()
    return tuple(field.name for field in dataclasses.fields(kind)
                 if field.name not in ("place", "line"))


def plain(value: Any) -> Any:
    """Frozen values as JSON data. Places in files are left out: moving a line changes nothing."""
    kind = type(value)
    if kind in _LEAVES:
        return value
    if kind in (list, tuple):
        return [plain(item) for item in value]
    if names := _names(kind):  # type: ignore[arg-type]
        return {name.rstrip("_"): plain(getattr(value, name)) for name in names}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        rounded = round(value, PLACES)
        return int(rounded) if rounded.is_integer() else rounded
    return value


def to_json(value: Any) -> str:
    """A document as it is written to the pack, with a final newline. ASCII: whatever a service can
    say can be written, and nothing in it acts on a terminal."""
    return json.dumps(plain(value), indent=2, sort_keys=True, allow_nan=False) + "\n"


def to_line(value: Any) -> str:
    """One line of a JSONL file, with its newline. ASCII: no separator can hide in it. ValueError
    for what is no number."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True, allow_nan=False) + "\n"


def digest(value: Any) -> str:
    """`sha256:…` over the canonical form."""
    return digest_of((_dense(value),))


class Hashed:
    """A sha256 over a text that comes in pieces, which are not held together in memory."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._hash = hashlib.sha256()
        for piece in pieces:
            self._hash.update(piece.encode())

    def with_(self, text: str) -> str:
        """`sha256:…` over that text and this one after it."""
        hashed = self._hash.copy()
        hashed.update(text.encode())
        return f"sha256:{hashed.hexdigest()}"


def digest_of(pieces: Iterable[str]) -> str:
    """`sha256:…` over a text in pieces."""
    return Hashed(pieces).with_("")


def listed(items: Iterable[Any]) -> Iterator[str]:
    """The canonical form of a long list, in pieces."""
    yield "["
    for number, item in enumerate(items):
        yield f"{',' if number else ''}{_dense(item)}"
    yield "]"


def first_listed(name: str, items: Iterable[Any]) -> Iterator[str]:
    """The beginning, in pieces, of the canonical form of a mapping whose first key has a long list;
    what follows is `rest_of` the mapping."""
    yield f'{{"{name}":'
    yield from listed(items)


def rest_of(mapping: dict[str, Any]) -> str:
    """The end of that form: every other key."""
    return f",{_dense(mapping)[1:]}"


def _dense(value: Any) -> str:
    return json.dumps(plain(value), separators=(",", ":"), sort_keys=True)
