"""What the forms of an English word have in common, `refund` of `refunds` and `refunded`: endings
only, no dictionary. Both sides of a comparison go through it."""

from __future__ import annotations

from functools import lru_cache

LEAST = 3
"""Letters that are left of a word at least."""
_ENDINGS = ("ingly", "edly", "ings", "ing", "ies", "ied", "ily", "ers", "er", "ors", "or", "ed",
            "es", "ly", "s", "e", "y")
"""Longest first where one ends another."""


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A folded word without its ending; a doubled last letter once: `planned` as `plan`."""
    word = word.removesuffix("'s")
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= LEAST:
            word = word[:-len(ending)]
            break
    return word[:-1] if len(word) > LEAST and word[-1] == word[-2] else word
