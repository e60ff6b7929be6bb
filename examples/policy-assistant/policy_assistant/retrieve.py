"""The index over the notes, and the ranking of their sentences for a question."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from policy_assistant.adapter import Adapter
from policy_assistant.features import features
from policy_assistant.notes import Sentence
from policy_assistant.vectors import Vector, embed, quantize, rarity

_TITLE_WEIGHT = 0.5
"""A sentence inherits a little of its note's title: what it speaks of is often said only there."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A sentence and how near it is to the question."""

    sentence: Sentence
    score: float


@dataclass(frozen=True, slots=True)
class Index:
    """Every sentence with its vector, and what is needed to embed a question likewise."""

    sentences: tuple[Sentence, ...]
    vectors: tuple[Vector, ...]
    rarity: Mapping[str, float]
    unknown: float
    """The weight of a feature that no note has: a question about other things must score low."""
    dimensions: int
    quantization: str
    adapter: Adapter

    def search(self, question: str) -> list[Hit]:
        """All sentences, nearest first; ties in the order of the notes."""
        vector = quantize(embed(self._weigh(question), self.dimensions), self.quantization)
        hits = [
            Hit(sentence, vector.dot(known))
            for sentence, known in zip(self.sentences, self.vectors, strict=True)
        ]
        return sorted(hits, key=lambda hit: -hit.score)

    def _weigh(self, question: str) -> dict[str, float]:
        return {
            name: weight * self.rarity.get(name, self.unknown) * self.adapter.factor(name)
            for name, weight in features(self.adapter.expand(question)).items()
        }


def make_index(
    sentences: tuple[Sentence, ...], dimensions: int, quantization: str, adapter: Adapter
) -> Index:
    """Embeds and quantizes every sentence once, when the service starts."""
    known = rarity(_with_title(sentence) for sentence in sentences)
    vectors = tuple(
        quantize(
            embed(
                {name: weight * known[name] for name, weight in _with_title(one).items()},
                dimensions,
            ),
            quantization,
        )
        for one in sentences
    )
    unknown = math.log(len(sentences) + 1)
    return Index(sentences, vectors, known, unknown, dimensions, quantization, adapter)


def _with_title(sentence: Sentence) -> Mapping[str, float]:
    found = dict(features(sentence.text))
    for name, weight in features(sentence.title).items():
        found[name] = found.get(name, 0.0) + _TITLE_WEIGHT * weight
    return found
