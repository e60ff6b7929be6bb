"""JSON documents of a pack as the page shows them: whatever keys they have. Pure.

A pack may be anybody's, so depth, length and text are bounded.
"""

from __future__ import annotations

import json
from typing import Any

from gatekeeper.neutral import for_html

MAX_DEPTH = 6
MAX_ITEMS = 100
MAX_TEXT = 2_000


def shown_document(value: Any, depth: int = MAX_DEPTH) -> Any:
    """The same document with every text neutralised, and cut where it is too long or too deep."""
    if isinstance(value, (dict, list)) and not depth:
        return "…"
    if isinstance(value, dict):
        items = list(value.items())
        inner = {for_html(str(key), 100): shown_document(item, depth - 1)
                 for key, item in items[:MAX_ITEMS]}
        return inner | ({"…": f"{len(items) - MAX_ITEMS} more"} if len(items) > MAX_ITEMS else {})
    if isinstance(value, list):
        more = [f"… {len(value) - MAX_ITEMS} more"] if len(value) > MAX_ITEMS else []
        return [shown_document(item, depth - 1) for item in value[:MAX_ITEMS]] + more
    if isinstance(value, str):
        return for_html(value, MAX_TEXT)
    return value if value is None or isinstance(value, bool) else _number(value)


def _number(value: Any) -> Any:
    """A number that a page's script reads as the same one; others as text. JSON of a pack may hold
    NaN."""
    try:
        whole = abs(value) < 2 ** 53
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, OverflowError):
        whole = False
    return value if whole else for_html(str(value)[:100])
