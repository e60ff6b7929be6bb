"""The nearest right word for a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, right_words: Iterable[str]) -> str:
    """A help line: the nearest right word, or all of them where none is near."""
    words = sorted(right_words)
    lowered = {right.lower(): right for right in words}
    close = get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    if close:
        return f"did you mean `{lowered[close[0]]}`?"
    return "one of: " + ", ".join(words)
