"""README and notes in a pack, by where they stand: a name may hold anything."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gatekeeper.evidence.files import DOCUMENTS
from gatekeeper.evidence.pack import Pack

INDEX = f"{DOCUMENTS}/index.json"
_NAME = re.compile(r"\d{1,3}\.txt")


def write_documents(pack: Pack, texts: Mapping[str, str]) -> None:
    """Keep them, in their order."""
    names = {f"{number:03}.txt": where for number, where in enumerate(texts, start=1)}
    for name, where in names.items():
        pack.write(f"{DOCUMENTS}/{name}", texts[where])
    if names:
        pack.write_json(INDEX, names)


def read_documents(pack: Pack) -> tuple[tuple[str, str], ...]:
    """Path and text of each, in their order; what is no document of ours is left out."""
    index = pack.read_json(INDEX, {})
    if not isinstance(index, dict):
        return ()
    return tuple((str(where), pack.read(f"{DOCUMENTS}/{name}").decode("utf-8", "replace"))
                 for name, where in sorted(index.items()) if _NAME.fullmatch(name))
