"""How a check is written: `type`, `type:value`, `type(threshold):value`, `not-…`, `a || b`.

The syntax is promptfoo's for CSV assertions, with ` || ` for alternatives added.
Source: promptfoo `site/docs/configuration/expected-outputs`, section CSV.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches

from gatekeeper.checks import table
from gatekeeper.formats.spelling import nearest
from gatekeeper.model import CheckCall, Requirement

_OPPOSITE = {"min": "max", "max": "min"}
_MODEL = "it asks a model; `llm-rubric` does, through the manifest's `judge`"
_CODE = "it runs code; `python` does, as one of the manifest's `own_checks`"
NOT_HERE = {
    **dict.fromkeys(("grade", "factuality", "model-graded-closedqa",
                     "model-graded-factuality", "g-eval", "answer-relevance", "context-recall",
                     "context-relevance", "context-faithfulness", "classifier", "moderation",
                     "select-best", "pi"), _MODEL),
    **dict.fromkeys(("javascript", "fn", "eval", "ruby", "webhook", "file"), _CODE),
    **dict.fromkeys(("rouge-n", "bleu", "gleu", "meteor"), "use `levenshtein` or `contains-all`"),
    **dict.fromkeys(("is-html", "contains-html", "is-xml", "contains-xml", "is-sql",
                     "contains-sql"), "use `regex`"),
    "word-count": "use `min-words` and `max-words`",
    "perplexity": "the contract has no log probabilities",
    "cost": "the contract has no prices",
    "contains-valid-json": "use `contains-json`",
}
"""Types of promptfoo's that a cell may name and that are no checks here -> what to do instead."""
_CALL = re.compile(r"(?P<not>not-)?(?P<name>[a-z][a-z-]*)(?:\((?P<threshold>[^)]*)\))?"
                   r"(?::(?P<argument>.*))?", re.DOTALL)


def read_call(text: str) -> CheckCall:
    """One check; ValueError with the likely fix when it is unknown, misused or can never fail."""
    match = _CALL.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"`{text.strip()}` is not a check; write `name`, `name:value` "
                         "or `name(threshold):value`")
    name = match["name"]
    check = table.CHECKS.get(name)
    if check is None:
        raise ValueError(f"unknown check `{name}`: {nearest(name, table.CHECKS)}")
    call = CheckCall(
        name, (match["argument"] or "").strip(), _threshold(match["threshold"]), bool(match["not"])
    )
    complaint = check.complaint(call)
    if complaint:
        raise ValueError(f"`{call}`: {complaint}")
    return call


def _threshold(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"`{text}` is not a number") from None


def read_requirement(text: str) -> Requirement:
    """One check, or several joined by ` || ` of which one is enough."""
    calls = tuple(read_call(part) for part in re.split(r"\s\|\|\s", text))
    for call in calls:
        if not call.negated and replace(call, negated=True) in calls:
            raise ValueError(f"`{text.strip()}`: one of the two always holds, so it can never fail")
    return Requirement(calls)


def read_requirements(cell: str) -> tuple[Requirement, ...]:
    """The `checks` column: one requirement a line; all must hold."""
    lines = [line for line in cell.splitlines() if line.strip()]
    return tuple(read_requirement(line) for line in lines)


def read_expected(cell: str) -> tuple[Requirement, ...]:
    """A cell of promptfoo's `__expected`: one check, or the text that the answer must equal."""
    text = cell.strip()
    if not text:
        return ()
    match = _CALL.fullmatch(text)
    if match is None:
        return (Requirement((CheckCall("equals", text),)),)
    name = match["name"]
    if name in table.CHECKS:
        return (Requirement((read_call(text),)),)
    if name in NOT_HERE:
        raise ValueError(f"promptfoo's `{name}` is not known here: {NOT_HERE[name]}")
    if "-" in name or get_close_matches(name, table.CHECKS, n=1, cutoff=0.8):
        raise ValueError(f"unknown check `{name}`: {nearest(name, table.CHECKS)}, or write "
                         f"`equals:{text}` for the text itself")
    return (Requirement((CheckCall("equals", text),)),)


def contradiction(requirements: Iterable[Requirement]) -> str:
    """Why no answer can hold all of them, where that can be told; empty otherwise."""
    calls = [one.alternatives[0] for one in requirements if len(one.alternatives) == 1]
    bounds: dict[str, CheckCall] = {}
    for call in calls:
        if replace(call, negated=not call.negated) in calls:
            return f"`{call}` and its opposite are both asked for: no answer can hold both"
        if call.negated:
            continue
        other = bounds.setdefault(call.name, call)
        if call.name == "equals" and other != call:
            return f"`{other}` and `{call}` are both asked for: no answer can hold both"
        side, _, noun = call.name.partition("-")
        opposite = bounds.get(f"{_OPPOSITE.get(side, '')}-{noun}")
        if opposite is not None:
            low, high = (call, opposite) if side == "min" else (opposite, call)
            if int(low.argument) > int(high.argument):
                return f"`{low}` and `{high}` are both asked for: no answer can hold both"
    return ""
