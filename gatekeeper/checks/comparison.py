"""Head's answer held against base's: JSON by structure and value, prose by what matters first."""

from __future__ import annotations

import re

from gatekeeper.checks.counts import count_bullets
from gatekeeper.checks.facts import Facts, facts_in, has_name
from gatekeeper.checks.grounding import cited_names
from gatekeeper.checks.jsontext import Found, NotJson, find_json, first_difference
from gatekeeper.checks.kinds import Check, Exchange, broken, excerpt, held
from gatekeeper.checks.polarity import opposite_in
from gatekeeper.checks.refusal import refusal_in, request_for_evidence_in
from gatekeeper.checks.words import fold, numbers_by_unit, overlap
from gatekeeper.model import Answer, CheckCall
from gatekeeper.outcome import CheckStatus, Finding

DEFAULT_OVERLAP = 0.5
"""Less shared wording than this, with facts, citations and form the same, is another answer."""
_CODE = re.compile(r"^[ \t]*```[^`\n]*\n", re.MULTILINE)


def difference(base: Answer, head: Answer, least_overlap: float = DEFAULT_OVERLAP,
               prompt: str = "") -> str:
    """What differs in what matters, most telling first; empty when the answers are comparable.
    `prompt`: what both answer, if known."""
    if base.finish_reason != head.finish_reason:
        return (f"ended by {head.finish_reason or 'nothing'}, "
                f"base by {base.finish_reason or 'nothing'}")
    for found_in, does, does_not in (
        (lambda text: refusal_in(text, prompt), "refuses", "answers"),
        (request_for_evidence_in, "asks for evidence", "asks for none"),
    ):
        before, after = bool(found_in(base.text)), bool(found_in(head.text))
        if before != after:
            return f"{does}, base {does_not}" if after else f"{does_not}, base {does}"
    by_json = _json_difference(base.text, head.text)
    if by_json is not None:
        return by_json
    return (_facts_difference(base, head) or _form_difference(base.text, head.text)
            or _wording_difference(base.text, head.text, least_overlap))


def _facts_difference(base: Answer, head: Answer) -> str:
    """Citations, dates, numbers with their units, names."""
    before, after = facts_in(base.text), facts_in(head.text)
    for name, one, other in (
        ("cites", _cites(base), _cites(head)),
        ("dates", _dates(before), _dates(after)),
        ("numbers", _values(before), _values(after)),
    ):
        if sorted(one) != sorted(other):
            return _both(name, one, other)
    if _values(before) != _values(after) and \
            numbers_by_unit(base.text) != numbers_by_unit(head.text):
        return _both("numbers", _values(before), _values(after))
    for value in _values(before):
        mine, bases = _units(after, value), _units(before, value)
        if mine and bases and not mine & bases:
            return f"units: {value} {_names(mine)}; base: {value} {_names(bases)}"
    lost = [name for name in before.names if not has_name(name, fold(head.text))]
    new = [name for name in after.names if not has_name(name, fold(base.text))]
    return _both("names", lost, new) if lost or new else ""


def _form_difference(base: str, head: str) -> str:
    before, after = (["bullet"] * count_bullets(text) for text in (base, head))
    if before != after:
        return _both("bullets", before, after)
    if bool(_CODE.search(base)) != bool(_CODE.search(head)):
        return "a block of code, base has none" if _CODE.search(head) else "no code, base has some"
    return ""


def _wording_difference(base: str, head: str, least_overlap: float) -> str:
    opposite = opposite_in(base, head)
    if opposite:
        return f"says {excerpt(opposite[0], 60)}, base {excerpt(opposite[1], 60)}"
    shared = overlap(base, head)
    if shared < least_overlap:
        return f"{shared:.0%} of the wording is shared: {excerpt(head)}"
    return ""


def _both(name: str, before: list[str], after: list[str]) -> str:
    return f"{name}: {', '.join(after) or 'none'}; base: {', '.join(before) or 'none'}"


def _cites(answer: Answer) -> list[str]:
    return sorted({fold(name) for name in cited_names(answer)})


def _dates(facts: Facts) -> list[str]:
    return sorted({f"{one.year:04}-{one.month:02}-{one.day:02}" for one in facts.dates})


def _values(facts: Facts) -> list[str]:
    return list(dict.fromkeys(one.value for one in facts.amounts))


def _units(facts: Facts, value: str) -> set[str]:
    """The units that stand behind a number; none where it stands alone once."""
    units = {one.unit for one in facts.amounts if one.value == value}
    return set() if "" in units else units


def _names(units: set[str]) -> str:
    return " and ".join(sorted(units))


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
    differences = [difference(answer, exchange.answer, least, exchange.prompt)
                   for answer in baseline.answers]
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
          "case: ending, refusal, asking for evidence, JSON structure and values, citations, "
          "dates, numbers with their units and order, names, bullets, code, a sentence turned into "
          "its opposite, then wording.",
          "Nothing that these rules see moved; not that base was right.",
          _same_as_baseline, _lint, threshold=True),
)
