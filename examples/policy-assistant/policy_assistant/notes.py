"""The policy notes: one Markdown file each, one sentence a line, so that a quote is a line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of a note, word for word."""

    source: str
    """The note's file name without its ending; citations use it."""
    title: str
    position: int
    text: str


def read_notes(folder: Path) -> tuple[Sentence, ...]:
    """Every sentence of every note, in the order of file names and lines."""
    return tuple(sentence for path in sorted(folder.glob("*.md")) for sentence in _sentences(path))


def _sentences(path: Path) -> list[Sentence]:
    lines = path.read_text(encoding="utf-8").splitlines()
    title = next((line.removeprefix("# ").strip() for line in lines if line.startswith("# ")), "")
    items = [line.removeprefix("- ").strip() for line in lines if line.startswith("- ")]
    return [Sentence(path.stem, title, at, text) for at, text in enumerate(items)]
