"""Reading a composed YAML or JSON document of somebody else's: what is there, and on which line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from gatekeeper.manifest.document import Fields, Items, Node, Place, Scalar

_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?")
_MERGE = "<<"
MAX_MERGES = 20
"""Mappings that are merged into one; more are left out."""


def entries(node: Node | None) -> dict[str, tuple[Place, Node]]:
    """The entries of a mapping, YAML's merge keys followed; empty for anything else."""
    return _merged(node, MAX_MERGES)


def _merged(node: Node | None, budget: int) -> dict[str, tuple[Place, Node]]:
    if not isinstance(node, Fields) or budget < 0:
        return {}
    found: dict[str, tuple[Place, Node]] = {}
    if _MERGE in node.entries:
        sources = node.entries[_MERGE][1]
        for one in reversed(sources.nodes[:budget] if isinstance(sources, Items) else (sources,)):
            found |= _merged(one, budget // 2 - 1)
    return found | {name: entry for name, entry in node.entries.items() if name != _MERGE}


def at(node: Node | None, *names: str) -> Node | None:
    """What stands at the end of some keys; None where one of them is not there."""
    for name in names:
        entry = entries(node).get(name)
        if entry is None:
            return None
        node = entry[1]
    return node


def items(node: Node | None) -> tuple[Node, ...]:
    """The items of a sequence; what is none is one item, and nothing is no item."""
    if isinstance(node, Items):
        return node.nodes
    return () if node is None or is_null(node) else (node,)


def is_null(node: Node | None) -> bool:
    """Whether nothing is written there."""
    return isinstance(node, Scalar) and node.tag == "null"


def text_of(node: Node | None) -> str | None:
    """A scalar's text as it is written; None for anything else, and for nothing."""
    return node.text if isinstance(node, Scalar) and not is_null(node) else None


def line_at(node: Node | None) -> int:
    """The 1-based line it stands on; 0 where there is none."""
    return node.place.line if node is not None else 0


def value_of(node: Node | None) -> Any:
    """The document as JSON data, as YAML 1.2 reads it: `yes` and `on` are texts."""
    if isinstance(node, Items):
        return [value_of(item) for item in node.nodes]
    if isinstance(node, Fields):
        return {name: value_of(item) for name, (_, item) in entries(node).items()}
    if node is None or is_null(node):
        return None
    if node.tag == "bool" and node.text.lower() in ("true", "false"):
        return node.text.lower() == "true"
    if node.tag in ("int", "float") and _NUMBER.fullmatch(node.text):
        return float(node.text) if "." in node.text else int(node.text)
    return node.text


def walk(node: Node | None, pointer: str = "") -> Iterator[tuple[str, int, Node]]:
    """Every value with its JSON pointer and the line of its key, parents before children."""
    if node is None:
        return
    yield pointer, node.place.line, node
    if isinstance(node, Items):
        for index, item in enumerate(node.nodes):
            yield from walk(item, f"{pointer}/{index}")
    elif isinstance(node, Fields):
        for name, (place, item) in entries(node).items():
            step = name.replace("~", "~0").replace("/", "~1")
            inner = walk(item, f"{pointer}/{step}")
            own = next(inner, None)
            if own is not None:
                yield own[0], place.line, own[2]
            yield from inner
