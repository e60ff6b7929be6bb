"""Durations and sizes. Both always carry a unit: a bare number is a guess waiting to go wrong."""

from __future__ import annotations

import re
from decimal import Decimal

DURATION_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
SIZE_UNITS = {"k": 1024, "m": 1024**2, "g": 1024**3}

LONGEST = 24 * 3600.0
"""Seconds; a longer time is a mistake wherever it stands."""
MAX_DIGITS = 20
"""Digits of a number; more are a mistake, and Python would not even read them back."""
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE)


def _quantity(
    text: str, units: dict[str, float] | dict[str, int], example: str
) -> tuple[str, str]:
    """The number and the unit as written; ValueError for what has no end too."""
    match = _QUANTITY.fullmatch(text.strip())
    if (match is None or len(match[1]) > MAX_DIGITS
            or (match[2] and match[2].lower() not in units)):
        raise ValueError(f"`{text}` is not a number with a unit; write for instance {example}")
    if not match[2]:
        raise ValueError(f"`{text}` has no unit; write {text}{example.lstrip('0123456789')}, "
                         f"one of {', '.join(units)}")
    return match[1], match[2].lower()


def parse_duration(text: str) -> float:
    """`500ms`, `30s`, `2m`, `1h` in seconds; ValueError with the likely fix otherwise."""
    number, unit = _quantity(text, DURATION_UNITS, "30s")
    return float(number) * DURATION_UNITS[unit]


def parse_size(text: str) -> int:
    """`512k`, `256m`, `2g` in bytes (powers of 1024, as Docker has them); ValueError otherwise."""
    number, unit = _quantity(text, SIZE_UNITS, "2g")
    return int(Decimal(number) * SIZE_UNITS[unit])


def format_duration(seconds: float) -> str:
    """Seconds as a person writes them, to the millisecond: `480ms`, `2s`, `1.5s`, `2m`."""
    if seconds < 1:
        return f"{seconds * 1000:g}ms"
    if seconds >= 60 and seconds % 60 == 0:
        return f"{seconds / 60:.0f}m"
    return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"


def exact_duration(seconds: float) -> str:
    """Seconds so that they are read back as they are."""
    shown = format_duration(seconds)
    if "e" not in shown and parse_duration(shown) == seconds:
        return shown
    return f"{Decimal(repr(seconds)):f}s"


def format_size(size: int) -> str:
    """Bytes as Docker writes them, exactly: `2g`, `256m`, `1.5k`."""
    for unit in ("g", "m", "k"):
        if size >= SIZE_UNITS[unit] and size % SIZE_UNITS[unit] == 0:
            return f"{size // SIZE_UNITS[unit]}{unit}"
    return f"{(Decimal(size) / SIZE_UNITS['k']).normalize():f}k"
