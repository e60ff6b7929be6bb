"""Whether what runs is what was asked: what a service says of itself, beside what its tree says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from gatekeeper.formats.structured import MISSING, Unparsable, at_pointer, parse_structured
from gatekeeper.ports import Connection, Received
from gatekeeper.redaction import Redactor
from gatekeeper.service.likeness import KEPT, Likeness, as_text
from gatekeeper.service.readiness import MODELS_PATH, whole

SECONDS = 10.0
MAX_MODELS = 20


def likenesses(
    connection: Connection, known_by: Mapping[str, str], read: Callable[[str], bytes | None],
    redact: Redactor,
) -> tuple[Likeness, ...]:
    """Everything that `service.identity` names, asked and looked up. `read` gives a file of the
    side's tree, relative to the manifest, or None."""
    pages: dict[str, Received] = {}
    found = []
    for reported, declared in known_by.items():
        path, _, pointer = reported.partition("#")
        if path not in pages:
            pages[path] = connection.exchange("GET", path, None, SECONDS)
        value, reason = _in_page(pages[path], pointer)
        found.append(Likeness(
            reported, declared, _clean(_in_tree(declared, read), redact), _clean(value, redact),
            redact(reason), pages[path].error == "gate-fault"))
    return tuple(found)


def _clean(value: Any, redact: Redactor) -> str | None:
    text = as_text(value)
    return None if text is None else redact(whole(text))


def _in_tree(declared: str, read: Callable[[str], bytes | None]) -> Any:
    file, _, pointer = declared.partition("#")
    content = read(file)
    if content is None:
        return MISSING
    try:
        return at_pointer(parse_structured(file, content), pointer)
    except Unparsable:
        return MISSING


def _in_page(page: Received, pointer: str) -> tuple[Any, str]:
    """What a page says at a pointer, or why it says nothing."""
    if page.error or page.status != 200:
        return MISSING, page.error or f"HTTP {page.status}"
    try:
        value = at_pointer(json.loads(page.body), pointer)
    except (ValueError, RecursionError):
        return MISSING, "not JSON"
    return value, "" if value is not MISSING else "it is not there"


def models_of(connection: Connection, redact: Redactor) -> tuple[str, ...]:
    """Every model that the service lists; empty where it lists none."""
    page = connection.exchange("GET", MODELS_PATH, None, SECONDS)
    listed, _ = _in_page(page, "/data")
    ids = [one.get("id") for one in listed if isinstance(one, dict)] \
        if isinstance(listed, list) else []
    return tuple(redact(whole(one))[:KEPT] for one in ids[:MAX_MODELS] if isinstance(one, str))
