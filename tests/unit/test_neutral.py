"""Hostile text made harmless, told sink by sink with what is active there."""

from __future__ import annotations

import csv
import html
import io
import re
import shlex
import unicodedata
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gatekeeper.neutral import (
    for_csv,
    for_log,
    for_markdown,
    for_shell,
    for_terminal,
    for_xml,
    shortened,
    visible,
)
from tests.support.builders import HOSTILE, hostile_text

ACTIVE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Categories that move a cursor, end a line, hide, join or turn round what is read."""
IGNORABLE = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u3164\uffa0\U000e0100\U000e01ef"
"""Letters and marks of no visible shape: Unicode's Default_Ignorable_Code_Point beyond Cf."""
words = st.text(st.characters(categories=["L", "N"], max_codepoint=0x9FFF,
                              exclude_characters=IGNORABLE), max_size=12)


@given(hostile_text)
@example("".join(map(chr, range(0x2100))))
def test_a_terminal_sees_one_line_of_plain_characters(text: str) -> None:
    shown = for_terminal(text, 10**6)
    assert not {unicodedata.category(char) for char in shown} & ACTIVE
    assert "\ufe0f" not in shown


@pytest.mark.parametrize("char", IGNORABLE, ids=lambda char: f"U+{ord(char):04X}")
def test_a_character_of_no_shape_can_be_seen(char: str) -> None:
    assert char not in for_terminal(f"in{char}visible")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("30 days – “返金” é 👍", "30 days – “返金” é 👍"),
        ("\x1b[2J\x1b]0;x\x07", "\\x1b[2J\\x1b]0;x\\x07"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\u202egnp\u202c.exe", "\\u202egnp\\u202c.exe"),
        ("pay\u200bpal\ufeff", "pay\\u200bpal\\ufeff"),
        ("\x9b31m\x7f\x85", "\\x9b31m\\x7f\\x85"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\U000e0041\U0010ffff\ud800", "\\U000e0041\\U0010ffff\\ud800"),
    ],
)
def test_what_cannot_be_seen_is_spelled(text: str, shown: str) -> None:
    assert for_terminal(text) == visible(text) == shown


@given(words)
def test_plain_words_are_left_as_they_are(text: str) -> None:
    for sink in (for_terminal, for_log, for_xml, for_csv):
        assert sink(text) == text
    assert html.unescape(for_markdown(text)).removeprefix("<code>").removesuffix("</code>") == text


@given(hostile_text, st.integers(1, 40))
def test_a_limit_is_kept_and_the_cut_is_said(text: str, limit: int) -> None:
    for sink in (for_terminal, for_xml):
        shown = sink(text, limit)
        assert len(shown) <= limit
        assert shown == sink(text, 10**6) or shown.endswith("…")
    assert len(for_csv(text, limit)) <= limit + 1
    assert shortened("abc", 3) == "abc"


COMMANDS = [command for command in HOSTILE if command.startswith(("::", "##["))]


def is_command(line: str) -> bool:
    """Whether GitHub's runner would act on a line: `::cmd::` first in it, or `##[cmd]` anywhere."""
    return line.lstrip().startswith("::") or re.search(r"##\[[\w-]+", line) is not None


@given(hostile_text, st.sampled_from(COMMANDS),
       st.sampled_from(["", " ", "\t", "\n", "\r", "\u3000"]))
def test_no_log_line_is_a_workflow_command(text: str, command: str, before: str) -> None:
    for hostile in (text, before + command + text, text + before + command, f"#{command}"):
        shown = for_log(hostile)
        assert len(re.split(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]", shown)) == 1
        assert not is_command(shown)


class Reader(HTMLParser):
    """What a browser makes of a document: tags with attributes, and the text between them."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(f"{tag} {attrs}" if attrs else tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.tags.append("comment")


MARKUP = re.compile(r"[^\w ,&#;…]|_|&(?!#\d{1,7};)|(?<!&)#|;(?<!\d;)", re.ASCII)
"""ASCII that GitHub's Markdown could act on: all but letters, digits, space, comma, entities."""


@given(hostile_text)
def test_markdown_is_one_code_element_without_a_character_that_markdown_acts_on(
    text: str
) -> None:
    shown = for_markdown(text, 10**6)
    if not text.strip():
        assert shown == ""
        return
    inner = re.fullmatch(r"<code>(.+)</code>", shown.replace("&#64;<wbr>", "&#64;"))
    assert inner
    assert not MARKUP.search(re.sub(r"[^\x00-\x7f]", "é", inner[1]).replace("é", ""))
    read = Reader(shown)
    assert read.tags == ["code"] + ["wbr"] * text.count("@")
    assert "".join(read.texts) == visible(text)


@given(st.lists(hostile_text, min_size=2, max_size=4))
def test_a_table_row_keeps_its_cells_whatever_they_hold(cells: list[str]) -> None:
    row = f"| {' | '.join(map(for_markdown, cells))} |"
    assert row.count("|") == len(cells) + 1
    assert len(row.splitlines()) == 1
    assert not re.search(r"<!--|<(?!/?code>|wbr>)", row)


@pytest.mark.parametrize("text", ["@everyone", "@org/team", "![x](https://e.example/i.png)",
                                  "[x](javascript:x)", "https://e.example", "www.e.example",
                                  "<img src=x>", "<!-- gatekeeper -->", "#123", "GH-7", "```", "|"])
def test_markdown_shows_what_it_does_not_act_on(text: str) -> None:
    assert "".join(Reader(for_markdown(text)).texts) == text


EMAIL = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9]")
"""What GitHub links inside one run of text, after entities are read and in code elements too
(cmark-gfm, autolink extension)."""


@pytest.mark.parametrize("text", ["a@e.example", "mailto:a@e.example", "xmpp:a@e.example/b"])
def test_an_address_is_no_link(text: str) -> None:
    assert not any(EMAIL.search(one) for one in Reader(for_markdown(text)).texts)


@given(hostile_text)
def test_xml_of_it_parses_back_to_what_is_shown(text: str) -> None:
    shown = for_xml(text, 10**6)
    element = ET.Element("failure", message=shown)
    element.text = shown
    read = ET.fromstring(ET.tostring(element))
    assert (read.text or "", read.get("message")) == (shown, shown)
    assert not {unicodedata.category(char) for char in shown if char != "\n"} & ACTIVE


def test_xml_keeps_line_ends_and_nothing_else_that_is_invisible() -> None:
    assert for_xml("a\r\nb\nc\rd\x00") == "a\nb\nc\\rd\\x00"


@given(hostile_text)
def test_no_cell_is_a_formula(text: str) -> None:
    cell = for_csv(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    out = io.StringIO(newline="")
    csv.writer(out).writerow([cell, "next"])
    assert list(csv.reader(io.StringIO(out.getvalue(), newline=""))) == [[cell, "next"]]
    assert out.getvalue().count("\n") == 1


@pytest.mark.parametrize(("text", "cell"), [
    ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"),
    ("a=1", "a=1"), ("\t=1", "\\t=1"), ("三十日", "三十日")])
def test_a_formula_becomes_text(text: str, cell: str) -> None:
    assert for_csv(text) == cell


@pytest.mark.parametrize("sign", "＝＋－＠")
def test_a_full_width_formula_becomes_text(sign: str) -> None:
    assert for_csv(f"{sign}1") == f"'{sign}1"


@given(hostile_text)
def test_a_shell_sees_one_argument(text: str) -> None:
    argument, = shlex.split(f"run {for_shell(text)}")[1:]
    assert argument == visible(text)


@pytest.mark.parametrize(("text", "argument"), [
    ("format_01", "format_01"), ("ci/gatekeeper.yaml", "ci/gatekeeper.yaml"), ("", "''"),
    ("a b", "'a b'"), ("it's", "'it'\\''s'"), ("$(id)", "'$(id)'"), ("-x", "'-x'"),
    ("返金", "'返金'"), ("~", "'~'")])
def test_only_what_is_plainly_harmless_goes_unquoted(text: str, argument: str) -> None:
    assert for_shell(text) == argument
