"""YAML as a person would write it, line by line, so that a draft can hold remarks. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

_PLAIN = re.compile(r"[A-Za-z_./*][\w./*~#@:-]*(?: [\w./*~()-]+)*|[0-9][\w./-]*")
_OTHERWISE = re.compile(r"(?:true|false|null|yes|no|on|off|y|n|~|[-+.\d_:xobeE]+)", re.IGNORECASE)
WIDTH = 100


def scalar(text: str) -> str:
    """A text that reads back as itself wherever it stands, in a flow list too."""
    if _PLAIN.fullmatch(text) and not _OTHERWISE.fullmatch(text) and \
            not re.search(r"[:#] |[:#]$| #|: ", text) and text[0] != "*" and len(text) <= WIDTH:
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())


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
