"""Expectations that may be outdated: tied to a source that the change edits. Pure.

A failing case is tied to a source where a text it asks for, or a number in base's answer, occurs in
base's version of the source and no longer in head's, or where base's answer cites it. That excuses
nothing: the case still fails, and the report says where to look first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gatekeeper.checks.grounding import cited_names, resolve
from gatekeeper.checks.kinds import items
from gatekeeper.checks.words import fold, numbers
from gatekeeper.model import Answer, Case

_TEXTS = frozenset({"equals", "contains", "icontains", "starts-with", "levenshtein"})
_LISTS = frozenset({"contains-all", "contains-any"})


def outdated_by(
    case: Case,
    base_answers: Iterable[Answer],
    before: Mapping[str, str],
    after: Mapping[str, str],
) -> str:
    """Name of the source a failing case's expectation is tied to and that changed; else empty.

    `before` and `after`: name of a source -> its text, on base and on head.
    """
    changed = {name: text for name, text in before.items() if after.get(name) != text}
    if not changed:
        return ""
    answers = tuple(base_answers)
    texts = [fold(text) for text in _asked_for(case)]
    said = {number for answer in answers for number in numbers(answer.text)}
    for name, text in changed.items():
        old, new = fold(text), fold(after.get(name, ""))
        if any(wanted and wanted in old and wanted not in new for wanted in texts):
            return name
        if said & (set(numbers(old)) - set(numbers(new))):
            return name
    cited = (resolve(name, changed) for answer in answers for name in cited_names(answer))
    return next((name for name in cited if name), "")


def _asked_for(case: Case) -> Iterator[str]:
    for requirement in case.requirements:
        for call in requirement.alternatives:
            if not call.negated and call.name in _TEXTS:
                yield call.argument
            elif not call.negated and call.name in _LISTS:
                yield from items(call.argument)
