"""Durations and sizes. Both always carry a unit: a bare number is a guess waiting to go wrong."""

from __future__ import annotations

import re

DURATION_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
SIZE_UNITS = {"k": 1024, "m": 1024**2, "g": 1024**3}

_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE)


def _quantity(text: str, units: dict[str, float] | dict[str, int], example: str) -> float:
    match = _QUANTITY.fullmatch(text.strip())
    if match is None or (match[2] and match[2].lower() not in units):
        raise ValueError(f"`{text}` is not a number with a unit; write for instance {example}")
    if not match[2]:
        raise ValueError(f"`{text}` has no unit; write {text}{example.lstrip('0123456789')}, "
                         f"one of {', '.join(units)}")
    return float(match[1]) * units[match[2].lower()]


def parse_duration(text: str) -> float:
    """`500ms`, `30s`, `2m`, `1h` in seconds; ValueError with the likely fix otherwise."""
    return _quantity(text, DURATION_UNITS, "30s")


def parse_size(text: str) -> int:
    """`512k`, `256m`, `2g` in bytes (powers of 1024, as Docker has them); ValueError otherwise."""
    return int(_quantity(text, SIZE_UNITS, "2g"))


def format_duration(seconds: float) -> str:
    """Seconds as a person writes them: `480ms`, `2s`, `1.5s`, `2m`."""
    if seconds < 1:
        return f"{seconds * 1000:g}ms"
    if seconds >= 60 and seconds % 60 == 0:
        return f"{seconds / 60:g}m"
    return f"{round(seconds, 3):g}s"


def format_size(size: int) -> str:
    """Bytes as Docker writes them: `2g`, `256m`."""
    for unit in ("g", "m", "k"):
        if size >= SIZE_UNITS[unit] and size % SIZE_UNITS[unit] == 0:
            return f"{size // SIZE_UNITS[unit]}{unit}"
    return f"{size}"
