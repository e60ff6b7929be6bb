"""One spelling for every value, so that equal values are equal bytes anywhere."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.formats.canonical import digest, plain, to_json, to_line
from gatekeeper.model import Risk
from tests.support.make import make_case

values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4)
    | st.floats(-9, 9).map(lambda number: round(number, 3)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner,
                                                                max_size=3),
    max_leaves=8,
)


class Word(StrEnum):
    """A word."""

    ONE = "one"


@dataclass(frozen=True)
class Thing:
    """Something with a place in a file."""

    name: str
    place: int
    line: int = 0
    parts: tuple[Word, ...] = (Word.ONE,)


def turned(value: Any) -> Any:
    """The same value with the keys of every object in another order."""
    if isinstance(value, dict):
        return {name: turned(value[name]) for name in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


@given(values)
def test_the_order_of_keys_does_not_matter(value: Any) -> None:
    for write in (to_json, to_line, digest):
        assert write(value) == write(turned(value))


@given(values, values)
def test_a_digest_names_one_value(one: Any, other: Any) -> None:
    assert (digest(one) == digest(other)) is (to_json(one) == to_json(other))


@given(values)
def test_what_is_written_reads_back_and_is_written_the_same_again(value: Any) -> None:
    for write in (to_json, to_line):
        again = json.loads(write(value))
        assert again == value
        assert write(again) == write(value)


@given(values)
def test_a_line_is_one_ascii_line_and_a_document_ends_in_one(value: Any) -> None:
    line, document = to_line(value), to_json(value)
    assert line.isascii()
    assert line.splitlines() == [line[:-1]]
    assert document.endswith("\n")
    assert not document.endswith("\n\n")


def test_frozen_values_enums_and_tuples_are_plain_data() -> None:
    assert plain({"a": (Thing("x", 3), Risk.SAFETY), 1: None}) == {
        "a": [{"name": "x", "parts": ["one"]}, "safety"], "1": None}


def test_where_a_thing_stands_in_its_file_is_no_part_of_it() -> None:
    case = make_case()
    assert digest(case) == digest(replace(case, line=99))
    assert digest(case) != digest(replace(case, prompt="another"))
    assert digest({"line": 1}) != digest({"line": 2})


@pytest.mark.parametrize(
    ("number", "written"),
    [(1.0, "1\n"), (-0.0, "0\n"), (0.1 + 0.2, "0.3\n"), (1e-9, "0\n"), (2.5, "2.5\n"),
     (1.23456789, "1.234568\n"), (1e3, "1000\n"), (True, "true\n")],
)
def test_a_number_has_one_spelling(number: float, written: str) -> None:
    assert to_json(number) == written


def test_a_digest_is_the_same_in_every_process() -> None:
    code = ("from gatekeeper.formats.canonical import digest; "
            "print(digest({'b': [1.0, '返'], 'a': None}))")
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True,
                          check=True)
    assert done.stdout.strip() == digest({"a": None, "b": [1, "返"]})
    assert done.stdout.startswith("sha256:")


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("write", [
    to_json,
    to_line,
])
def test_what_is_no_number_is_refused_or_spelled_out(
    write: Callable[[object], str], number: float
) -> None:
    constants: list[str] = []
    with suppress(ValueError):
        json.loads(write({"n": number}), parse_constant=constants.append)
    assert not constants


def test_whatever_json_can_carry_can_be_written_to_a_file() -> None:
    said = json.loads('"\\ud800 half a pair"')
    assert json.loads(to_json({"first_message": said}).encode("utf-8"))


@pytest.mark.parametrize("value", [b"x", {1, 2}, object()])
def test_what_is_no_data_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        digest(value)
