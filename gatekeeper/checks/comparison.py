"""Head's answer held against base's: JSON by structure and value, prose by what matters first."""

from __future__ import annotations

import re

from gatekeeper.checks.grounding import cited_names
from gatekeeper.checks.jsontext import Found, NotJson, find_json, first_difference
from gatekeeper.checks.kinds import Check, Exchange, broken, excerpt, held
from gatekeeper.checks.polarity import opposite_in
from gatekeeper.checks.refusal import refusal_in
from gatekeeper.checks.words import fold, numbers, numbers_by_unit, overlap
from gatekeeper.model import Answer, CheckCall
from gatekeeper.outcome import CheckStatus, Finding

DEFAULT_OVERLAP = 0.5
"""Less shared wording than this, with facts, citations and form the same, is another answer."""
_BULLET = re.compile(r"^[ \t\u3000]*(?:[-*•・]|\d+[.)．])\s+", re.MULTILINE)


def difference(base: Answer, head: Answer, least_overlap: float = DEFAULT_OVERLAP) -> str:
    """What differs in what matters, most telling first; empty when the answers are comparable."""
    if base.finish_reason != head.finish_reason:
        return (f"ended by {head.finish_reason or 'nothing'}, "
                f"base by {base.finish_reason or 'nothing'}")
    if bool(refusal_in(base.text)) != bool(refusal_in(head.text)):
        return "refuses, base answers" if refusal_in(head.text) else "answers, base refuses"
    by_json = _json_difference(base.text, head.text)
    if by_json is not None:
        return by_json
    for name, of in (("cites", _cites), ("numbers", _numbers), ("bullets", _bullets)):
        before, after = of(base), of(head)
        if sorted(before) != sorted(after):
            return _both(name, before, after)
    if _numbers(base) != _numbers(head) and \
            numbers_by_unit(base.text) != numbers_by_unit(head.text):
        return _both("numbers", _numbers(base), _numbers(head))
    opposite = opposite_in(base.text, head.text)
    if opposite:
        return f"says {excerpt(opposite[0], 60)}, base {excerpt(opposite[1], 60)}"
    shared = overlap(base.text, head.text)
    if shared < least_overlap:
        return f"{shared:.0%} of the wording is shared: {excerpt(head.text)}"
    return ""


def _both(name: str, before: list[str], after: list[str]) -> str:
    return f"{name}: {', '.join(after) or 'none'}; base: {', '.join(before) or 'none'}"


def _cites(answer: Answer) -> list[str]:
    return sorted({fold(name) for name in cited_names(answer)})


def _numbers(answer: Answer) -> list[str]:
    return list(dict.fromkeys(numbers(answer.text)))


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
          "case: ending, refusal, JSON structure and values, citations, numbers and their order, "
          "bullets, a sentence turned into its opposite, then wording.",
          "Nothing that these rules see moved; not that base was right.",
          _same_as_baseline, _lint, threshold=True),
)
