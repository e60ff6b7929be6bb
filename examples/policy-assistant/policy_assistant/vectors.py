"""Sentence vectors: a random projection of hashed, idf-weighted features, then quantized."""

from __future__ import annotations

import math
import struct
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from operator import mul

_LARGEST = {"int8": 127, "int4": 7, "int2": 1}
"""Levels run from minus this to plus this: 255, 15 and 3 of them."""

_SPREAD = 8
"""Dimensions each feature touches. More than one, so that no single collision decides."""


@dataclass(frozen=True, slots=True)
class Vector:
    """Numbers as they are kept, and the factor that turns them back."""

    values: array[float] | array[int]
    scale: float

    def dot(self, other: Vector) -> float:
        """The inner product of what both stand for."""
        product: float = sum(map(mul, self.values, other.values))
        return product * self.scale * other.scale


def rarity(texts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Feature -> inverse document frequency over the sentences."""
    every = list(texts)
    counts = Counter(feature for text in every for feature in text)
    return {feature: _idf(len(every), count) for feature, count in counts.items()}


def _idf(total: int, count: int) -> float:
    return math.log((total + 1) / (count + 0.5))


def embed(weights: Mapping[str, float], dimensions: int) -> list[float]:
    """Weighted features projected onto a unit vector."""
    vector = [0.0] * dimensions
    for feature, weight in weights.items():
        for code in _codes(feature):
            vector[(code >> 1) % dimensions] += weight if code & 1 else -weight
    length = math.sqrt(sum(value * value for value in vector))
    return [value / length for value in vector] if length else vector


@lru_cache(maxsize=16384)
def _codes(feature: str) -> tuple[int, ...]:
    """Where a feature lands and with which sign. Python's own `hash()` differs by process."""
    digest = blake2b(feature.encode("utf-8"), digest_size=4 * _SPREAD).digest()
    return struct.unpack(f"<{_SPREAD}I", digest)


def quantize(vector: list[float], quantization: str) -> Vector:
    """Symmetric, one scale for each vector; the fewer levels, the more small values become 0."""
    if quantization == "float32":
        return Vector(array("f", vector), 1.0)
    largest = _LARGEST[quantization]
    scale = max(map(abs, vector), default=0.0) / largest
    if not scale:
        return Vector(array("b", [0] * len(vector)), 0.0)
    return Vector(array("b", [round(value / scale) for value in vector]), scale)
