"""Durations and sizes, which always carry a unit."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.formats.units import (
    exact_duration,
    format_duration,
    format_size,
    parse_duration,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("30s", 30), ("2m", 120), ("1h", 3600), ("1.5s", 1.5), (" 2 s ", 2),
     ("2S", 2), ("0.5ms", 0.0005), ("0s", 0)],
)
def test_a_duration_is_a_number_with_its_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [("1k", 1024), ("512k", 524288), ("256m", 268435456), ("2g", 2147483648), ("2G", 2147483648),
     ("1.5g", 1610612736)],
)
def test_a_size_is_a_power_of_1024_as_docker_has_it(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("2", "`2` has no unit; write 2s, one of ms, s, m, h"),
        ("1.5", "`1.5` has no unit; write 1.5s, one of ms, s, m, h"),
        ("", "`` is not a number with a unit; write for instance 30s"),
        ("s", "`s` is not a number with a unit; write for instance 30s"),
        ("1d", "`1d` is not a number with a unit; write for instance 30s"),
        ("-1s", "`-1s` is not a number with a unit; write for instance 30s"),
        ("1e3s", "`1e3s` is not a number with a unit; write for instance 30s"),
        (".5s", "`.5s` is not a number with a unit; write for instance 30s"),
        ("1 0s", "`1 0s` is not a number with a unit; write for instance 30s"),
        ("nan", "`nan` is not a number with a unit; write for instance 30s"),
        ("²s", "`²s` is not a number with a unit; write for instance 30s"),
    ],
)
def test_what_is_no_duration_is_told_with_the_likely_fix(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(complaint)}$"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("512", "`512` has no unit; write 512g, one of k, m, g"),
        ("2gb", "`2gb` is not a number with a unit; write for instance 2g"),
        ("2s", "`2s` is not a number with a unit; write for instance 2g"),
        ("1" * 400 + "k", f"`{'1' * 400}k` is not a number with a unit; write for "
         "instance 2g"),
    ],
)
def test_what_is_no_size_is_told_with_the_likely_fix(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(complaint)}$"):
        parse_size(text)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0ms"), (0.0005, "0.5ms"), (0.48, "480ms"), (0.9999, "999.9ms"), (1, "1s"), (1.5, "1.5s"),
     (59.9999, "60s"), (60, "1m"), (61, "61s"), (90, "90s"), (7200, "120m")],
)
def test_a_duration_is_shown_as_a_person_writes_it(seconds: float, shown: str) -> None:
    assert format_duration(seconds) == shown


@pytest.mark.parametrize(
    ("size", "shown"),
    [(1024, "1k"), (1024**2, "1m"), (1536 * 1024, "1536k"), (2 * 1024**3, "2g")])
def test_a_size_is_shown_in_the_largest_unit_that_fits(size: int, shown: str) -> None:
    assert format_size(size) == shown


@given(st.integers(1, 10**4), st.sampled_from(["ms", "s", "m", "h"]))
def test_a_whole_duration_is_read_back_as_it_was(number: int, unit: str) -> None:
    seconds = parse_duration(f"{number}{unit}")
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds, rel=1e-12)


@given(st.integers(1, 10**5), st.sampled_from(["k", "m", "g"]))
def test_a_whole_size_is_read_back_as_it_was(number: int, unit: str) -> None:
    size = parse_size(f"{number}{unit}")
    assert parse_size(format_size(size)) == size


@pytest.mark.parametrize(("parse", "show", "text"), [
    (parse_duration, exact_duration, "1.2345s"), (parse_duration, exact_duration, "0.00001ms"),
    (parse_duration, exact_duration, "1234567ms"), (parse_duration, exact_duration, "20000h"),
    (parse_size, format_size, "1.5k"), (parse_size, format_size, "0.3m")])
def test_any_number_is_read_back_as_it_was(parse, show, text: str) -> None:  # type: ignore[no-untyped-def]
    assert parse(show(parse(text))) == parse(text)


@given(st.text(max_size=12))
def test_any_text_is_a_duration_of_at_least_nothing_or_told(text: str) -> None:
    seconds = 0.0
    with suppress(ValueError):
        seconds = parse_duration(text)
    assert seconds >= 0
