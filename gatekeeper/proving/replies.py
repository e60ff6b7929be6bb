"""A reply's body with another text in it, or made up whole, as a contract would have it. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from gatekeeper.formats.structured import pointer_parts
from gatekeeper.manifest.contract import Contract
from gatekeeper.model import Reply


@dataclass(frozen=True, slots=True)
class Good:
    """A reply that passes its case."""

    reply: Reply
    text: str
    total_ms: float
    citations: tuple[dict[str, Any] | str, ...] = ()
    made_up: bool = False
    """From what the case expects; no service gave it."""
    base_text: str | None = None
    """What base answered, where that is known and another text."""


def with_value(body: Any, pointer: str, value: Any) -> Any:
    """JSON data with a value at a JSON pointer; what is missing on the way is made."""
    return _with(body, pointer_parts(pointer) if pointer else [], value)


def _with(body: Any, parts: list[str], value: Any) -> Any:
    if not parts:
        return value
    name, rest = parts[0], parts[1:]
    if name.isdecimal() and not isinstance(body, dict):
        items = list(body) if isinstance(body, list) else []
        index = min(int(name), len(items))
        inner = items[index] if index < len(items) else None
        return [*items[:index], _with(inner, rest, value), *items[index + 1 :]]
    fields = dict(body) if isinstance(body, dict) else {}
    return {**fields, name: _with(fields.get(name), rest, value)}


def make_reply(contract: Contract, text: str, like: Reply | None = None, finish: str = "",
               citations: list[Any] | None = None) -> Reply:
    """A reply that says a text, like another one in all else."""
    shape = contract.response_shape
    body = json.loads(like.body) if like else {}
    body = with_value(body, shape.content, text)
    if shape.finish_reason and (finish or like is None):
        body = with_value(body, shape.finish_reason, finish or "stop")
    if shape.evidence and (citations is not None or like is None):
        body = with_value(body, shape.evidence, citations or [])
    content = json.dumps(body, ensure_ascii=False)
    return replace(like, body=content) if like else Reply(200, content, "application/json")
