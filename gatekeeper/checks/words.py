"""Text made comparable: width, case, quotes and white space folded; words where there are spaces,
character pairs where there are none (Japanese and Chinese)."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

_QUOTES = str.maketrans({
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "「": '"', "」": '"', "『": '"', "』": '"',
    "‘": "'", "’": "'", "‚": "'", "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-",
})
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\W_]+(?:'[a-z]+)?")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*")


def fold(text: str) -> str:
    """NFKC, lower case, straight quotes and dashes, single spaces, none between CJK characters."""
    folded = unicodedata.normalize("NFKC", text).translate(_QUOTES).casefold()
    folded = " ".join(folded.split())
    return re.sub(rf"(?<={_UNSPACED.pattern}) (?={_UNSPACED.pattern})", "", folded)


def tokens(text: str) -> list[str]:
    """Words of spaced scripts and single characters of unspaced ones, folded."""
    return _TOKEN.findall(fold(text))


def count_words(text: str) -> int:
    """Words; an unspaced character counts as one, as word processors count them."""
    return len(tokens(text))


def numbers(text: str) -> list[str]:
    """Numbers as written, width folded and thousands separators dropped."""
    folded = unicodedata.normalize("NFKC", text)
    return [re.sub(r",(?=\d{3})", "", found).rstrip(".,") for found in _NUMBER.findall(folded)]


def overlap(first: str, second: str) -> float:
    """Dice coefficient over words and character pairs: 1 for the same wording, 0 for none of it."""
    one, two = _grams(first), _grams(second)
    if not one and not two:
        return 1.0
    return 2 * len(one & two) / (len(one) + len(two))


def _grams(text: str) -> set[str]:
    words = tokens(text)
    grams = {word for word in words if len(word) > 1}
    singles = [word if len(word) == 1 else " " for word in words]
    grams |= {a + b for a, b in pairwise(singles) if a != " " and b != " "}
    return grams or set(words)


def distance_within(first: str, second: str, limit: int) -> int | None:
    """Levenshtein distance where it is at most `limit`; None beyond. O(length · limit)."""
    if abs(len(first) - len(second)) > limit:
        return None
    infinite = limit + 1
    previous = [column if column <= limit else infinite for column in range(len(second) + 1)]
    for row, left in enumerate(first, start=1):
        low, high = max(1, row - limit), min(len(second), row + limit)
        current = [infinite] * (len(second) + 1)
        current[0] = row if row <= limit else infinite
        for column in range(low, high + 1):
            current[column] = min(
                previous[column] + 1,
                current[column - 1] + 1,
                previous[column - 1] + (left != second[column - 1]),
            )
        if min(current) > limit:
            return None
        previous = current
    return previous[-1] if previous[-1] <= limit else None
