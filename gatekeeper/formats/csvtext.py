"""CSV rows that know where they stand and can be put back with single fields replaced.

The standard library reads the values; what it cannot give, the place of every field in the text,
is scanned here, and only for rows that need it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

MAX_FIELD = 100_000_000
"""Characters; the standard library's own limit is shorter than a long prompt."""
csv.field_size_limit(MAX_FIELD)


class NotCsv(csv.Error):
    """The text is not CSV, and on which line the record that shows it starts."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(f"{reason} (record starting on line {line})")
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its values and its raw text, line end included."""

    line: int
    """1-based line on which the record starts."""
    values: list[str]
    raw: str

    def place(self, index: int) -> tuple[int, int]:
        """1-based line and column at which a field starts; the row's start beyond the last."""
        spans = field_spans(self.raw)
        start = spans[index][0] if index < len(spans) else 0
        before = self.raw[:start]
        column = start - (before.rfind("\n") + 1) + 1
        return self.line + before.count("\n"), column

    def with_fields(self, replaced: Mapping[int, str]) -> str:
        """The raw text with some fields replaced and every other byte as it was."""
        out, end = [], 0
        for index, (start, stop) in enumerate(field_spans(self.raw)):
            out.append(self.raw[end:start])
            out.append(_quoted(replaced[index]) if index in replaced else self.raw[start:stop])
            end = stop
        return "".join(out) + self.raw[end:]


def _quoted(text: str) -> str:
    if any(char in text for char in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def as_line(values: Sequence[str]) -> str:
    """One record, without its line end."""
    return ",".join(map(_quoted, values))


def field_spans(raw: str) -> list[tuple[int, int]]:
    """Start and end of every field in a record's raw text."""
    body = raw.rstrip("\r\n")
    spans, start, quoted = [], 0, False
    for index, char in enumerate(body):
        if char == '"' and body[start] == '"':  # elsewhere it is a character like any other
            quoted = not quoted
        elif char == "," and not quoted:
            spans.append((start, index))
            start = index + 1
    spans.append((start, len(body)))
    return spans


def lines_of(content: bytes) -> Iterator[str]:
    """The lines of a UTF-8 text with their ends, streamed, without a byte order mark;
    UnicodeDecodeError where it is none."""
    return io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", newline="")


def read_rows(lines: Iterable[str]) -> Iterator[Row]:
    """Every record, streamed from lines with their ends; NotCsv with the line when the text is not
    CSV."""
    taken: list[str] = []

    def kept() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    reader = csv.reader(kept(), strict=True)
    line = 1
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise NotCsv(str(error), line) from None
        raw = "".join(taken)
        taken.clear()
        yield Row(line, values, raw)
        line += raw.count("\n") or 1
