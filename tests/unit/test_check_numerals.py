"""Numbers in Japanese and Chinese characters, read only where what is counted says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.checks.numerals import arabic

_DIGITS = "〇一二三四五六七八九"


def written(number: int, big: str = "億") -> str:
    """A number as a newspaper writes it: 12045 as 一万二千四十五."""
    parts = []
    for power, sign in ((10**8, big), (10**4, "万"), (1, "")):
        four, number = divmod(number, power)
        if four:
            parts.append(_below_myriad(four) + sign)
    return "".join(parts) or "〇"


def _below_myriad(four: int) -> str:
    text = ""
    for power, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, four = divmod(four, power)
        if digit:
            text += (_DIGITS[digit] if digit > 1 or not sign else "") + sign
    return text


@given(st.integers(0, 10**12 - 1), st.sampled_from("億亿"))
def test_a_written_amount_is_its_number(number: int, big: str) -> None:
    assert arabic(f"合計{written(number, big)}円") == f"合計{number}円"


@given(st.integers(1000, 2999))
def test_a_year_is_read_digit_by_digit(year: int) -> None:
    assert arabic("".join(_DIGITS[int(char)] for char in str(year)) + "年") == f"{year}年"


@pytest.mark.parametrize(("text", "read"), [
    ("三十日以内", "30日以内"), ("两天", "2天"), ("零件", "0件"), ("万円", "10000円"),
    ("十万人", "100000人"), ("百二十箇月", "120箇月"), ("九割", "9割"), ("第十二条", "第12条"),
    ("二亿美元", "200000000美元"), ("一億三千万円", "130000000円"),
])
def test_what_is_counted_says_that_it_is_a_number(text: str, read: str) -> None:
    assert arabic(text) == read


@pytest.mark.parametrize("text", ["一人で来た", "一回だけ", "三井さん", "万一", "1.二円", "十分に",
                                  "百貨店", "一件落着"])
def test_a_word_stays_a_word(text: str) -> None:
    assert arabic(text) == text
