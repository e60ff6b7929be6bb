"""Text made comparable: width, case, quotes and white space folded; words where there are spaces,
character pairs where there are none (Japanese and Chinese)."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import regex

from gatekeeper.checks.numerals import arabic

_QUOTES = str.maketrans({
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "「": '"', "」": '"', "『": '"', "』": '"',
    "‘": "'", "’": "'", "‚": "'", "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-",
})
UNSPACED = (r"[\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
            r"\U00020000-\U0003ffff]")
"""A character of Japanese or Chinese, punctuation aside: a word of its own."""
_SPACED_OUT = re.compile(rf"(?<={UNSPACED}) | (?={UNSPACED})")
# Only `regex` knows letters and marks: Indic vowels are marks, and belong to their word.
_TOKEN = regex.compile(rf"{UNSPACED}|(?:(?!{UNSPACED})[\p{{L}}\p{{N}}]\p{{M}}*)+(?:'[a-z]+)?")
_NUMBER = re.compile(r"(?:(?<![A-Za-z0-9_)\].%])[-−])?(?<![A-Za-z0-9_.])\d+(?:[.,]\d+)*")


def narrow(text: str) -> str:
    """NFKC, lower case, straight quotes and dashes, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_QUOTES).casefold().split())


def fold(text: str) -> str:
    """Narrow, and without the spaces at CJK characters, which are a matter of typesetting."""
    return _SPACED_OUT.sub("", narrow(text))


def tokens(text: str) -> list[str]:
    """Words of spaced scripts and single characters of unspaced ones, folded."""
    return _TOKEN.findall(fold(text))


def count_words(text: str) -> int:
    """Words; an unspaced character counts as one, as word processors count them."""
    return len(tokens(text))


def numbers(text: str) -> list[str]:
    """Numbers in their order, sign kept, width folded and thousands separators dropped."""
    folded = arabic(unicodedata.normalize("NFKC", text).replace("−", "-"))
    return [re.sub(r",(?=\d{3})", "", found).rstrip(".,") for found in _NUMBER.findall(folded)]


def numbers_by_unit(text: str) -> dict[str, list[str]]:
    """The same numbers by the word behind them: sentences may change places, amounts may not."""
    folded = arabic(unicodedata.normalize("NFKC", text).replace("−", "-"))
    found: dict[str, list[str]] = {}
    for match in _NUMBER.finditer(folded):
        unit = _TOKEN.search(folded, match.end(), match.end() + 20)
        found.setdefault(unit[0].casefold() if unit else "", []).append(match[0])
    return found


def overlap(first: str, second: str) -> float:
    """Dice coefficient over words and character pairs: 1 for the same wording, 0 for none of it."""
    one, two = grams(first), grams(second)
    if not one and not two:
        return 1.0
    return 2 * len(one & two) / (len(one) + len(two))


def grams(text: str) -> set[str]:
    """What a text is made of, whatever the order: words and character pairs."""
    words = tokens(text)
    found = {word for word in words if len(word) > 1}
    singles = [word if len(word) == 1 else " " for word in words]
    found |= {a + b for a, b in pairwise(singles) if a != " " and b != " "}
    return found or set(words)


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
