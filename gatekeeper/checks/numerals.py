"""Numbers in the characters of Japanese and Chinese, where what is counted shows that they are."""

from __future__ import annotations

import re

_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "億": 10**8, "亿": 10**8}
_NUMERAL = "〇零一二三四五六七八九两十百千万億亿"
_COUNTED = re.compile(
    # 一人, 一回 and the like are words as often as numbers. Below 10^12 there are 23 characters.
    rf"(?<![\d.{_NUMERAL}])(?!一[人名件回次])[{_NUMERAL}]{{1,23}}"
    r"(?=営業日|工作日|日|天|[かヶケカ箇]?月|[个個]月|年|週|周|時間|小[时時]|分間|分[钟鐘]|秒"
    r"|円|元|ドル|美元|ユーロ|欧元|人|名|件|回|次|割|倍|パーセント|%|[歳岁]|[条條章項])"
)


def arabic(text: str) -> str:
    """The text with counted numbers in digits: 三十日 as 30日."""
    return _COUNTED.sub(lambda match: str(_value(match[0])), text)


def _value(numeral: str) -> int:
    if all(char in _DIGITS for char in numeral):  # a year, digit by digit
        return int("".join(str(_DIGITS[char]) for char in numeral))
    total = section = digit = 0
    for char in numeral:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _TENS:
            section += (digit or 1) * _TENS[char]
            digit = 0
        else:
            total += ((section + digit) or 1) * _MYRIADS[char]
            section = digit = 0
    return total + section + digit
