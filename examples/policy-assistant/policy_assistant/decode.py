"""Decoding: which of the ranked sentences are said, and where the answer is cut off."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence

from policy_assistant.retrieve import Hit

_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff]{1,2}|[^\W_\u3040-\u30ff\u3400-\u9fff]+|[^\s\w]|_"
)


def choose(
    hits: Sequence[Hit], count: int, temperature: float, top_k: int, dice: random.Random
) -> list[Hit]:
    """The best `count` at temperature 0; above it, drawn among the top_k by softmax of score."""
    if temperature == 0:
        return list(hits[:count])
    pool = list(hits[: max(top_k, count)])
    drawn: list[Hit] = []
    while pool and len(drawn) < count:
        weights = [math.exp((hit.score - pool[0].score) / temperature) for hit in pool]
        drawn.append(pool.pop(dice.choices(range(len(pool)), weights)[0]))
    return drawn


def make_dice(seed: int | None, question: str) -> random.Random:
    """The same draws for the same seed and question, or new ones each time without a seed."""
    return random.Random() if seed is None else random.Random(f"{seed}:{question}")


def count_tokens(text: str) -> int:
    """Words, marks, and pairs of unspaced characters."""
    return sum(1 for _ in _TOKEN.finditer(text))


def truncate(text: str, max_tokens: int) -> tuple[str, str]:
    """The text up to its last allowed token, and the finish reason."""
    for number, token in enumerate(_TOKEN.finditer(text)):
        if number == max_tokens:
            return text[: token.start()].rstrip(), "length"
    return text, "stop"
