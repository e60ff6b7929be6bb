"""`testimony.jsonl`: what others said, appended as it comes and read back whole.

It is kept in memory while a pack is judged: an answer is bounded, and policy bounds the calls.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gatekeeper.evidence.files import TESTIMONY
from gatekeeper.evidence.pack import Pack
from gatekeeper.formats.canonical import to_line
from gatekeeper.witnesses.testimony import Key, Question, Testimony, read_heard, to_data


def keep(pack: Pack, question: Question, testimony: Testimony) -> None:
    """Append one testimony; the line is on its way to disk when this returns."""
    with (pack.folder / TESTIMONY).open("ab") as file:
        file.write(to_line(to_data(question, testimony)).encode())


def heard_in(pack: Pack) -> Mapping[Key, tuple[str, Testimony]]:
    """Everything that was said in a run; a line cut off by a kill is left out."""
    place = pack.folder / TESTIMONY
    return read_heard(_lines(place.read_bytes())) if place.is_file() else {}


def _lines(content: bytes) -> Iterator[Any]:
    for line in content.split(b"\n")[:-1]:
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            continue
