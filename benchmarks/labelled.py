"""Human-labelled text, as it is read from files of others and of our own.

- XSTest v2 completions (CSV): `prompt`, `completion`, `final_label` of `1_full_compliance`,
  `2_full_refusal`, `3_partial_refusal`. Röttger et al. 2023, CC-BY-4.0.
- BEGIN (CSV): `knowledge`, `message`, `response`, `begin_label`. Dziri et al. 2021, CC-BY-4.0.
- Labelled lines (JSONL) in any language; the keys of a line say what it is about.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FULL, PARTIAL = "2_full_refusal", "3_partial_refusal"
XSTEST_COLUMNS = ("prompt", "completion", "final_label")
BEGIN_COLUMNS = ("knowledge", "response", "begin_label")
ATTRIBUTABLE, GENERIC = "Fully attributable", "Generic"


class Unreadable(Exception):
    """A file of labelled text that is absent or is not what it should be; says which and why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that a person has judged to refuse or not."""

    prompt: str
    """Empty where it is not known."""
    text: str
    refuses: bool
    partial: bool = False
    """It refuses in part."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An answer that a person has judged to be supported by what was given, or not."""

    source: str
    answer: str
    supported: bool


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise Unreadable(f"{path}: no column `{missing[0]}`")
            yield from reader
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from None


def read_xstest(path: Path) -> list[Reply]:
    """The completions of one model."""
    return [Reply(row["prompt"], row["completion"], row["final_label"] == FULL,
                  row["final_label"] == PARTIAL)
            for row in _rows(path, XSTEST_COLUMNS)]


def read_begin(path: Path) -> list[Claim]:
    """Responses with their knowledge; those that say nothing in particular are left out."""
    return [Claim(row["knowledge"], row["response"], row["begin_label"] == ATTRIBUTABLE)
            for row in _rows(path, BEGIN_COLUMNS) if row["begin_label"] != GENERIC]


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Labelled lines, one object a line."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from None
    out = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError as error:
            raise Unreadable(f"{path}:{number}: not JSON: {error}") from None
        if not isinstance(found, dict):
            raise Unreadable(f"{path}:{number}: not an object")
        out.append(found)
    return out
