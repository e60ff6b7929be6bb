"""JSON as services write it: bare, in a fence, in prose; strict, with the fault located."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_FENCE = re.compile(r"```[\w-]*[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL)
_WRONG_QUOTES = "'‘’“”„`"
MAX_DEPTH = 200


class NotJson(ValueError):
    """Why a text is not JSON, with line and column."""


@dataclass(frozen=True, slots=True)
class Found:
    """A JSON value inside a text, and the prose around it."""

    value: Any
    before: str
    after: str
    fenced: bool

    @property
    def bare(self) -> bool:
        """Nothing but JSON."""
        return not (self.before or self.after or self.fenced)

    def extra(self) -> str:
        """The extra prose, named and located."""
        if self.before:
            return f"extra prose before the JSON: {self.before[:80]!r} (line 1, column 1)"
        if self.after:
            return f"extra prose after the JSON: {self.after[:80]!r}"
        return "extra prose: a code fence round the JSON" if self.fenced else ""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for name, value in pairs:
        if name in seen:
            raise NotJson(f"key {name!r} is given twice")
        seen[name] = value
    return seen


def _no_constant(name: str) -> Any:
    raise NotJson(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def parse_json(text: str) -> Any:
    """Strict JSON: no duplicate keys, no NaN; NotJson says where and what is wrong."""
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NotJson(_explain(text, error)) from None
    except RecursionError:
        raise NotJson("nested too deeply") from None


def _explain(text: str, error: json.JSONDecodeError) -> str:
    place = f"line {error.lineno}, column {error.colno}"
    at = text[error.pos : error.pos + 1]
    if not text.strip():
        return "empty"
    if at and at in _WRONG_QUOTES:
        return f"invalid quotation at {place}: {at} in place of \""
    if re.match(r"\s*[}\]]", text[error.pos :]) and text[: error.pos].rstrip().endswith(","):
        return f"trailing comma before {place}"
    if error.pos >= len(text.rstrip()):
        return f"ends too soon at {place}"
    return f"{error.msg} at {place}"


def find_json(text: str) -> Found:
    """The JSON object or array of a reply, wherever it stands; NotJson when there is none."""
    stripped = text.strip()
    try:
        value = parse_json(stripped)
        if isinstance(value, (dict, list)):
            return Found(value, "", "", fenced=False)
        whole = NotJson(f"a lone {type(value).__name__}, not an object or an array")
    except NotJson as error:
        whole = error
    fence = _FENCE.search(stripped)
    if fence:
        value = parse_json(fence[1].strip())
        if not isinstance(value, (dict, list)):
            raise whole
        return Found(value, stripped[: fence.start()].strip(), stripped[fence.end() :].strip(),
                     fenced=True)
    return _in_prose(stripped, whole)


def _in_prose(text: str, whole: NotJson) -> Found:
    """A value that starts at the first brace or bracket from which one can be read."""
    for match in list(re.finditer(r"[{\[]", text))[:50]:
        try:
            value, end = _DECODER.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) or (isinstance(value, list) and _telling(value)):
            return Found(value, text[: match.start()].strip(), text[end:].strip(), fenced=False)
    raise whole


def _telling(value: list[Any]) -> bool:
    """`[1]` in prose is a footnote, not a JSON reply."""
    return any(isinstance(item, (dict, list)) for item in value) or len(value) > 3


def at_path(value: Any, path: str) -> bool:
    """Whether a dotted path exists: `steps`, `customer.name`, `items.0.price`, `items.*.price`."""
    return _at_parts(value, path.split("."))


def _at_parts(value: Any, parts: list[str]) -> bool:
    if not parts:
        return True
    head, rest = parts[0], parts[1:]
    if isinstance(value, dict):
        return head in value and _at_parts(value[head], rest)
    if isinstance(value, list):
        if head == "*":
            return bool(value) and all(_at_parts(item, rest) for item in value)
        return head.isdigit() and int(head) < len(value) and _at_parts(value[int(head)], rest)
    return False


def first_difference(expected: Any, got: Any, path: str = "") -> tuple[str, Any, Any] | None:
    """Where two JSON values first differ: path, value in one, value in the other."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for name in sorted(expected.keys() | got.keys()):
            if name not in expected or name not in got:
                return (f"{path}/{name}", expected.get(name, "absent"), got.get(name, "absent"))
            found = first_difference(expected[name], got[name], f"{path}/{name}")
            if found:
                return found
        return None
    if isinstance(expected, list) and isinstance(got, list):
        if len(expected) != len(got):
            return (path or "/", f"{len(expected)} items", f"{len(got)} items")
        pairs = enumerate(zip(expected, got, strict=True))
        return next(
            (found for i, (a, b) in pairs if (found := first_difference(a, b, f"{path}/{i}"))), None
        )
    same = expected == got and isinstance(expected, bool) == isinstance(got, bool)
    return None if same else (path or "/", expected, got)
