"""Checks on the plain text of an answer."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import any_text, exchange, find, found


@pytest.mark.parametrize(
    ("call", "text", "status", "got"),
    [
        ("answers", "x", "held", "'x'"),
        ("answers", "。", "held", "'。'"),
        ("answers", " \n\t\u3000", "broken", "an empty reply"),
        ("equals:30 days", " 30 days\n", "held", "'30 days'"),
        ("equals:30 days", "30 days.", "broken", "'30 days.'"),
        ("equals:30 days", "30  days", "broken", "'30 days'"),
        ("equals:三十日", "三十日", "held", "'三十日'"),
        ("equals:三十日", "三十天", "broken", "'三十天'"),
        ("contains:30 days", "Within 30 days.", "held", "'Within 30 days.'"),
        ("contains:30 days", "Within 30 Days.", "broken", "'Within 30 Days.'"),
        ("contains:返金", "三十日以内に返金します", "held", "'三十日以内に返金します'"),
        ("contains:返金", "返品します", "broken", "'返品します'"),
        ("icontains:refund", "REFUNDS", "held", "'REFUNDS'"),
        ("icontains:strasse", "Straße", "held", "'Straße'"),
        ("icontains:refund", "re fund", "broken", "'re fund'"),
        ("contains-all:a, b", "b a", "held", "all of them"),
        ("contains-all:返金,三十日", "返金します", "broken", "missing: '三十日'"),
        ("contains-all:x,y,z", "y", "broken", "missing: 'x', 'z'"),
        (r"contains-all:1\,200,USD", "1,200 USD", "held", "all of them"),
        (r"contains-all:1\,200,USD", "1 200 USD", "broken", "missing: '1,200'"),
        ("contains-any:退款,返金", "可以退款", "held", "'可以退款'"),
        ("contains-any:a,,", "bc", "broken", "'bc'"),
        ("starts-with:Dear", "\n Dear Sir", "held", "'Dear Sir'"),
        ("starts-with:Dear", "My Dear", "broken", "'My Dear'"),
        ("starts-with:はい", "はい、三十日です", "held", "'はい、三十日です'"),
        (r"regex:\d+ days", "Within 30 days.", "held", "'30 days'"),
        (r"regex:\d+ days", "Within thirty days.", "broken", "'Within thirty days.'"),
        (r"regex:^\d+$", "1\n2", "broken", "'1 2'"),
        (r"regex:[一-龯]+日", "返金は三十日以内", "held", "'三十日'"),
        ("icontains-all:A,B", "b a", "held", "all of them"),
        ("icontains-all:A,C", "b a", "broken", "missing: 'C'"),
        ("icontains-any:A,C", "b a", "held", "'b a'"),
        ("min-words:3", "one two", "broken", "2 words"),
        ("min-words:3", "三十日です", "held", "5 words"),
        ("min-sentences:2", "One. Two!", "held", "2 sentences"),
        ("max-sentences:1", "一つ。二つ。", "broken", "2 sentences"),
        ("max-sentences:2", "- one\n- two", "held", "2 sentences"),
        ("min-bullets:3", "- one\n* two\n3) three", "held", "3 bullets"),
        ("max-bullets:2", "・一つ\n・ 二つ\n１． 三つ", "held", "2 bullets"),
        ("max-bullets:0", "one - two", "held", "0 bullets"),
        ("max-bullets:0", "- one", "broken", "1 bullets"),
        ("max-words:3", "one two three", "held", "3 words"),
        ("max-words:3", "one two three four", "broken", "4 words"),
        ("max-words:4", "三十日です", "broken", "5 words"),
        ("levenshtein(2):thirty days", "thirty day", "held", "1 edits"),
        ("levenshtein(2):thirty days", "thirteen days", "broken", "more: 'thirteen days'"),
        ("levenshtein(1):返金します", "返品します", "held", "1 edits"),
        ("levenshtein(0):abc", " abc ", "held", "0 edits"),
        ("levenshtein:thirty days", "thirty-five days", "held", "5 edits"),
    ],
)
def test_an_answer_is_held_to_its_words(call: str, text: str, status: str, got: str) -> None:
    assert found(call, text) == (status, got)


@pytest.mark.parametrize(
    ("finish", "expected"),
    [("stop", ("held", "stop")), ("length", ("broken", "length")), ("", ("broken", "none given"))],
)
def test_the_finish_reason_is_what_the_service_gave(finish: str, expected: tuple[str, str]) -> None:
    assert found("finish-reason:stop", exchange("x", finish=finish)) == expected


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("equals:30  days", "exactly '30 days'"),
        ("contains-any:a,b", "contains any of 'a', 'b'"),
        (r"regex:\d+", r"matches /\d+/"),
        ("levenshtein:a longer text", "within 5 edits of 'a longer text'"),
        ("not-contains:x", "not: contains 'x'"),
    ],
)
def test_a_row_says_what_was_expected(call: str, expected: str) -> None:
    assert find(call, "0").expected == expected


def test_a_long_answer_is_shown_by_its_start_on_one_line() -> None:
    status, got = found("contains:x", "line\n" * 500)
    assert status == "broken"
    assert got == "'" + ("line " * 30)[:119] + "…'"


@pytest.mark.parametrize("call", [r"regex:^(a|aa)+$", r"not-regex:^(a|aa)+$"])
def test_a_pattern_that_does_not_end_has_neither_matched_nor_missed(call: str) -> None:
    assert found(call, "a" * 60 + "b") == (
        "unmeasured", "the pattern did not finish within 1 s")


@given(text=any_text, word=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=3)
       .filter(lambda word: word.strip() == word))
def test_a_negated_check_holds_exactly_where_the_plain_one_does_not(text: str, word: str) -> None:
    for name in ("contains", "icontains", "equals", "starts-with"):
        plain, negated = find(f"{name}:{word}", text), find(f"not-{name}:{word}", text)
        assert {str(plain.status), str(negated.status)} == {"held", "broken"}
        assert negated.got == plain.got


@given(any_text)
def test_what_was_got_is_one_line_whatever_was_said(text: str) -> None:
    for call in ("answers", "equals:x", "contains:x", "contains-any:x", "starts-with:x", "regex:x",
                 "max-words:1", "levenshtein(0):x"):
        finding = find(call, text)
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", finding.got + finding.expected)
