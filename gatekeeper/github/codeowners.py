"""Who owns a file by a repository's CODEOWNERS. Pure.

Syntax: docs.github.com, "About code owners": gitignore's patterns without negation, ranges and
escapes; the last line that matches decides, and one without owners frees what it matches.
"""

from __future__ import annotations

import re

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks, in this order; the first file that is there counts alone."""


def owners_of(path: str, text: str) -> tuple[str, ...]:
    """The owners of a path, e.g. `("@ann", "@acme/models")`; empty where it has none."""
    found: tuple[str, ...] = ()
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if words and _pattern(words[0]).fullmatch(path):
            found = tuple(words[1:])
    return found


def _pattern(written: str) -> re.Pattern[str]:
    """A pattern with a slash before its end is anchored at the top; one that names a folder holds
    for all in it; `docs/*` does not reach below `docs`."""
    anchored = "/" in written.rstrip("/")
    body = written.strip("/")
    out = "" if anchored else "(?:.*/)?"
    for part in re.split(r"(\*\*/|/\*\*$|\*\*|\*|\?)", body):
        out += {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*",
                "?": "[^/]"}.get(part, re.escape(part))
    if written.endswith("/"):
        return re.compile(out + "/.*")
    if anchored and body.endswith("*"):
        return re.compile(out)
    return re.compile(out + "(?:/.*)?")
