"""What must not be stored or sent: secrets by value and by shape, replaced by typed marks.

Runs before a reply is stored, so the verdict can be reached again from the pack; checks count the
marks. Runs again over everything outbound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_SHAPES = (
    # GitHub's installation tokens have been `ghs_<app>_<jwt>`, about 520 characters, since 2026.
    ("github-token", re.compile(r"\b(?:gh[posur]_[A-Za-z0-9._-]{36,}|github_pat_\w{40,})")),
    ("aws-key", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("private-key", re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[\s\S]*?"
                               r"(?:-----END (?:[A-Z]+ )*PRIVATE KEY-----|\Z)")),
    ("slack-token", re.compile(r"\bxox[abposr]-[A-Za-z0-9-]{10,}")),
    ("google-key", re.compile(r"\bAIza[A-Za-z0-9_-]{35}")),
    ("openai-key", re.compile(r"\bsk-(?:proj-|ant-)?[A-Za-z0-9_-]{32,}")),
    ("hf-token", re.compile(r"\bhf_[A-Za-z0-9]{30,}\b")),
    ("jwt", re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")),
)
_MARK = re.compile(r"⟦redacted:([a-z-]+)⟧")
MIN_SECRET = 6
"""Shorter secrets are not searched for: masking every `a` would hide the report."""


class Redactor:
    """Replaces known secret values and known shapes by `⟦redacted:kind⟧`."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        worth = sorted({s for s in secrets if len(s) >= MIN_SECRET}, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, worth))) if worth else None

    def __call__(self, text: str) -> str:
        """The text with every secret replaced. A mark that was there already is made plain."""
        text = _MARK.sub(r"[redacted:\1]", text)
        if self._secrets:
            text = self._secrets.sub("⟦redacted:secret⟧", text)
        for kind, shape in _SHAPES:
            text = shape.sub(f"⟦redacted:{kind}⟧", text)
        return text


def marks_in(text: str) -> list[str]:
    """Kinds of the marks in a stored text, in order of appearance."""
    return list(dict.fromkeys(_MARK.findall(text)))
