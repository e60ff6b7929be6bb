"""How long both sides took, as the page draws it: every attempt, or so many of them that the shape
stays. Pure."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from typing import Any

from gatekeeper.model import Side
from gatekeeper.outcome import CaseJudgement, SideJudgement

DRAWN = 1_000
"""Points of one distribution; of more, as many are taken at even distances of rank."""
LEAST = {50: 6, 90: 29, 95: 59, 99: 299}
"""Percentile -> samples before it says anything: fewer may not hold one value beyond it."""
_KINDS = {"total": "to the last byte", "first": "to the first text"}


def _points(values: list[float]) -> list[float]:
    count = len(values)
    if count > DRAWN:
        values = [values[round(at * (count - 1) / (DRAWN - 1))] for at in range(DRAWN)]
    return [round(value, 3) for value in values]


def _summary(found: array[float]) -> dict[str, Any]:
    values = sorted(found)
    data: dict[str, Any] = {"count": len(values), "points": _points(values)}
    if values:
        data |= {"least": round(values[0], 3), "most": round(values[-1], 3)}
        data["percentiles"] = [
            [percent, needed, round(values[math.ceil(percent / 100 * len(values)) - 1], 3)
             if len(values) >= needed else None] for percent, needed in LEAST.items()]
    return data


@dataclass(slots=True)
class Timed:
    """Milliseconds of the attempts that were due and answered, of the cases that both sides have;
    those that confirm a flip are no sample of anything."""

    found: dict[tuple[str, Side], array[float]] = field(
        default_factory=lambda: {(kind, side): array("d") for kind in _KINDS for side in Side})

    def add(self, case: CaseJudgement, repeats: int) -> None:
        """Take in one case, of which so many attempts were due."""
        if case.case.head_only:
            return
        self._add(Side.HEAD, case.head, repeats)
        if case.base is not None:
            self._add(Side.BASE, case.base, repeats)

    def _add(self, side: Side, judged: SideJudgement, repeats: int) -> None:
        for attempt in judged.attempts:
            if attempt.number > repeats or attempt.total_ms is None:
                continue
            self.found["total", side].append(attempt.total_ms)
            if attempt.first_token_ms is not None:
                self.found["first", side].append(attempt.first_token_ms)

    def data(self, targets: dict[str, float | None]) -> list[dict[str, Any]]:
        """One distribution a kind of time that was measured; `targets` are declared, in seconds."""
        return [
            {"kind": kind, "words": words,
             "target": None if not targets.get(kind) else (targets[kind] or 0) * 1000,
             **{str(side): _summary(self.found[kind, side]) for side in Side}}
            for kind, words in _KINDS.items() if self.found[kind, Side.HEAD]
        ]
