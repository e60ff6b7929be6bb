"""Prose out of Markdown and plain text: sentences with their lines, headings with what is below
them. Pure. Code is no prose: what it shows is not said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*")
_UNDERLINE = re.compile(r"\s{0,3}(=+|-+)\s*")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+|\s*>\s?|\s*\|")
_END = re.compile(r"(?<=[.!?])[\"')\]*_]*\s+|(?<=[。！？])")
_MARKUP = re.compile(r"[*_`]+|!?\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading."""

    level: int
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, list item or table row, without markup."""

    text: str
    line: int
    """1-based line on which it starts."""
    under: tuple[str, ...]
    """The headings it stands under, outermost first."""


def _without_comments(text: str) -> str:
    """Nobody who reads the page sees them; the lines stay."""
    out, done = [], 0
    while (start := text.find("<!--", done)) >= 0 and (end := text.find("-->", start)) >= 0:
        out += [text[done:start], "\n" * text.count("\n", start, end)]
        done = end + 3
    return "".join([*out, text[done:]])


def _lines(text: str) -> Iterator[tuple[int, str | Heading]]:
    """Lines outside of code, a heading as such; a blank one ends a paragraph."""
    fence = ""
    before: tuple[int, str] | None = None
    for number, line in enumerate(_without_comments(text).splitlines(), 1):
        opened = _FENCE.match(line)
        if fence:
            if opened and opened[1][0] == fence[0] and len(opened[1]) >= len(fence):
                fence = ""
            continue
        if before and (under := _UNDERLINE.fullmatch(line)) and before[1].strip():
            yield before[0], Heading(1 if "=" in under[1] else 2, before[1].strip(), before[0])
            before = None
            continue
        if before:
            yield before
        before = None
        if opened:
            fence = opened[1]
            yield number, ""
        elif heading := _HEADING.fullmatch(line):
            yield number, Heading(len(heading[1]), heading[2], number)
        elif line.startswith(("    ", "\t")) and not _ITEM.match(line):
            yield number, line.strip()  # indented code, or a list's second line: read as prose
        else:
            before = (number, line)
    if before:
        yield before


def headings(text: str) -> tuple[tuple[Heading, str], ...]:
    """Every heading with the text below it, its own sub-headings included; code counts as text
    here, and a comment does not."""
    found = [line for _, line in _lines(text) if isinstance(line, Heading)]
    lines = _without_comments(text).splitlines()
    out = []
    for number, one in enumerate(found):
        end = next((other.line - 1 for other in found[number + 1:] if other.level <= one.level),
                   len(lines))
        out.append((one, "\n".join(lines[one.line:end])))
    return tuple(out)


def sentences(text: str) -> Iterator[Sentence]:
    """Every sentence in order."""
    under: list[Heading] = []
    block: list[tuple[int, str]] = []

    def flushed() -> Iterator[Sentence]:
        names = tuple(one.text for one in under)
        yield from (Sentence(said, line, names) for line, said in _split(block))
        block.clear()

    for number, line in _lines(text):
        if isinstance(line, Heading):
            yield from flushed()
            under = [*(one for one in under if one.level < line.level), line]
            block.append((number, line.text))
            yield from flushed()
        elif not line.strip():
            yield from flushed()
        else:
            if _ITEM.match(line):
                yield from flushed()
            block.append((number, _ITEM.sub("", line, count=1)))
    yield from flushed()


def _split(block: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """A paragraph's sentences, each with the line it starts on."""
    starts, whole = [], ""
    for number, line in block:
        starts.append((len(whole), number))
        whole += line.strip() + " "
    at = 0
    for piece in _END.split(whole):
        place = whole.index(piece, at)
        at = place + len(piece)
        plain = _MARKUP.sub(lambda found: found[1] or "", piece)
        said = " ".join(plain.replace("|", " | ").split())
        if said:
            yield next(line for start, line in reversed(starts) if start <= place), said
