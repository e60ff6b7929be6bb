"""Checks on how much an answer has: words, sentences, bullets; bounds both ways."""

from __future__ import annotations

import re
from collections.abc import Callable

from gatekeeper.checks.kinds import Check, Exchange, either
from gatekeeper.checks.sentences import sentences_of
from gatekeeper.checks.words import count_words
from gatekeeper.model import CheckCall
from gatekeeper.outcome import Finding

MOST = 100_000
"""More than any reply that is kept holds."""
_BULLET = re.compile(r"^[ \t\u3000]*(?:[-*+•・‣◦]|\d{1,3}[.)．、])\s+\S", re.MULTILINE)


def count_bullets(text: str) -> int:
    """Items of lists, numbered ones too, one a line."""
    return len(_BULLET.findall(text))


def count_sentences(text: str) -> int:
    """Sentences and list items."""
    return len(sentences_of(text))


_COUNTED: dict[str, tuple[Callable[[str], int], str]] = {
    "words": (count_words, "words; an unspaced character is a word"),
    "sentences": (count_sentences, "sentences; an item of a list is one"),
    "bullets": (count_bullets, "bullets or numbered items, one a line"),
}


def _bound(call: CheckCall) -> int:
    return int(call.argument)


def _held_to(noun: str, least: bool) -> Callable[[CheckCall, Exchange], Finding]:
    count = _COUNTED[noun][0]

    def run(call: CheckCall, exchange: Exchange) -> Finding:
        number, bound = count(exchange.answer.text), _bound(call)
        holds = number >= bound if least else number <= bound
        side = "least" if least else "most"
        return either(holds, f"at {side} {bound} {noun}", f"{number} {noun}")

    return run


def _lint(noun: str, least: bool) -> Callable[[CheckCall], str]:
    def complaint(call: CheckCall) -> str:
        digits = call.argument
        if not (digits.isascii() and digits.isdecimal()):
            return "needs a whole number"
        if len(digits) > 6 or int(digits) > MOST:
            never = "hold" if least else "fail"
            return f"needs at most {MOST}: no reply is longer, so it can never {never}"
        if int(digits) == 0 and least:
            return "every answer has that many: it can never fail"
        if int(digits) == 0 and noun != "bullets":
            return "an answer is never empty: it can never hold"
        return ""

    return complaint


COUNT_CHECKS = tuple(
    Check(f"{'min' if least else 'max'}-{noun}",
          f"The answer has at {'least' if least else 'most'} this many {what}.",
          "Length; not sense.", _held_to(noun, least), _lint(noun, least))
    for noun, (_, what) in _COUNTED.items()
    for least in (True, False)
)
