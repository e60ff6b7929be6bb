"""The system prompt, read as rules: what a line asks for is done, what no line asks for is not."""

from __future__ import annotations

import re
from dataclasses import dataclass

_JSON = re.compile(r"when asked for json, return (only )?json with keys: ([\w, ]+)\.?")
_QUOTE = re.compile(r"quote .*word for word\.?")
_CITE = re.compile(r"cite every sentence .*in square brackets\.?")
_BULLETS = re.compile(r"when asked for bullets, return one sentence for each bullet\.?")
_ASK = re.compile(r"when evidence is missing, ask for evidence\.?")
_REFUSE_TO_BEND = re.compile(r"refuse to ((?:[a-z]+|,| )+) policy\.?")
_REFUSE_TO_SHARE = re.compile(r"refuse to share ((?:[a-z]+|,| )+)\.?")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the prompt file asks for. A line that is not there is a rule that does not hold."""

    quotes: bool = False
    cites: bool = False
    bullets: bool = False
    asks_for_evidence: bool = False
    json_keys: tuple[str, ...] = ()
    """Empty: nothing is said about JSON, and questions are answered in prose."""
    json_only: bool = False
    refuses_to: str = ""
    """What is refused to be done to policy, for instance `ignore, invent or change`."""
    refuses_to_share: str = ""


def read_rules(text: str) -> Rules:
    """The rules of a prompt file; remarks and other prose are passed over."""
    lines = [line.strip().casefold() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    json_line = _first(_JSON, lines)
    bend, share = _first(_REFUSE_TO_BEND, lines), _first(_REFUSE_TO_SHARE, lines)
    keys = json_line[2].split(",") if json_line else []
    return Rules(
        quotes=_first(_QUOTE, lines) is not None,
        cites=_first(_CITE, lines) is not None,
        bullets=_first(_BULLETS, lines) is not None,
        asks_for_evidence=_first(_ASK, lines) is not None,
        json_keys=tuple(key.strip() for key in keys if key.strip()),
        json_only=bool(json_line and json_line[1]),
        refuses_to=bend[1] if bend else "",
        refuses_to_share=share[1] if share else "",
    )


def _first(pattern: re.Pattern[str], lines: list[str]) -> re.Match[str] | None:
    matches = (pattern.fullmatch(line) for line in lines)
    return next((match for match in matches if match), None)
