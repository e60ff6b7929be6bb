"""Whether an English reply refuses: the signs in it, weighed.

The weights were learned by `benchmarks/train_refusal.py`, which says from what; the file names it.
A verdict names the phrases that weighed most, so that a person can tell a wrong one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gatekeeper.checks.refusal_signs import DID_IT, signs_in

FILE = Path(__file__).with_name("refusal_weights.json")
MOST_SHOWN = 3
LEAST_SHOWN = 5
"""Shorter phrases say nothing to a reader: `not`, `?`."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """Which way a reply leans."""

    score: float
    """Above zero it refuses."""
    phrases: tuple[str, ...]
    """The words that weighed most for what was found, heaviest first."""

    @property
    def refuses(self) -> bool:
        """It refuses: more speaks for that than against it, and words of its own do."""
        return self.score > 0


class Weights:
    """What each sign weighs; the empty name is what speaks for neither."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = weights
        self._bias = weights.get("", 0.0)

    def weigh(self, text: str, prompt: str = "") -> Weighed:
        """A reply and, where it is known, what it answers."""
        score = self._bias
        phrases: dict[str, float] = {}
        signs = signs_in(text, prompt)
        for sign in signs:
            weight = self._weights.get(sign.name, 0.0)
            score += weight
            if sign.words:
                phrases[sign.words] = phrases.get(sign.words, 0.0) + weight
        words_refuse = any(weight > 0 for weight in phrases.values())
        if not words_refuse or any(sign.name == DID_IT for sign in signs):
            score = min(score, 0.0)
        side = 1 if score > 0 else -1
        telling = sorted((words for words, weight in phrases.items()
                          if weight * side > 0 and len(words) >= LEAST_SHOWN),
                         key=lambda words: -abs(phrases[words]))
        return Weighed(score, tuple(_apart(telling)[:MOST_SHOWN]))


def _apart(phrases: list[str]) -> list[str]:
    """Without those that are part of another."""
    return [one for one in phrases if not any(one in other for other in phrases if other != one)]


@cache
def weights() -> Weights:
    """The weights that come with the package."""
    return Weights(json.loads(FILE.read_text("utf-8"))["weights"])
