"""Attempts in an evidence pack: appended as they come, and read back one case at a time."""

from __future__ import annotations

import dataclasses
import json
import math
import threading
from array import array
from bisect import bisect_left, bisect_right
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


class Places:
    """Where in a file the attempts of each case and side start, in sixteen bytes an attempt."""

    def __init__(self) -> None:
        self._keys = array("q")
        """A hash of case and side each; two may have the same."""
        self._starts = array("q")

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, case_id: str, side: Side, start: int) -> None:
        """One attempt."""
        self._keys.append(hash((case_id, side)))
        self._starts.append(start)

    def sort(self) -> None:
        """Make it possible to look places up: to be called once all are there."""
        order = sorted(range(len(self._keys)), key=self._keys.__getitem__)
        self._keys, self._starts = (array("q", map(one.__getitem__, order))
                                    for one in (self._keys, self._starts))

    def of(self, case_id: str, side: Side) -> Iterable[int]:
        """Where the attempts of a case on a side start, and maybe those of another."""
        key = hash((case_id, side))
        return self._starts[bisect_left(self._keys, key):bisect_right(self._keys, key)]


class AttemptReader:
    """Attempts of one case and side at a time, in order of their numbers."""

    def __init__(self, places: Places, file: Any) -> None:
        self._places = places
        self._file = file

    def of(self, case_id: str, side: Side) -> tuple[Attempt, ...]:
        """All attempts of a case on a side."""
        return tuple(sorted((attempt for attempt in self._read(self._places.of(case_id, side))
                             if (attempt.case_id, attempt.side) == (case_id, side)),
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
