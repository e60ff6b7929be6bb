"""promptfoo's assertions as checks of ours, or why there is none. Pure.

Source: promptfoo `site/docs/configuration/expected-outputs`, and its defaults for thresholds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gatekeeper.cases.requirements import NOT_HERE, read_requirement
from gatekeeper.importing.rows import Written, written
from gatekeeper.importing.template import NotPlain, render

_TEXTS = ("contains", "icontains", "starts-with", "regex")
_LISTS = ("contains-all", "contains-any", "icontains-all", "icontains-any")
_BARE = ("is-refusal",)
_JSON = ("is-json", "contains-json")
_CODE = (".js", ".cjs", ".mjs", ".ts", ".py", ".rb")
_CELL = re.compile(r"(?P<type>(?:not-)?[a-z][a-z-]*)(?:\((?P<threshold>[\d.]+)\))?"
                   r"(?::(?P<value>.*))?", re.DOTALL)
EVERYTHING = "a threshold of 0 or a weight of 0 passes whatever is said"
WITNESSES = {"llm-rubric": "judge", "similar": "embeddings"}
"""Checks that ask somebody else -> the manifest's key that says whom."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """One assertion as it is written."""

    type: str
    value: Any
    file: str
    line: int
    threshold: float | None = None
    weight: float | None = None
    metric: str = ""
    transformed: bool = False
    """It looks at what is made of the reply, and not at the reply."""
    inner: tuple[Assertion, ...] = ()
    """Of an `assert-set`."""


class NoCounterpart(ValueError):
    """There is no such check here; the message says why, and what to do instead."""


def of_cell(cell: str, file: str, line: int) -> Assertion:
    """A cell of an `__expected` column."""
    text = cell.strip()
    match = _CELL.fullmatch(text)
    if match is None or (match["value"] is None and not _is_type(match["type"])):
        return Assertion("equals", text, file, line)
    threshold = float(match["threshold"]) if match["threshold"] else None
    return Assertion(match["type"], match["value"] or "", file, line, threshold)


def _is_type(name: str) -> bool:
    return name.removeprefix("not-") in {*_BARE, *_JSON, "latency", *WITNESSES, *NOT_HERE}


def turned(one: Assertion, variables: Mapping[str, Any], read: Callable[[str], str | None]
           ) -> tuple[Written, ...]:
    """The checks that hold a reply to what the assertion does; NoCounterpart where there are none.
    `read` gives a file that a value names, as the config's folder knows it."""
    if one.weight == 0 or (one.threshold == 0 and one.type != "cost"):
        raise NoCounterpart(EVERYTHING)
    if one.transformed:
        raise NoCounterpart("it looks at what a `transform` makes of the reply; checks look at the "
                            "reply itself")
    if one.type == "assert-set":
        return _set(one, variables, read)
    negated = one.type.startswith("not-")
    name = one.type.removeprefix("not-")
    if name in NOT_HERE and name != "word-count":  # here it is made of two checks
        raise NoCounterpart(NOT_HERE[name])
    try:
        value = _filled(one.value, variables, read)
        texts = _made(name, value, one.threshold, negated)
        return tuple(written(f"{'not-' * negated}{text}") for text in texts)
    except NoCounterpart:
        raise
    except ValueError as error:
        raise NoCounterpart(str(error)) from None


def _set(one: Assertion, variables: Mapping[str, Any], read: Callable[[str], str | None]
         ) -> tuple[Written, ...]:
    """All of its assertions, or one of them where its threshold asks for no more."""
    inner = [turned(each, variables, read) for each in one.inner]
    if not inner:
        raise NoCounterpart("the set is empty")
    if one.threshold is None or one.threshold >= 1:
        return tuple(check for checks in inner for check in checks)
    if one.threshold * len(inner) > 1 or any(len(checks) != 1 for checks in inner):
        raise NoCounterpart(f"{one.threshold:g} of a set: checks must all hold, or one of several "
                            "joined by ` || `")
    alternatives = [checks[0] for checks in inner]
    if any(check.own_cell for check in alternatives):
        raise NoCounterpart("one of its values does not fit in a line")
    text = " || ".join(check.text for check in alternatives)
    try:
        read_requirement(text)
    except ValueError as error:
        raise NoCounterpart(str(error)) from None
    return (Written(text),)


def _filled(value: Any, variables: Mapping[str, Any], read: Callable[[str], str | None]) -> Any:
    """The value with files read and variables filled in."""
    if isinstance(value, list):
        return [_filled(item, variables, read) for item in value]
    if isinstance(value, dict):
        return {name: _filled(item, variables, read) for name, item in value.items()}
    if not isinstance(value, str):
        return value
    if value.startswith("file://"):
        name = value.removeprefix("file://")
        if name.partition(":")[0].endswith(_CODE):
            raise NoCounterpart(NOT_HERE["javascript"])
        content = read(name)
        if content is None:
            raise NoCounterpart(f"{name} is not there, or is not text")
        value = content.strip()
    try:
        return render(value, variables)
    except NotPlain as error:
        raise NoCounterpart(str(error)) from None


def _made(name: str, value: Any, threshold: float | None, negated: bool) -> list[str]:
    if name in _TEXTS:
        return [f"{name}:{_text(value)}"]
    if name == "equals":
        exact = f'is-json:{json.dumps({"const": value}, ensure_ascii=False)}'
        return [exact if isinstance(value, (dict, list)) else f"equals:{_text(value)}"]
    if name in _LISTS:
        return [f"{name}:{_list(value)}"]
    if name in _BARE:
        return [name]
    if name in _JSON:
        return [f"{name}:{_schema(value)}" if value not in (None, "") else name]
    if name == "levenshtein":
        return [f"levenshtein({threshold if threshold is not None else 5:g}):{_text(value)}"]
    if name == "latency":
        if threshold is None:
            raise NoCounterpart("it has no threshold")
        return [f"latency({threshold:g})"]
    if name == "finish-reason":
        return [f"finish-reason:{_text(value)}"]
    if name == "word-count":
        return _word_count(value, negated)
    if name == "llm-rubric":
        return [f"llm-rubric:{' '.join(_text(value).split())}"]
    if name == "similar":
        return [f"similar({threshold if threshold is not None else 0.75:g}):{_text(value)}"]
    raise NoCounterpart("there is no such check here")


def _text(value: Any) -> str:
    if isinstance(value, (dict, list)) or value is None:
        raise NoCounterpart("its value is not a text")
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    if not text.strip():
        raise NoCounterpart("its value is empty, so it can never fail")
    return text


def _list(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_text(item).replace(",", "\\,") for item in value)
    return _text(value)


def _schema(value: Any) -> str:
    """A JSON Schema on one line."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise NoCounterpart("its schema is not JSON") from None
    return json.dumps(value, ensure_ascii=False)


def _word_count(value: Any, negated: bool) -> list[str]:
    if negated:
        raise NoCounterpart("use `min-words` or `max-words`")
    bounds = value if isinstance(value, dict) else {"min": value, "max": value}
    texts = [f"{side}-words:{bounds[side]}" for side in ("min", "max")
             if str(bounds.get(side) or "").isdecimal()]
    if not texts:
        raise NoCounterpart("it has no number of words")
    return texts
