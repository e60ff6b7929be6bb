"""Head's answer held against base's: JSON by structure and value, prose by what matters first."""

from __future__ import annotations

import re

from gatekeeper.checks.grounding import cited_names
from gatekeeper.checks.jsontext import Found, NotJson, find_json, first_difference
from gatekeeper.checks.kinds import Check, Exchange, broken, excerpt, held
from gatekeeper.checks.refusal import refusal_in
from gatekeeper.checks.words import fold, numbers, overlap
from gatekeeper.model import Answer, CheckCall
from gatekeeper.outcome import CheckStatus, Finding

DEFAULT_OVERLAP = 0.5
"""Less shared wording than this, with facts, citations and form the same, is another answer."""
_BULLET = re.compile(r"^\s*(?:[-*•・]|\d+[.)．])\s+", re.MULTILINE)


def difference(base: Answer, head: Answer, least_overlap: float = DEFAULT_OVERLAP) -> str:
    """What differs in what matters, most telling first; empty when the answers are comparable."""
    if base.finish_reason != head.finish_reason:
        return f"ended by {head.finish_reason or 'nothing'}, base by {base.finish_reason}"
    if bool(refusal_in(base.text)) != bool(refusal_in(head.text)):
        return "refuses, base answers" if refusal_in(head.text) else "answers, base refuses"
    by_json = _json_difference(base.text, head.text)
    if by_json is not None:
        return by_json
    for name, of in (("cites", cited_names), ("numbers", _numbers), ("bullets", _bullets)):
        before, after = of(base), of(head)
        if sorted(before) != sorted(after):
            return f"{name}: {', '.join(after) or 'none'}; base: {', '.join(before) or 'none'}"
    shared = overlap(base.text, head.text)
    if shared < least_overlap:
        return f"{shared:.0%} of the wording is shared: {excerpt(head.text)}"
    return ""


def _numbers(answer: Answer) -> list[str]:
    return sorted(set(numbers(answer.text)))


def _bullets(answer: Answer) -> list[str]:
    return ["bullet"] * len(_BULLET.findall(answer.text))


def _json_difference(base: str, head: str) -> str | None:
    """None when neither is JSON; empty when both are and agree."""
    values: list[Found | None] = []
    for text in (base, head):
        try:
            values.append(find_json(text))
        except NotJson:
            values.append(None)
    before, after = values
    if before is None or after is None:
        if before is after:
            return None
        return "JSON, base is not" if before is None else "not JSON, base is"
    if before.bare != after.bare:
        return after.extra() or "bare JSON, base is not"
    found = first_difference(before.value, after.value)
    if found is None or _same_text(found[1], found[2]):
        return ""
    return f"JSON differs at {found[0]}: {excerpt(str(found[2]), 60)}, " \
           f"base {excerpt(str(found[1]), 60)}"


def _same_text(before: object, after: object) -> bool:
    return isinstance(before, str) and isinstance(after, str) and fold(before) == fold(after)


def _same_as_baseline(call: CheckCall, exchange: Exchange) -> Finding:
    expected = "comparable with base's answer"
    baseline = exchange.baseline
    if baseline.moot:
        return Finding(CheckStatus.MOOT, expected, baseline.moot)
    if not baseline.answers:
        reason = baseline.unmeasured or "base was not asked"
        return Finding(CheckStatus.UNMEASURED, expected, reason)
    least = DEFAULT_OVERLAP if call.threshold is None else call.threshold
    differences = [difference(answer, exchange.answer, least) for answer in baseline.answers]
    if not all(differences):
        return held(expected, "comparable")
    return broken(expected, differences[0])


def _lint(call: CheckCall) -> str:
    if call.argument:
        return "takes no value"
    if call.threshold is not None and not 0 < call.threshold <= 1:
        return "the share of wording must be above 0 and at most 1"
    return ""


COMPARISON_CHECKS = (
    Check("same-as-baseline", "The answer is comparable with one of base's answers to the same "
          "case: ending, refusal, JSON structure and values, citations, numbers, bullets, then "
          "wording.", "Nothing that matters moved; not that base was right.",
          _same_as_baseline, _lint),
)
