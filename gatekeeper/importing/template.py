"""promptfoo's templates (nunjucks), as far as they only name variables. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_PART = re.compile(r"\{#.*?#\}|\{\{-?\s*(?P<name>[A-Za-z_$][\w$]*(?:\.[\w$]+|\[\d+\])*)"
                   r"(?P<filters>(?:\s*\|\s*[a-z]+)*)\s*-?\}\}", re.DOTALL)
_STEP = re.compile(r"[\w$]+")
_LEFT = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_FILTERS: dict[str, Callable[[str], str]] = {
    "trim": str.strip,
    "lower": str.lower,
    "upper": str.upper,
    "safe": str,
    "dump": lambda text: json.dumps(text, ensure_ascii=False),
}


class NotPlain(ValueError):
    """The template does more than name variables that have a value."""


class NoValue(NotPlain):
    """A variable that it names has no value."""


def render(template: str, variables: Mapping[str, Any]) -> str:
    """The text with its variables filled in; NotPlain where that takes more."""

    def value(found: re.Match[str]) -> str:
        return _value(found, variables) if found["name"] else ""

    if left := _LEFT.search(_PART.sub("", template)):
        raise NotPlain(f"the template does more than name a variable: `{_short(left[0])}`")
    return _PART.sub(value, template)


def _value(found: re.Match[str], variables: Mapping[str, Any]) -> str:
    value: Any = variables
    for step in _STEP.findall(found["name"]):
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            raise NoValue(f"`{_short(found[0])}` has no value")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    for name in _STEP.findall(found["filters"]):
        if name not in _FILTERS:
            raise NotPlain(f"the filter `{name}` of `{_short(found[0])}` is not known here")
        text = _FILTERS[name](text)
    return text


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else flat[:59] + "…"
