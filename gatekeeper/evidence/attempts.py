"""Attempts in an evidence pack: appended as they come, and read back one case at a time."""

from __future__ import annotations

import dataclasses
import json
import math
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from gatekeeper.errors import UsageError
from gatekeeper.formats.canonical import plain, to_line
from gatekeeper.model import Attempt, Reply, Side, Timing


def line_of_attempt(line: bytes) -> dict[str, Any] | None:
    """One line of the results; None where a kill cut it off."""
    try:
        data = json.loads(line)
    except ValueError:
        return None
    return data if isinstance(data, dict) and "case" in data and "side" in data else None


def _timing(data: dict[str, Any]) -> Timing:
    """Stamps out of a pack, which may be anybody's: what is no time is damage."""
    for name, value in data.items():
        optional = name not in ("started", "total")
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not ((value is None and optional) or (is_number and 0 <= value < math.inf)):
            raise ValueError(f"{name} is {value!r}")
    return Timing(**data)


@dataclasses.dataclass(frozen=True, slots=True)
class AttemptWriter:
    """Appends attempts, one line each."""

    _write: Any
    _flush: Any
    _lock: threading.Lock

    def append(self, attempt: Attempt) -> None:
        """Write one attempt."""
        line = to_line(
            {
                "case": attempt.case_id,
                "side": attempt.side.value,
                "number": attempt.number,
                "request": attempt.request,
                "reply": plain(attempt.reply),
                "timing": plain(attempt.timing),
                **({"sitting": attempt.sitting} if attempt.sitting > 1 else {}),
            }
        ).encode()
        with self._lock:
            self._write(line)
            self._flush()


class AttemptReader:
    """Attempts of one case and side at a time, in order of their numbers."""

    def __init__(self, places: dict[tuple[str, Side], list[int]], file: Any) -> None:
        self._places = places
        self._file = file

    def of(self, case_id: str, side: Side) -> tuple[Attempt, ...]:
        """All attempts of a case on a side."""
        return tuple(sorted(self._read(self._places.get((case_id, side), ())),
                            key=lambda attempt: attempt.number))

    def _read(self, places: Iterable[int]) -> Iterator[Attempt]:
        for place in places:
            self._file.seek(place)
            data = json.loads(self._file.readline())
            try:
                yield Attempt(data["case"], Side(data["side"]), int(data["number"]),
                              data["request"], Reply(**data["reply"]), _timing(data["timing"]),
                              int(data.get("sitting", 1)))
            except (KeyError, TypeError, ValueError, OverflowError) as error:
                damage = f"an attempt of {data.get('case')!r} is damaged: {error}"
                raise UsageError(damage) from None
