"""What must not be stored or sent: secrets by value and by shape, replaced by typed marks.

Runs before a reply is stored, so the verdict can be reached again from the pack; checks count the
marks. Runs again over everything outbound. A text is searched as it is and as its escapes read:
JSON's, because what is stored is a body and what is read out of it is not, and `neutral.py`'s in
Markdown, because every token has a character that is written as an entity there.
"""

from __future__ import annotations

import base64
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote, quote_plus

_KEY = r"(?:[A-Z]+ )*PRIVATE KEY-----"
_SHAPES = {
    # GitHub's installation tokens have been `ghs_<app>_<jwt>`, about 520 characters, since 2026.
    "github-token": r"(?<![A-Za-z0-9_])(?:gh[posur]_[A-Za-z0-9._-]{36,}"
                    r"|github_pat_[A-Za-z0-9_]{40,})",
    "aws-key": r"(?<![A-Za-z0-9_])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9_])",
    # To its end; where it is cut off, to the end of the JSON string it stands in.
    "private-key": rf"-----BEGIN {_KEY}(?:(?:(?!-----BEGIN )[\s\S])*?-----END {_KEY}"
                   r"|(?:[^\"\\]|\\[^\"])*)",
    "slack-token": r"(?<![A-Za-z0-9_])xox[abposr]-[A-Za-z0-9-]{10,}",
    "google-key": r"(?<![A-Za-z0-9_])AIza[A-Za-z0-9_-]{35}",
    "openai-key": r"(?<![A-Za-z0-9_])sk-(?:proj-|ant-)?[A-Za-z0-9_-]{32,}",
    "hf-token": r"(?<![A-Za-z0-9_])hf_[A-Za-z0-9]{30,}+(?!_)",
    "stripe-key": r"(?<![A-Za-z0-9_])[sr]k_live_[A-Za-z0-9]{20,}+(?!_)",
    "gitlab-token": r"(?<![A-Za-z0-9_])glpat-[A-Za-z0-9_-]{20,}",
    "npm-token": r"(?<![A-Za-z0-9_])npm_[A-Za-z0-9]{36}(?![A-Za-z0-9_])",
    "pypi-token": r"(?<![A-Za-z0-9_])pypi-AgE[A-Za-z0-9_-]{50,}",
    "sendgrid-key": r"(?<![A-Za-z0-9_])SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}",
    "digitalocean-token": r"(?<![A-Za-z0-9_])do[opr]_v1_[0-9a-f]{64}",
    "google-secret": r"(?<![A-Za-z0-9_])(?:ya29\.[A-Za-z0-9_-]{30,}|GOCSPX-[A-Za-z0-9_-]{28})",
    # No start behind a dash: a long run of starts would be read to its end from each of them.
    "jwt": r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}+\.eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}",
}
_SHAPE = re.compile("|".join(f"({shape})" for shape in _SHAPES.values()))
_KINDS = tuple(_SHAPES)
_MARK = re.compile(r"⟦redacted:([a-z-]+)⟧")
_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
                     r"|\\u[0-9a-fA-F]{4}|\\[\"\\/bfnrt]|&#[0-9]{1,3};(?:<wbr>)?")
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
MIN_SECRET = 6
"""Shorter secrets are not searched for: masking every `a` would hide the report."""
MIN_ENCODED = 8
"""Shorter pieces of base64 stand in texts that have nothing to do with a secret."""
_URL_SAFE = str.maketrans("+/", "-_")
LEVELS = 2
"""JSON inside JSON, as the arguments of a tool call are, is escaped twice."""


class _View:
    """A text with its escapes undone, in which every place leads back to where it was."""

    def __init__(self, text: str) -> None:
        parts: list[str] = []
        self._here, self._there = [0], [0]
        end = length = 0
        for match in _ESCAPE.finditer(text):
            char = _unescaped(match[0])
            parts += (text[end : match.start()], char)
            length += match.start() - end
            end = match.end()
            self._here += (length, length + 1)
            self._there += (match.start(), end)
            length += 1
        self.text = "".join([*parts, text[end:]])

    def back(self, place: int) -> int:
        """Where a place of this view is in the text it was made of."""
        at = bisect_right(self._here, place) - 1
        return self._there[at] + place - self._here[at]


def _unescaped(escape: str) -> str:
    if escape[0] == "&":
        return chr(int(escape[2 : escape.index(";")]))
    if escape[1] != "u":
        return _SHORT.get(escape[1], escape[1])
    if len(escape) == 6:
        return chr(int(escape[2:], 16))
    high, low = int(escape[2:6], 16), int(escape[8:], 16)
    return chr(0x10000 + ((high - 0xD800) << 10) + low - 0xDC00)


def _found(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int, re.Match[str]]]:
    """Every match in a text and in its views, with its place in the text itself."""
    views: list[_View] = []
    for _ in range(LEVELS + 1):
        shown = views[-1].text if views else text
        for match in pattern.finditer(shown):
            start, end = match.span()
            for view in reversed(views):
                start, end = view.back(start), view.back(end)
            yield start, end, match
        if "\\" not in shown and "&#" not in shown:
            return
        views.append(_View(shown))


def _replaced(text: str, pattern: re.Pattern[str], word: Callable[[re.Match[str]], str]) -> str:
    out: list[str] = []
    done = 0
    for start, end, match in sorted(_found(text, pattern), key=lambda one: one[:2]):
        if end <= done:
            continue
        if start >= done:
            out += (text[done:start], word(match))
        done = end
    return "".join([*out, text[done:]])


def _kind(match: re.Match[str]) -> str:
    return _KINDS[(match.lastindex or 1) - 1]


def _forms(secret: str) -> Iterator[str]:
    """A secret as it is, as a URL has it, and as base64 has it wherever in a text it stands: each
    three bytes become four characters, so there are three ways, of which the ends are shared with
    the neighbours."""
    yield secret
    yield quote(secret)
    yield quote(secret, safe="")
    yield quote_plus(secret)
    data = secret.encode("utf-8", "surrogatepass")
    for before in range(3):
        whole = base64.b64encode(bytes(before) + data).decode()
        own = whole[(before * 8 + 5) // 6 : (before + len(data)) * 8 // 6]
        if len(own) >= MIN_ENCODED:
            yield own
            yield own.translate(_URL_SAFE)


class Redactor:
    """Replaces known secret values and known shapes by `⟦redacted:kind⟧`."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._given = tuple(secrets)
        forms = {form for secret in self._given if len(secret) >= MIN_SECRET
                 for form in _forms(secret)}
        worth = sorted(forms, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, worth))) if worth else None

    def knowing(self, secrets: Iterable[str]) -> Redactor:
        """One that replaces these too."""
        return Redactor((*self._given, *secrets))

    def __call__(self, text: str) -> str:
        """The text with every secret replaced. A mark that was there already is made plain."""
        if not text:
            return text
        text = _replaced(text, _MARK, lambda match: f"[redacted:{match[1]}]")
        if self._secrets:
            text = _replaced(text, self._secrets, lambda match: "⟦redacted:secret⟧")
        return _replaced(text, _SHAPE, lambda match: f"⟦redacted:{_kind(match)}⟧")


def marks_in(text: str) -> list[str]:
    """Kinds of the marks in a stored text, in order of appearance."""
    return list(dict.fromkeys(_MARK.findall(text)))


def shapes_in(text: str) -> list[str]:
    """Kinds of the tokens whose shape is in a text, in order of appearance."""
    places = sorted(_found(text, _SHAPE), key=lambda one: one[:2])
    return list(dict.fromkeys(_kind(match) for _, _, match in places))
