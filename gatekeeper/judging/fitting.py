"""Whether a pack fits itself: what it holds against its seal, what was concluded against what is
concluded again, and what it says was judged against the repository. It proves arithmetic. It does
not prove origin: whoever writes a pack can write all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gatekeeper.neutral import shortened, visible

AROUND = 24
"""Bytes shown on either side of the first one that does not fit."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """One file that is not what it should be."""

    file: str
    words: str
    """What is wrong with it, in a sentence's end."""
    offset: int | None = None
    """0-based place of the first byte that does not fit; None where the whole file is meant."""
    line: int | None = None
    """1-based line of that byte."""

    def __str__(self) -> str:
        place = "" if self.offset is None else f" byte {self.offset} (line {self.line})"
        return f"{visible(self.file)}{place}: {self.words}"


def first_difference(file: str, kept: bytes, right: bytes, whose: str) -> Misfit | None:
    """Where two versions of a file part; None where they do not. `whose` names the right one."""
    if kept == right:
        return None
    offset = next((at for at, (one, other) in enumerate(zip(kept, right, strict=False))
                   if one != other), min(len(kept), len(right)))
    words = f"the pack has {_shown(kept, offset)}, {whose} {_shown(right, offset)}"
    return Misfit(file, words, offset, kept.count(b"\n", 0, offset) + 1)


def _shown(content: bytes, offset: int) -> str:
    if offset >= len(content):
        return "its end"
    piece = content[max(0, offset - AROUND):offset + AROUND].decode("utf-8", "replace")
    return f"`{shortened(visible(piece), 3 * AROUND)}`"


def against_seal(sealed: dict[str, str], found: dict[str, str]) -> Iterator[Misfit]:
    """Files that were changed, added or removed since the pack was sealed; both by digest."""
    for name in sorted({*sealed, *found}):
        if name not in found:
            yield Misfit(name, "is sealed, and missing from the pack")
        elif name not in sealed:
            yield Misfit(name, "was added: the seal does not have it")
        elif sealed[name] != found[name]:
            yield Misfit(name, f"is sealed as sha256 {str(sealed[name])[:12]}… and is "
                         f"{found[name][:12]}…")
