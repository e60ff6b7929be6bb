"""Saying no to what another text says: the same sentence, with a negation more or less.

Rules only, and narrow ones: two sentences are opposites when they share nearly all their words, one
of them is negated, and no sentence that says the same stands nearer. What is said in other words is
not judged here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gatekeeper.checks.sentences import sentences_of
from gatekeeper.checks.words import grams, narrow

MAX_SENTENCES = 200
"""Sentences of each text that are held against each other."""
SAME = 0.7
"""Sentences that share this much wording, negations aside, speak of the same."""
_FIRST = re.compile(r"\W*(?:(yes|はい|是的)|(no|nope|いいえ)(?=[,、:;]|$))\b[,、:;]?")
_NOT = re.compile(
    r"\b(?:not\b(?! only)|never\b|cannot\b|without\b"
    r"|no\b(?! (?:(?:more|later|longer) than|problem|doubt|worries)\b))"
    r"|n't\b|ませんでした|ません|(?<![少危な])(?:ない|なかった|なく)"
    r"|(?:不(?![仅但过同断久])|没有?|沒有?|未(?!満|满)|勿|无法|無法)"
)
_UNNEGATED = {"ません": "ます", "ませんでした": "ました", "cannot": "can"}


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    negated: bool
    grams: frozenset[str]


def _sentences(text: str) -> list[_Sentence]:
    out = []
    for part in sentences_of(text):
        shown = narrow(part).replace("won't", "willn't")
        first = _FIRST.match(shown)
        rest = shown[first.end() :] if first else shown
        plain = _NOT.sub(lambda match: _UNNEGATED.get(match[0], " "), rest)
        found = grams(plain)
        if found:
            negated = plain != rest or bool(first and first[2])
            out.append(_Sentence(part.strip(), negated, frozenset(found)))
        if len(out) == MAX_SENTENCES:
            break
    return out


def _shared(one: _Sentence, other: _Sentence) -> float:
    return 2 * len(one.grams & other.grams) / (len(one.grams) + len(other.grams))


def opposite_in(base: str, head: str) -> tuple[str, str] | None:
    """Head's sentence that says no to one of base's, or yes where base says no, and base's."""
    others = _sentences(base)
    for one in _sentences(head):
        near = {True: (0.0, ""), False: (0.0, "")}
        for other in others:
            near[one.negated == other.negated] = max(
                near[one.negated == other.negated], (_shared(one, other), other.text))
        share, text = near[False]
        if share >= SAME and share > near[True][0]:
            return one.text, text
    return None
