"""Text made comparable, in spaced and unspaced scripts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.checks.words import (
    count_words,
    distance_within,
    fold,
    numbers,
    overlap,
    tokens,
)
from tests.support.builders import any_text

short = st.text(st.sampled_from("ab返金 "), max_size=9)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("３０　ｄａｙｓ", "30 days"),
        ("“Thirty” days – it’s", '"thirty" days - it\'s'),
        ("「三十日」『以内』", '"三十日""以内"'),
        ("Straße", "STRASSE"),
        ("  a \t b\n\nc ", "a b c"),
        ("返 金 は\n三十日", "返金は三十日"),
        ("カ\u3099イト", "ガイト"),
        ("ｶﾞｲﾄ", "ガイト"),
        ("don‘t", "don't"),
    ],
)
def test_width_case_quotes_and_white_space_do_not_make_a_difference(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("therapist", "the rapist"),
        ("30 days", "30 day"),
        ("返金", "返品"),
        ("a-b", "a b"),
    ],
)
def test_what_a_reader_would_tell_apart_stays_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(any_text)
def test_folding_is_one_line_without_white_space_at_its_ends(text: str) -> None:
    folded = fold(text)
    assert folded == folded.strip()
    assert len(folded.splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        (" \n ", 0),
        ("...!?", 0),
        ("one", 1),
        ("Refunds are paid within 30 days.", 6),
        ("it's the customer’s", 3),
        ("well-known", 2),
        ("返金は三十日以内", 8),
        ("退款在三十天内", 7),
        ("환불은 30일 이내", 3),
        ("返金 refund 返品", 5),
        ("返金・返品", 4),
        ("30日以内に", 5),
        ("API経由で返金", 6),
        ("日々の業務", 5),
        ("नमस्ते दुनिया", 2),
    ],
)
def test_a_word_is_what_stands_between_spaces_or_one_unspaced_character(
    text: str, count: int
) -> None:
    assert count_words(text) == count


def test_words_are_folded() -> None:
    assert tokens("Ｒｅｆｕｎｄｓ: 返金") == ["refunds", "返", "金"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("within 30 days", ["30"]),
        ("1,200 USD and 1200.50", ["1200", "1200.50"]),
        ("until 30.", ["30"]),
        ("３０日以内", ["30"]),
        ("三十日以内、二千五百円、二〇二六年", ["30", "2500", "2026"]),
        ("一般に十分な一部", []),
        ("2026-10-02", ["2026", "10", "02"]),
        ("3-5 days", ["3", "5"]),
        ("v1.2.3, x86 and a1", []),
        ("5%", ["5"]),
        ("返金は30日以内", ["30"]),
        ("退款在14天内", ["14"]),
        ("a balance of -5 EUR", ["-5"]),
    ],
)
def test_numbers_are_read_as_written(text: str, expected: list[str]) -> None:
    assert numbers(text) == expected


@given(short, short)
def test_overlap_is_a_share_and_takes_no_side(one: str, other: str) -> None:
    assert 0 <= overlap(one, other) <= 1
    assert overlap(one, other) == overlap(other, one)
    assert overlap(one, one) == 1


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("refunds are paid", "paid are refunds", 1.0),
        ("refunds are paid", "nothing like it", 0.0),
        ("one two three four", "one two five six", 0.5),
        ("返金は三十日", "返金は九十日", 0.6),
        ("", "", 1.0),
        ("", "x", 0.0),
    ],
)
def test_overlap_counts_shared_words_and_character_pairs(
    one: str, other: str, share: float
) -> None:
    assert overlap(one, other) == share


def edits(one: str, other: str) -> int:
    """Levenshtein distance by its definition, without bounds or tricks."""
    if not one or not other:
        return len(one) + len(other)
    rows = [[a + b if not a or not b else 0 for b in range(len(other) + 1)]
            for a in range(len(one) + 1)]
    for a, left in enumerate(one, 1):
        for b, right in enumerate(other, 1):
            rows[a][b] = min(rows[a - 1][b] + 1, rows[a][b - 1] + 1,
                             rows[a - 1][b - 1] + (left != right))
    return rows[-1][-1]


@given(one=short, other=short, limit=st.integers(0, 10))
def test_the_distance_is_levenshteins_where_it_is_within_the_limit(
    one: str, other: str, limit: int
) -> None:
    distance = edits(one, other)
    assert distance_within(one, other, limit) == (distance if distance <= limit else None)
