"""Where a sentence ends, in three languages; the items of a list are sentences too."""

from __future__ import annotations

import re

_END = re.compile(r"(?<=[^\d\s][.!?])[\"'”’)]*\s+|(?<=\d[.!?])\s+(?=[A-Z「『])|(?<=[。！？])"
                  r"|(?:^|\s)(?:[-*•・]|\d{1,2}[.)])\s+")
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
"""A word of a spaced script, or a run of an unspaced one."""


def sentences_of(text: str) -> list[str]:
    """Sentences and list items, white space made plain."""
    parts = _END.split(" ".join(text.split()))
    return [part.strip() for part in parts if part and WORD.search(part)]
