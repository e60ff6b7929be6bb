"""A Markdown page as GitHub shows it, as far as a test must know: fenced blocks, headings with
their anchors, links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^( {0,8})(`{3,}|~{3,})[ \t]*([\w+-]*)[^`]*$")
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:[ \t]*<?(\S+?)>?(?:[ \t]|$)", re.MULTILINE)
_ID = re.compile(r"<a\s[^>]*?(?:id|name)=\"([^\"]+)\"")
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*`]|(?<!\w)_|_(?!\w)")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block."""

    page: str
    """Path from the top of the repository."""
    line: int
    """1-based line of its first line of text."""
    language: str
    text: str

    @property
    def first(self) -> str:
        """Its first line, which names it."""
        return self.text.split("\n", 1)[0].strip()

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.first}"


@dataclass(frozen=True, slots=True)
class Link:
    """One link."""

    page: str
    line: int
    target: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.target}"


def pages() -> list[str]:
    """Every page that people read: at the top, below docs/ and below examples/."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    return sorted(place.relative_to(ROOT).as_posix() for place in found
                  if not {".venv", "demo", "node_modules"} & set(place.relative_to(ROOT).parts))


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, with the fence's own indent taken off."""
    return list(blocks_in(page, (ROOT / page).read_text("utf-8")))


def blocks_in(page: str, text: str) -> Iterator[Block]:
    """The fenced blocks of a text."""
    opened: re.Match[str] | None = None
    start, lines = 0, list[str]()
    for number, line in enumerate(text.split("\n"), 1):
        fence = _FENCE.match(line)
        if opened is None:
            if fence:
                opened, start, lines = fence, number + 1, []
        elif fence and fence[2].startswith(opened[2]) and not fence[3]:
            yield Block(page, start, opened[3], "".join(f"{one}\n" for one in lines))
            opened = None
        else:
            lines.append(line.removeprefix(opened[1]))
    if opened is not None:
        raise AssertionError(f"{page}:{start - 1}: this fence is never closed")


def prose(text: str) -> str:
    """A page without its fenced blocks; every line keeps its number."""
    kept, fence = [], ""
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if not fence and found:
            fence = found[2]
            kept.append("")
        elif fence:
            fence = "" if found and found[2].startswith(fence) and not found[3] else fence
            kept.append("")
        else:
            kept.append(line)
    return "\n".join(kept)


def anchors(text: str) -> set[str]:
    """What a link may name behind `#`: GitHub's slug of each heading, a second one with its number,
    and anchors written as HTML."""
    found: set[str] = set(_ID.findall(text))
    seen: dict[str, int] = {}
    for line in prose(text).split("\n"):
        if heading := _HEADING.match(line):
            shown = _MARKUP.sub(lambda match: match[1] or "", heading[2])
            slug = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
            found.add(f"{slug}-{seen[slug]}" if slug in seen else slug)
            seen[slug] = seen.get(slug, 0) + 1
    return found


def links(page: str) -> Iterator[Link]:
    """The links and pictures of a page, those in code aside."""
    text = prose((ROOT / page).read_text("utf-8"))
    text = _CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]) if "](" in match[0]
                     else match[0], text)
    for pattern in (_LINK, _REFERENCE):
        for match in pattern.finditer(text):
            yield Link(page, text.count("\n", 0, match.start()) + 1, match[1])
