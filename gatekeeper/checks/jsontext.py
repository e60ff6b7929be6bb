"""JSON as services write it: bare, in a fence, in prose; strict, with the fault located."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

SPACE = " \t\r\n"
"""White space to JSON; a strict reader takes no other."""
_FENCE = re.compile(r"```[^\n`]*\n(.*?)```", re.DOTALL)
_START = re.compile(r"\{(?=\s*(?:[\"'“”‘’`}]|[\w-]+\s*:))"
                    r"|\[(?=\s*(?:[\"'“”‘’`\]\[{\d-]|true|false|null))")
"""A bracket that begins JSON, or means to; in prose they also stand for themselves."""
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z)|[{}\[\]]', re.DOTALL)
_PART = re.compile(r'(?P<text>"(?:[^"\\]|\\.)*+")(?P<key>(?=\s*+:))?|[{}\[\]]|-?(?:NaN|Infinity)')
_WRONG_QUOTES = "'‘’“”„`"
MAX_DEPTH = 200
MAX_STARTS = 50
"""Brackets of a prose reply at which a value is looked for."""


class NotJson(ValueError):
    """Why a text is not JSON, with line and column."""


@dataclass(frozen=True, slots=True)
class Found:
    """A JSON value inside a text, and the prose around it."""

    value: Any
    before: str
    after: str
    fenced: bool
    place: str = ""
    """Line and column of the first prose, or of the fence."""

    @property
    def bare(self) -> bool:
        """Nothing but JSON."""
        return not (self.before or self.after or self.fenced)

    @property
    def form(self) -> str:
        """How it stands in the text."""
        if self.bare:
            return "bare JSON"
        return "JSON in a code fence" if self.fenced else "JSON in prose"

    def extra(self) -> str:
        """The extra prose, named and located."""
        if self.before:
            return f"extra prose before the JSON: {self.before[:80]!r} ({self.place})"
        if self.after:
            return f"extra prose after the JSON: {self.after[:80]!r} ({self.place})"
        return f"extra prose: a code fence round the JSON ({self.place})" if self.fenced else ""


def _found(text: str, value: Any, span: tuple[int, int], fenced: bool) -> Found:
    """A value between two places of a text, and where the first of what is round it stands."""
    start, end = span
    before, after = text[:start], text[end:]
    first = len(before) - len(before.lstrip(SPACE)) if before.strip(SPACE) else \
        start if fenced else end + len(after) - len(after.lstrip(SPACE))
    return Found(value, before.strip(SPACE), after.strip(SPACE), fenced, place_of(text, first))


def place_of(text: str, at: int) -> str:
    """Line and column of a place, in words."""
    return f"line {text.count(chr(10), 0, at) + 1}, column {at - text.rfind(chr(10), 0, at)}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for name, value in pairs:
        if name in seen:
            raise NotJson("a key is given twice")
        seen[name] = value
    return seen


def _no_constant(name: str) -> Any:
    raise NotJson(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def parse_json(text: str) -> Any:
    """Strict JSON: no duplicate keys, no NaN; NotJson says where and what is wrong."""
    return _parse_part(text, 0, len(text))


def _parse_part(text: str, start: int, stop: int) -> Any:
    """Strict JSON between two places of a text; a fault is placed in the whole of it."""
    start += len(text[start:stop]) - len(text[start:stop].lstrip(SPACE))
    try:
        value = _DECODER.decode(text[start:stop].rstrip(SPACE))
    except json.JSONDecodeError as error:
        at = json.JSONDecodeError(error.msg, text, start + error.pos)
        raise NotJson(_explain(text[:stop], at)) from None
    except NotJson:
        raise NotJson(_misplaced(text, start, stop)) from None
    except ValueError:  # what Python refuses to read as a number
        raise NotJson("a number is too long to be read") from None
    except RecursionError:
        raise NotJson("nested too deeply") from None
    if _too_deep(value):
        raise NotJson("nested too deeply")
    return value


def _misplaced(text: str, start: int, stop: int) -> str:
    """The first key that is given twice, or word that is no JSON, and its place; up to there the
    text has been read."""
    keys: list[set[str] | None] = [None]
    for match in _PART.finditer(text, start, stop):
        part, place = match[0], place_of(text, match.start())
        if part in "{[":
            keys.append(set() if part == "{" else None)
        elif part in "}]":
            keys.pop()
        elif match["text"] is None:
            return f"{part} is not JSON at {place}"
        elif match["key"] is not None and (names := keys[-1]) is not None:
            name = json.loads(part)
            if name in names:
                return f"key {name!r} is given twice at {place}"
            names.add(name)
    return "not JSON"


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        inner = [one for one in level if isinstance(one, (dict, list))]
        level = [child for one in inner
                 for child in (one.values() if isinstance(one, dict) else one)]
        if not level:
            return False
    return True


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
    return f"{error.msg.removesuffix(' at')} at {place}"


def find_json(text: str) -> Found:
    """The JSON object or array of a reply, wherever it stands; NotJson when there is none."""
    try:
        value = parse_json(text)
        if isinstance(value, (dict, list)):
            return Found(value, "", "", fenced=False)
        fault = NotJson(f"a lone {type(value).__name__}, not an object or an array")
    except NotJson as error:
        fault = error
    for fence in islice(_FENCE.finditer(text), MAX_STARTS):
        try:
            value = _parse_part(text, *fence.span(1))
        except NotJson as error:
            if _START.match(fence[1].lstrip()):
                fault = error
            continue
        if isinstance(value, (dict, list)):
            return _found(text, value, fence.span(), fenced=True)
    found = _in_prose(text)
    if found is None:
        raise fault
    return found


def _in_prose(text: str) -> Found | None:
    """The first value that can be read and is no part of a larger one that cannot."""
    passed = 0
    for match in islice(_START.finditer(text), MAX_STARTS):
        start = match.start()
        if start < passed:
            continue
        try:
            value, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            passed = _end_of_broken(text, start)
            continue
        passed = end
        telling = isinstance(value, dict) or (isinstance(value, list) and _telling(value))
        if telling and not _too_deep(value):
            return _found(text, value, (start, end), fenced=False)
    return None


def _end_of_broken(text: str, start: int) -> int:
    """Just behind the bracket that closes the one at `start`, what stands in quotes left out; the
    end of the text where none does, for then the value was cut off."""
    depth = 0
    for match in _BRACKET.finditer(text, start):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(match[0], 0)
        if depth == 0:
            return match.end()
    return len(text)


def _telling(value: list[Any]) -> bool:
    """`[1]` in prose is a footnote, not a JSON reply."""
    return any(isinstance(item, (dict, list)) for item in value) or len(value) > 3


def leaves(value: Any) -> Iterator[str]:
    """The texts and numbers in a JSON value, in order."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield str(value)


def at_path(value: Any, path: str) -> bool:
    """Whether a dotted path exists: `steps`, `customer.name`, `items.0.price`, `items.*.price`,
    `**.price` at any depth."""
    return _at_parts(value, path.split("."))


def _inside(value: Any) -> Iterator[Any]:
    """The value and all that is in it."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _at_parts(value: Any, parts: list[str]) -> bool:
    if not parts:
        return True
    head, rest = parts[0], parts[1:]
    if head == "**":
        return any(_at_parts(inner, rest) for inner in _inside(value))
    if isinstance(value, dict):
        return head in value and _at_parts(value[head], rest)
    if isinstance(value, list):
        if head == "*":
            return bool(value) and all(_at_parts(item, rest) for item in value)
        return head.isdecimal() and int(head) < len(value) and _at_parts(value[int(head)], rest)
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
