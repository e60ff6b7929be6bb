"""The line on which a value of a YAML, JSON or TOML file stands, so that a report can point at it.

A line is a courtesy: 0 where it cannot be told, and nothing is decided by it.
"""

from __future__ import annotations

import re

from gatekeeper.formats.structured import pointer_parts
from gatekeeper.manifest.document import Fields, Items, Node, parse_yaml

_TABLE = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?")
_NAME = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_KEY = re.compile(rf"\s*((?:{_NAME.pattern})(?:\s*\.\s*(?:{_NAME.pattern}))*)\s*=")


def line_of(path: str, content: bytes, pointer: str) -> int:
    """The 1-based line of the key or item at a JSON pointer; 0 where it cannot be told."""
    parts = pointer_parts(pointer)
    text = content.decode("utf-8", "replace")
    if path.lower().endswith(".toml"):
        return _in_toml(text, parts)
    node, _ = parse_yaml(text, path)  # JSON is YAML, but for tabs
    return _in_nodes(node, parts)


def _in_nodes(node: Node | None, parts: list[str]) -> int:
    line = 0
    for name in parts:
        if isinstance(node, Fields) and name in node.entries:
            place, node = node.entries[name]
        elif isinstance(node, Items) and name.isdecimal() and int(name) < len(node.nodes):
            node = node.nodes[int(name)]
            place = node.place
        else:
            return 0
        line = place.line
    return line


def _in_toml(text: str, parts: list[str]) -> int:
    """By table headers and `key =`, as they are usually written; what stands inside an inline table
    or an array is told by the line of its key."""
    table: list[str] = []
    found = 0
    for number, line in enumerate(text.splitlines(), 1):
        if header := _TABLE.fullmatch(line):
            table = _names(header[1])
        elif key := _KEY.match(line):
            here = table + _names(key[1])
            if here == parts[: len(here)]:
                found = number
    return found


def _names(dotted: str) -> list[str]:
    return [name.strip("\"'") for name in _NAME.findall(dotted)]
