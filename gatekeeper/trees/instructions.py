"""What a service is told before it is asked: files and keys that are watched as prompts. Pure.

A reply that says it word for word has let its instructions out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from gatekeeper.formats.globs import matches
from gatekeeper.formats.structured import Unparsable, at_pointer, parse_structured
from gatekeeper.manifest.types import Manifest
from gatekeeper.model import ChangeKind

MAX_FILE = 200_000
"""Bytes of one prompt file; a larger one is data."""


def instructions_of(
    manifests: Iterable[Manifest], paths: Iterable[str], read: Callable[[str], bytes | None]
) -> dict[str, str]:
    """Watched path, with its pointer where it has one -> text.

    `paths` are a tree's files relative to the manifest; `read` gives one's content. What either
    side watches counts. What is no text, or cannot be read, is left out.
    """
    patterns = sorted({pattern for manifest in manifests
                       for pattern in manifest.watch.get(ChangeKind.PROMPT, ())})
    texts: dict[str, str] = {}
    for path in paths:
        for pattern in patterns:
            glob, _, pointer = pattern.partition("#")
            if matches(path, glob):
                content = read(path)
                if content is not None and len(content) <= MAX_FILE and b"\0" not in content:
                    for text in _texts(path, pointer, content):
                        texts[f"{path}#{pointer}" if pointer else path] = text
    return texts


def _texts(path: str, pointer: str, content: bytes) -> Iterator[str]:
    if not pointer:
        yield content.decode("utf-8", "replace")
        return
    try:
        value = at_pointer(parse_structured(path, content), pointer)
    except Unparsable:
        return
    if isinstance(value, str):
        yield value
