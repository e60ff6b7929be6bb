"""Text as weighted features: words with their letter trigrams, and character pairs and triples
where there are no spaces, so that Japanese needs no dictionary."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping

_LATIN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+")
_HIRAGANA = re.compile(r"[\u3040-\u309f]")
_TRIGRAM_WEIGHT = 0.3
_GRAM_WEIGHTS = {1: 0.3, 2: 1.0, 3: 0.5}
_INFLECTED = 0.3
"""A gram with hiragana in it is mostly an ending or a particle, and says less."""
_NO_TOPIC = """
a an and any are as at be by can do does for from get give how i if in is it its many may me much
must my no not of on or our please tell that the their them then there they this to us use was we
what when where which who will with you your
"""
_STOPWORDS = frozenset(_NO_TOPIC.split())


def normalise(text: str) -> str:
    """Width and case folded, so that `ＡＰＩ` and `api` are the same."""
    return unicodedata.normalize("NFKC", text).casefold()


def is_japanese(text: str) -> bool:
    """Whether the text holds Japanese characters."""
    return _UNSPACED.search(text) is not None


def features(text: str) -> Mapping[str, float]:
    """Feature -> weight. Words that carry no topic are left out."""
    found: defaultdict[str, float] = defaultdict(float)
    folded = normalise(text)
    for word in _LATIN.findall(folded):
        if word not in _STOPWORDS:
            _add_word(found, word)
    for run in _UNSPACED.findall(folded):
        _add_run(found, run)
    return found


def _add_word(found: defaultdict[str, float], word: str) -> None:
    found[f"w:{word}"] += 1
    padded = f"<{word}>"
    for at in range(len(padded) - 2):
        found[f"g:{padded[at : at + 3]}"] += _TRIGRAM_WEIGHT


def _add_run(found: defaultdict[str, float], run: str) -> None:
    for size, weight in _GRAM_WEIGHTS.items():
        for at in range(len(run) - size + 1):
            gram = run[at : at + size]
            hiragana = len(_HIRAGANA.findall(gram))
            if hiragana < size:
                found[f"c:{gram}"] += weight * (_INFLECTED if hiragana else 1.0)
