"""The report on a terminal: within its width, and nothing in it that a terminal would obey."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.evidence.record import SideRecord
from gatekeeper.model import Change, ChangeKind, Fault
from gatekeeper.ports import StartFailure
from gatekeeper.report.terminal import MIN_WIDTH, Style, columns_of, render, table, wrap
from tests.support.builders import (
    NOT_ASKED,
    PASSED,
    failed,
    hostile_text,
    judged,
    judgement,
)

COLOURS = re.compile(r"\x1b\[[0-9]+m")
shown_text = st.text(st.sampled_from("abc 返金。é\u0301 -"), max_size=40)


@pytest.mark.parametrize(("text", "columns"), [
    ("abc", 3), ("返金", 4), ("ﾊﾝｶｸ", 4), ("e\u0301", 1), ("", 0), ("Ａ", 2), ("–…", 2)])
def test_wide_characters_take_two_columns_and_combining_ones_none(text: str, columns: int) -> None:
    assert columns_of(text) == columns


@given(shown_text, st.integers(2, 30))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(columns_of(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_lines_break_at_spaces_where_there_are_any() -> None:
    assert wrap("one two three", 8) == ["one two", "three"]
    assert wrap("返金は三十日以内", 8) == ["返金は三", "十日以内"]
    assert wrap("a verylongword b", 6) == ["a", "verylo", "ngword", "b"]
    assert wrap("", 5) == [""]


def test_the_narrowest_terminal_gets_its_report() -> None:
    assert "BLOCK" in render(judgement(judged("a", failed("x"))), Style(width=3), "evidence")


rows = st.lists(st.lists(shown_text.map(str.strip), min_size=3, max_size=3), max_size=4)


@given(rows, st.integers(40, 100))
def test_a_table_fits_the_width_and_its_columns_line_up(cells: list[list[str]], width: int) -> None:
    lines = list(table(["one", "two", "three"], cells, width))
    assert all(columns_of(line) <= width for line in lines)
    rule = lines[1]
    gaps = [place for place, char in enumerate(rule) if char == " "]
    for line in lines:
        padded = "".join(char if columns_of(char) == 1 else char + "\0"
                         for char in unicodedata.normalize("NFC", line) if columns_of(char))
        assert all(padded[gap : gap + 1].strip() == "" for gap in gaps)


def test_a_report_says_what_came_why_and_how_to_ask_again() -> None:
    shown = render(judgement(judged("ok", PASSED, PASSED),
                             judged("days", failed("14 days"), PASSED, flipped=True)),
                   Style(), "evidence", "evidence/report.html")
    assert shown.startswith("■ BLOCK  the working tree against main\n")
    assert re.search(r"^format  days  expected 1  14 days  new$", shown, re.MULTILINE)
    assert "  gatekeeper run --case days\n" in shown
    assert "  ✗ failures == 0   measured 1 (1 of 2 cases)\n" in shown
    assert "  - gate share is closed: failures == 0, measured 1 (1 of 2 cases)\n" in shown
    assert shown.endswith("evidence: evidence\nto read: evidence/report.html\n")


def test_nothing_changed_is_told_without_tables() -> None:
    shown = render(judgement(nothing_changed=True), Style(), "evidence")
    assert shown.startswith("■ PASS")
    assert "Failures" not in shown
    assert "Gates" not in shown
    assert "nothing that counts changed; nothing was started" in shown


def test_a_side_that_did_not_start_is_told_with_its_last_lines() -> None:
    failure = StartFailure("exited (exit code 1): ValueError: x", Fault.CHANGE, "OCI runtime",
                           "\n".join(f"line {n}" for n in range(40)))
    shown = render(judgement(judged("a", NOT_ASKED), head=SideRecord(failure=failure)), Style(),
                   "evidence")
    assert "head did not start: exited (exit code 1): ValueError: x\n  engine: OCI runtime\n" \
        in shown
    assert "  │ line 39\n" in shown
    assert "  │ line 28\n" in shown
    assert "line 27" not in shown


def test_colours_are_ours_alone_and_only_where_wanted() -> None:
    told = judgement(judged("a", failed("\x1b[31mred\x1b[0m")))
    plain, painted = render(told, Style(), "e"), render(told, Style(colour=True), "e")
    assert "\x1b" not in plain
    assert COLOURS.sub("", painted) == plain
    assert painted != plain


@given(text=hostile_text, colour=st.booleans(), width=st.integers(MIN_WIDTH, 120))
@settings(max_examples=60)
def test_whatever_was_said_a_terminal_is_not_moved(text: str, colour: bool, width: int) -> None:
    failure = StartFailure(text, Fault.CHANGE, text, f"{text}\n{text}")
    told = judgement(
        judged(text or "x", failed(text, text), PASSED), judged("b", NOT_ASKED),
        subject=text, changes=(Change(ChangeKind.CODE, text),) * 25,
        manifest_path=f"{text}/gatekeeper.yaml",
        head=SideRecord(failure=failure), base=SideRecord(failure=failure))
    shown = COLOURS.sub("", render(told, Style(colour, width), text))
    assert not {unicodedata.category(char) for char in shown if char != "\n"} & {
        "Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
