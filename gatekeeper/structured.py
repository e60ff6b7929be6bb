"""YAML, JSON and TOML files compared by value: a comment, a quote or key order is no change."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import yaml

MAX_BYTES = 1_000_000
MAX_VALUES = 50_000
ABSENT = "absent"
"""How a missing value reads in a report."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Unparsable(Exception):
    """The file cannot be read as what its name says."""


class Missing:
    """A pointer leads nowhere. One instance, compared by identity."""

    def __repr__(self) -> str:
        return ABSENT


MISSING = Missing()


def is_structured(path: str) -> bool:
    """Whether the name promises YAML, JSON or TOML."""
    return path.lower().endswith((".yaml", ".yml", ".json", ".toml"))


def parse_structured(path: str, content: bytes) -> Any:
    """The value of a file; Unparsable when it is not what its name says, or has no end."""
    if len(content) > MAX_BYTES:
        raise Unparsable(f"larger than {MAX_BYTES} bytes")
    try:
        text = content.decode("utf-8-sig")
        if path.lower().endswith(".toml"):
            value: Any = tomllib.loads(text)
        elif path.lower().endswith(".json"):
            value = json.loads(text)
        else:
            value = yaml.load(text, Loader=_Loader)
        _bounded(value)
    except RecursionError:
        raise Unparsable("nests without end") from None
    except yaml.YAMLError as error:
        raise Unparsable(" ".join(str(error).split())[:200]) from None
    except ValueError as error:  # JSON, TOML, encoding, YAML timestamps
        raise Unparsable(str(error)[:200]) from None
    return value


def _bounded(value: Any) -> None:
    """Aliases can make a small YAML file endless to walk; refuse it before anything compares."""
    waiting, seen = [value], 0
    while waiting:
        item = waiting.pop()
        seen += 1
        if seen > MAX_VALUES:
            raise Unparsable(f"holds more than {MAX_VALUES} values")
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, (list, tuple)):
            waiting.extend(item)


def at_pointer(value: Any, pointer: str) -> Any:
    """The value at a JSON pointer (RFC 6901); MISSING where it leads nowhere."""
    if pointer in ("", "/"):
        return value
    for part in pointer.lstrip("/").split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return MISSING
    return value


def without_pointers(value: Any, pointers: list[str]) -> Any:
    """The value with the watched keys taken out: what is left of the file."""
    parts = [pointer.lstrip("/").split("/") for pointer in pointers]
    return _without(value, parts)


def _without(value: Any, parts: list[list[str]]) -> Any:
    if not isinstance(value, dict):
        return value
    gone = {part[0] for part in parts if len(part) == 1}
    return {
        name: _without(item, [part[1:] for part in parts if len(part) > 1 and part[0] == str(name)])
        for name, item in value.items()
        if str(name) not in gone
    }


def same_value(one: Any, other: Any) -> bool:
    """Equality in which 1 is not True, 1 is not 1.0's type apart, and absence equals absence."""
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_value(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(
            same_value(a, b) for a, b in zip(one, other, strict=True)
        )
    return bool(one == other)


def show_value(value: Any) -> str:
    """A value on one line for a person."""
    if value is MISSING:
        return ABSENT
    if isinstance(value, str):
        return value
    try:
        shown = json.dumps(value, ensure_ascii=False, default=str, sort_keys=True)
    except (TypeError, ValueError):
        shown = str(value)
    return shown if len(shown) <= 80 else shown[:79] + "…"
