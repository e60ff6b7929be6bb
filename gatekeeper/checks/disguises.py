"""What a text says once its disguises are undone: width, zero-width characters, letters set apart,
URL encoding, HTML entities, base64 and hexadecimal, one inside another."""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

MAX_READ = 400_000
"""Characters that are searched at a time."""
LEVELS = 2
"""Encodings inside encodings."""
MAX_PIECES = 200
"""Encoded pieces of one text that are decoded."""
_INVISIBLE = re.compile(r"[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
                        r"\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]")
_DASHES = {ord(char): "-" for char in "‐‑‒–—−"}
_WRAPPED = re.compile(r"(?<=[A-Za-z0-9+/]{60}) (?=[A-Za-z0-9+/]{4})")
_APART = re.compile(r"(?<!\S)(?:[^\W_]|[_\-+/=@.:])(?:[ .\-_*|](?:[^\W_]|[_\-+/=@.:])){7,}(?!\S)")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|\w{2,8});")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{12,}={0,2}(?![A-Za-z0-9+/_=-])")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-f]{2}){8,}(?![0-9A-Za-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class View:
    """A text as it reads once something is undone."""

    text: str
    how: str
    """What was undone; empty for the text as it stands."""


def views_of(text: str) -> Iterator[View]:
    """The text in narrow characters, and everything it hides, each once."""
    seen: set[str] = set()
    level = [View(_narrow(text[:MAX_READ]), "")]
    for _ in range(LEVELS + 1):
        deeper: list[View] = []
        for view in level:
            if view.text not in seen:
                seen.add(view.text)
                yield view
                deeper += _undone(view)
        level = deeper


def _narrow(text: str) -> str:
    """Width folded, what is invisible away, dashes alike, white space single; lines of base64 that
    belong together are put together."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_DASHES)
    return _WRAPPED.sub("", " ".join(text.split()))


def _undone(view: View) -> Iterator[View]:
    text = view.text
    if _PERCENT.search(text):
        yield View(_narrow(_PERCENT.sub(_from_percent, text)), _how(view, "URL-encoded"))
    if _ENTITY.search(text):
        yield View(_narrow(html.unescape(text)), _how(view, "HTML-encoded"))
    together = " ".join(_closed(match[0]) for match in _APART.finditer(text))
    if together:
        yield View(together, _how(view, "spaced out"))
    for pattern, decode, how in ((_BASE64, _from_base64, "base64"), (_HEX, _from_hex, "hex")):
        for count, match in enumerate(pattern.finditer(text)):
            if count == MAX_PIECES:
                break
            plain = decode(match[0])
            if plain:
                yield View(_narrow(plain), _how(view, how))


def _how(view: View, how: str) -> str:
    return f"{view.how}, {how}" if view.how else how


def _closed(text: str) -> str:
    """`g h p _ a` as `ghp_a`."""
    return text[::2]


def _from_percent(match: re.Match[str]) -> str:
    return bytes.fromhex(match[0].replace("%", "")).decode("utf-8", "replace")


def _from_base64(piece: str) -> str:
    body = piece.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return _readable(base64.b64decode(body + "=" * (-len(body) % 4), validate=True))
    except (ValueError, binascii.Error):
        return ""


def _from_hex(piece: str) -> str:
    return _readable(bytes.fromhex(piece))


def _readable(content: bytes) -> str:
    """Text, where the bytes are text: a hash decodes to noise."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() or re.fullmatch(r"[\s\x20-\x7e]+", text) else ""
