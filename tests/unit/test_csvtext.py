"""CSV rows that know where they stand, and give every byte back that was not replaced."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.formats.csvtext import Row, read_rows

plain = st.text(st.characters(exclude_characters=',"\r\n', exclude_categories=["Cs"]), max_size=6)
quoted = st.text(st.sampled_from(',"\r\n a返'), max_size=6).map(
    lambda text: '"' + text.replace('"', '""') + '"')
raw_rows = st.lists(st.lists(plain | quoted, min_size=2, max_size=4).map(",".join), max_size=5)
line_ends = st.sampled_from(["\n", "\r\n"])


def read(text: str) -> list[list[str]]:
    """What the standard library reads."""
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def records_of(text: str) -> Iterator[Row]:
    """The rows of a text."""
    return read_rows(io.StringIO(text, newline=""))


@given(raw_rows, line_ends)
def test_values_are_those_of_the_standard_library(rows: list[str], end: str) -> None:
    text = "".join(row + end for row in rows)
    assert [row.values for row in records_of(text)] == read(text)


@given(st.text(st.sampled_from(',"\r\n ab返'), max_size=40))
def test_a_text_is_rows_that_join_to_it_or_it_is_no_csv(text: str) -> None:
    try:
        rows = list(records_of(text))
    except csv.Error:
        return
    assert "".join(row.raw for row in rows) == text


@given(raw_rows, line_ends, st.data())
def test_replaced_fields_are_read_back_and_the_others_stay(
    rows: list[str], end: str, data: st.DataObject
) -> None:
    for row in records_of("".join(row + end for row in rows)):
        index = data.draw(st.integers(0, len(row.values) - 1))
        text = data.draw(st.text(st.sampled_from(',"\r\n a返'), max_size=5))
        expected = [text if n == index else value for n, value in enumerate(row.values)]
        assert read(row.with_fields({index: text})) == [expected]
        assert row.with_fields({}) == row.raw


@pytest.mark.parametrize("raw", [
    'a,5" pipe,c\n', 'a, "b,c"\n', 'a"b,c",d\n'], ids=["inch", "space and quote", "middle"])
def test_a_quotation_mark_inside_an_unquoted_field_is_a_character(raw: str) -> None:
    row, = records_of(raw)
    last = len(row.values) - 1
    assert read(row.with_fields({last: "x"})) == [[*row.values[:-1], "x"]]


@pytest.mark.parametrize(
    ("text", "row", "index", "place"),
    [
        ("a,b,c\n", 0, 0, (1, 1)),
        ("a,b,c\n", 0, 2, (1, 5)),
        ("返金,b\n", 0, 1, (1, 4)),
        ('"x,y",b\n', 0, 1, (1, 7)),
        ('a,b\r\n\r\n"p\r\nq",b\r\nc,d\r\n', 2, 1, (4, 4)),
        ('a,b\r\n\r\n"p\r\nq",b\r\nc,d\r\n', 3, 1, (5, 3)),
        ('"p""q",b', 0, 1, (1, 8)),
        ("a,b\n", 0, 5, (1, 1)),
        (",,\n", 0, 2, (1, 3)),
    ],
)
def test_a_field_knows_its_line_and_column(
    text: str, row: int, index: int, place: tuple[int, int]
) -> None:
    assert list(records_of(text))[row].place(index) == place


def test_what_is_no_csv_is_told_with_the_line_on_which_the_record_starts() -> None:
    with pytest.raises(csv.Error, match=r"\(record starting on line 3\)$"):
        list(records_of('a,b\n\nc,"d\ne,f\n'))


def test_rows_are_read_as_they_are_asked_for() -> None:
    rows = records_of('a,b\n"broken')
    assert next(rows) == Row(1, ["a", "b"], "a,b\n")
