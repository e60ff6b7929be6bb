"""YAML as a person would write it, line by line, so that a draft can hold remarks. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from gatekeeper.manifest.document import Items, Scalar, parse_yaml

_PLAIN = re.compile(r"[\w./*~#@:()=<> {}-]{1,200}")


def scalar(text: str) -> str:
    """A text that reads back as itself wherever it stands, in a list on one line too."""
    return text if _reads_back(text) else f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    """In YAML's double quotes; JSON has no escape for what lies above U+FFFF."""
    if char in '"\\':
        return "\\" + char
    code = ord(char)
    if char.isprintable() and code <= 0xFFFF:
        return char
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _reads_back(text: str) -> bool:
    if not _PLAIN.fullmatch(text) or not text.isascii():
        return False
    node, problems = parse_yaml(f"[{text}]", "")
    whole, _ = parse_yaml(f"k: {text}", "")
    return not problems and whole is not None and isinstance(node, Items) and len(node.nodes) == 1 \
        and isinstance(node.nodes[0], Scalar) and node.nodes[0].text == text \
        and node.nodes[0].tag == "str"


def flow(items: Iterable[str]) -> str:
    """A list on one line."""
    return f"[{', '.join(map(scalar, items))}]"


def mapping(values: Mapping[str, str]) -> str:
    """A mapping on one line."""
    return "{" + ", ".join(f"{scalar(name)}: {scalar(value)}" for name, value in values.items()) \
        + "}"


def unknown(indent: int, line: str, words: str) -> str:
    """A key that is to be filled in, kept out of the way of whoever reads the file."""
    return f"{' ' * indent}# {line}   # UNKNOWN: {words}"
