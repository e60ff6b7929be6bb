"""The facts of a text: its numbers with their units, its dates, its names.

Rules only, over English, Japanese and Chinese; what is written in two ways (`30 days`, `thirty
days`, 三十日) is one fact.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from gatekeeper.checks.numerals import arabic
from gatekeeper.checks.words import fold

MAX_READ = 200_000
"""Characters of a text that are searched for facts."""
MAX_DIGITS = 30


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_MONTHS = _words("january february march april may june july august september october november "
                 "december")
_MONTH = "(" + "|".join(rf"{name[:3]}(?:{name[3:]})?" for name in _MONTHS) + r")\.?"
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(\d{4})"
_DATES = tuple((re.compile(pattern), order) for pattern, order in (
    (rf"\b{_YEAR}[-/.]{_DAY}[-/.]{_DAY}\b(?![-/\d]|\.\d)", "ymd"),
    (rf"{_YEAR}年(?:(\d{{1,2}})月(?:(\d{{1,2}})[日号號])?)?", "ymd"),
    (r"(\d{1,2})月(\d{1,2})[日号號]", "md"),
    (rf"\b{_MONTH} {_DAY}(?:,? {_YEAR})?\b(?! ?%)", "Mdy"),
    (rf"\b{_DAY}(?: of)? {_MONTH}(?:,? {_YEAR})?\b", "dMy"),
    (rf"\b{_MONTH},? {_YEAR}\b", "My"),
))
_SMALL = {word: value for value, word in enumerate(_words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"))}
_TENS = {word: 10 * value for value, word in enumerate(
    _words("twenty thirty forty fifty sixty seventy eighty ninety"), start=2)}
_ORDINALS = {word: value for value, word in enumerate(
    _words("first second third fourth fifth sixth seventh eighth ninth tenth"), start=1)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "k": 1000,
           "万": 10**4, "億": 10**8, "亿": 10**8}
_WORD = "|".join((*_SMALL, *_TENS))
_SPELLED = re.compile(rf"\b(?:{_WORD})(?:[- ](?:and )?(?:{_WORD}|hundred|thousand|million))*\b")
_ORDINAL = re.compile(rf"\b(?:{'|'.join(_ORDINALS)})\b")
_UNITS = {
    "workday": r"(?:working|business)[\s-]days? 営業日 工作日", "day": "days? 日間? 天",
    "week": "weeks? 週間? 周 星期", "month": r"months? [かヶケカ箇]?月間? [个個]月",
    "year": "years? 年間?", "hour": "hours? hrs? h 時間 小[时時]",
    "minute": "minutes? mins? 分間? 分[钟鐘]", "second": "seconds? secs? 秒",
    "percent": "% percent パーセント", "USD": "usd dollars? ドル 美元",
    "EUR": "eur euros? ユーロ 欧元", "JPY": "jpy yen 円", "CNY": "cny rmb yuan 元 人民币",
    "GBP": "gbp pounds? ポンド 英镑",
    "km": "km kilomet(?:er|re)s? キロ 公里", "kg": "kg kilograms? 公斤",
    "m": "m met(?:er|re)s? メートル 米", "GB": "gb gigabytes?", "MB": "mb megabytes?",
}
_UNIT = re.compile(r"[ -]?(?:" + "|".join(
    rf"(?P<{name}>" + "|".join(
        rf"{form}\b" if re.search("[a-z]", form) else form for form in forms.split())
    + ")" for name, forms in _UNITS.items()) + ")")
_CURRENCY = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
_NUMBER = re.compile(
    rf"(?P<sign>(?<![\w)\].%])-)?(?P<currency>[$€£¥] ?)?(?<![a-z0-9_.])"
    rf"(?P<digits>\d{{1,{MAX_DIGITS}}}(?:,\d{{3}})*(?:\.\d{{1,{MAX_DIGITS}}})?)(?:st|nd|rd|th)?"
    r"(?P<scale>[ -]?(?:hundred|thousand|million|billion)\b|k\b|[万億亿])?")
_ITEM = re.compile(r"(?:^|(?<=[\n.!?:;])) *\d{1,2}[.)](?= )", re.MULTILINE)
_CAPITALS = re.compile(r"(?<![\w@/.-])(?<!\d )(?:[A-Z]+[a-z0-9-]*[A-Z][A-Za-z0-9]*)(?![\w@/])")
_NAMED = re.compile(
    r"\b(?:by|of|from|at|in|to|with|for|and|or|through|via|the|an?|is|are|was|named|called|ask|tell"
    r"|contact|near|as|Mr|Mrs|Ms|Dr|Prof)\.? ((?:[A-Z][a-z]+(?:-[A-Z][a-z]+)*(?:'s)? ?)+)"
    r"(?![A-Za-z@/])")
"""A capital behind a small word or a title is a name; one behind anything else may as well begin a
heading or a line."""
_TITLED = re.compile(r"[\u30a0-\u30ff\u3400-\u9fff]{2,8}(?=さん|様|氏|株式会社|部長|課長|有限公司)"
                     r"|[\u3400-\u9fff](?:先生|女士|经理|經理|主任|老师)")
_NOT_NAMES = frozenset(_words(
    "I OK FAQ PDF URL JSON CSV HTML API ID Monday Tuesday Wednesday Thursday Friday Saturday "
    "Sunday English Japanese Chinese Yes No Note Please The A An If We You It Mr Mrs Ms Dr USD EUR "
    "JPY CNY GBP AM PM")) | {month.capitalize() for month in _MONTHS}


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and what it counts."""

    value: str
    """Digits without separators or idle zeros."""
    unit: str = ""
    """One of the known units; empty where none stands behind the number."""
    shown: str = ""
    """As it is written."""


@dataclass(frozen=True, slots=True)
class Date:
    """A day, a month or a year; what is not said is zero."""

    year: int
    month: int = 0
    day: int = 0
    shown: str = ""

    def within(self, other: Date) -> bool:
        """Everything that this one says, the other says too."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(mine in (0, its) for mine, its in pairs)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text states that can be looked up."""

    amounts: tuple[Amount, ...] = ()
    dates: tuple[Date, ...] = ()
    names: tuple[str, ...] = ()
    numbers: frozenset[str] = frozenset()
    """Every number of the text, those inside dates and spelled ones included."""


def facts_in(text: str) -> Facts:
    """The facts of a text, in their order, each once."""
    text = text[:MAX_READ]
    plain = _plain(text)
    dates, rest = _dates(plain)
    spelled = _with_digits(rest)
    everywhere = frozenset(one.value for one in _amounts(_with_digits(plain, ordinals=True)))
    amounts = _amounts(rest)
    written = {(one.value, one.unit) for one in amounts}
    amounts += [one for one in _amounts(spelled) if one.unit and (one.value, one.unit) not in
                written]
    return Facts(tuple(dict.fromkeys(amounts)), tuple(dict.fromkeys(dates)), names_in(text),
                 everywhere)


def _plain(text: str) -> str:
    """Width and case folded, list marks away, Japanese and Chinese numerals in digits; lines stay
    apart by a space."""
    text = unicodedata.normalize("NFKC", text).replace("−", "-").casefold()
    text = re.sub(r"(?<=\d) (?=[日月年円元天%])", "", text)
    return " ".join(arabic(_ITEM.sub(" ", text)).split())


def _dates(text: str) -> tuple[list[Date], str]:
    found: list[Date] = []
    for pattern, order in _DATES:
        def take(match: re.Match[str], order: str = order) -> str:
            date = _date(match, order)
            if date is None:
                return match[0]
            found.append(date)
            return " " * len(match[0])

        text = pattern.sub(take, text)
    return found, text


def _date(match: re.Match[str], order: str) -> Date | None:
    parts = {}
    for key, value in zip(order, match.groups(), strict=True):
        if value:
            parts[key.lower()] = _month(value) if key == "M" else int(value)
    year, month, day = (parts.get(key, 0) for key in "ymd")
    if month > 12 or day > 31 or (year and not 1000 <= year <= 2999):
        return None
    return Date(year, month, day, match[0].strip())


def _month(word: str) -> int:
    return next(index for index, name in enumerate(_MONTHS, start=1) if name[:3] == word[:3])


def _with_digits(text: str, ordinals: bool = False) -> str:
    """Spelled numbers as digits: `thirty-one days` as `31 days`."""
    text = _SPELLED.sub(lambda match: str(_spelled(match[0])), text)
    if ordinals:
        text = _ORDINAL.sub(lambda match: str(_ORDINALS[match[0]]), text)
    return text


def _spelled(words: str) -> int:
    total = section = 0
    for word in re.split(r"[- ]", words):
        if word == "hundred":
            section = (section or 1) * 100
        elif word in _SCALES:
            total += (section or 1) * _SCALES[word]
            section = 0
        else:
            section += _SMALL.get(word, 0) + _TENS.get(word, 0)
    return total + section


def _amounts(text: str) -> list[Amount]:
    out = []
    for match in _NUMBER.finditer(text):
        digits = match["digits"].replace(",", "")
        try:
            value = Decimal(digits) * _SCALES.get((match["scale"] or "").strip(" -"), 1)
        except InvalidOperation:
            continue
        unit = _UNIT.match(text, match.end())
        currency = _CURRENCY.get((match["currency"] or "").strip(), "")
        known = next((name for name, form in unit.groupdict().items() if form), "") if unit else ""
        shown = text[match.start():unit.end() if unit else match.end()].strip()
        sign = "-" if match["sign"] else ""
        out.append(Amount(sign + _written(value), currency or known, shown))
    return out


def _written(value: Decimal) -> str:
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.lstrip("0") or "0"


def names_in(text: str) -> tuple[str, ...]:
    """Words that are written as names: capitals behind a small word or a title, capitals inside a
    word, and what stands before a Japanese or Chinese title."""
    text = " ".join(unicodedata.normalize("NFKC", text[:MAX_READ]).replace("’", "'").split())
    out = [match[0] for match in _CAPITALS.finditer(text)]
    out += [word.removesuffix("'s") for match in _NAMED.finditer(text) for word in match[1].split()]
    out += [match[0] for match in _TITLED.finditer(text)]
    return tuple(dict.fromkeys(word for word in out if word not in _NOT_NAMES))


def missing_from(facts: Facts, given: Facts, text: str) -> list[str]:
    """What of some facts is not among the given ones, in words; `text` is what the given ones are
    of, folded."""
    out = [f"no date {date.shown}" for date in facts.dates
           if not any(date.within(other) for other in given.dates)]
    units: dict[str, set[str]] = {}
    for one in given.amounts:
        units.setdefault(one.value, set()).add(one.unit)
    for amount in facts.amounts:
        if amount.value not in given.numbers and amount.value.lstrip("-") not in given.numbers:
            out.append(f"no number {amount.shown}")
        elif amount.unit and (others := units.get(amount.value, {""})) and "" not in others \
                and amount.unit not in others:
            out.append(f"no {amount.shown} (but {', '.join(sorted(others))})")
    out += [f"no name {name}" for name in facts.names if not has_name(name, text)]
    return out


def has_name(name: str, text: str) -> bool:
    """Whether a folded text has a name, plural or not."""
    word = fold(name)
    if word.isascii():
        stem = word.removesuffix("s") if len(word) > 3 else word
        return re.search(rf"(?<![a-z0-9]){re.escape(stem)}", text) is not None
    return word in text
