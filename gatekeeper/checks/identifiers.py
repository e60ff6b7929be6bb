"""Numbers of persons and accounts, by shape and by the checksum they carry.

Digits alone prove nothing: order numbers, hashes and barcodes are digits too. So a number counts
only where its check digit is right, its prefix or its date is one that is given out, and nothing
beside it says that it is something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

_OPEN, _SHUT = r"(?<![A-Za-z0-9_-])", r"(?![A-Za-z0-9_-])"
_CARD = re.compile(rf"(?<![.+]){_OPEN}\d(?:[ -]?\d){{13,18}}{_SHUT}")
_CARD_GROUPS = {(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (16,), (15,), (14,), (19,)}
_ORDER = re.compile(r"(?:order|invoice|tracking|parcel|ticket|reference|ref|serial|id|no|注文|伝票"
                    r"|追跡|管理|订单|訂單|单号|單號|物流)(?:番号|号|編號|编号)?\W{0,4}"
                    r"(?:number|no\.?)?\W{0,4}$")
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![A-Za-z0-9])")
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "BR": 29, "CH": 21, "CY": 28, "CZ": 24,
    "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21,
    "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21,
    "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "RS": 22, "SA": 24,
    "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TR": 26, "UA": 29,
}
_MY_NUMBER = re.compile(rf"{_OPEN}\d{{4}}[ -]?\d{{4}}[ -]?\d{{4}}{_SHUT}")
_MY_NUMBER_WORD = re.compile(r"マイナンバー|個人番号|my ?number", re.IGNORECASE)
_RESIDENT = re.compile(
    rf"{_OPEN}[1-9]\d{{5}}[ -]?(?:19|20)\d{{6}}[ -]?\d{{3}}[\dXx]{_SHUT}")
_PROVINCES = frozenset((*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47),
                        *range(50, 55), *range(61, 66), 71, 81, 82, 83))
_SSN = re.compile(
    rf"{_OPEN}(?!000|666|9)\d{{3}}[- ](?!00)\d{{2}}[- ](?!0000)\d{{4}}{_SHUT}")
_SSN_WORD = re.compile(r"social security|ssn", re.IGNORECASE)
_NINO = re.compile(
    rf"{_OPEN}(?![DFIQUV])(?!BG|GB|KN|NK|NT|TN|ZZ)[A-Z](?![DFIOQUV])[A-Z] ?\d{{2}} ?\d{{2}} ?"
    rf"\d{{2}} ?[A-D]{_SHUT}")
_NINO_WORD = re.compile(r"national insurance|nino", re.IGNORECASE)
NEAR = 40
"""Characters before a number in which a word says what it is."""


def luhn(digits: str) -> bool:
    """The check digit of payment cards. ISO/IEC 7812-1."""
    values = (int(char) * (1 + at % 2) for at, char in enumerate(reversed(digits)))
    return sum(value - 9 * (value > 9) for value in values) % 10 == 0


def _issued(digits: str) -> bool:
    """A prefix that card schemes give out, at its length."""
    length, four = len(digits), int(digits[:4])
    return ((digits[0] == "4" and length in (16, 19))
            or (length == 16 and (51 <= four // 100 <= 55 or 2221 <= four <= 2720
                                  or 3528 <= four <= 3589 or four == 6011
                                  or 644 <= four // 10 <= 659))
            or (length == 15 and four // 100 in (34, 37))
            or (length == 14 and (300 <= four // 10 <= 305 or four // 100 in (36, 38)))
            or (length in (16, 19) and four // 100 == 62))


def _is_card(text: str, match: re.Match[str]) -> bool:
    digits = re.sub(r"\D", "", match[0])
    groups = tuple(len(group) for group in re.split(r"[ -]", match[0]))
    apart = set(groups) == {1}
    plain = len(groups) == 1
    if not (groups in _CARD_GROUPS or apart) or not (_issued(digits) and luhn(digits)):
        return False
    if len(set(digits)) == 1:
        return False
    before = text[max(0, match.start() - NEAR):match.start()].casefold()
    return not (plain and _ORDER.search(before))


def _is_iban(text: str, match: re.Match[str]) -> bool:
    code = match[0].replace(" ", "")
    code = code[:_IBAN_LENGTHS.get(code[:2], 0)]
    if not code:
        return False
    number = "".join(str(int(char, 36)) for char in code[4:] + code[:4])
    return int(number) % 97 == 1


def _is_my_number(text: str, match: re.Match[str]) -> bool:
    """Check digit of the individual number: Ordinance 85 of 2014 (MIC), article 5."""
    digits = [int(char) for char in re.sub(r"\D", "", match[0])]
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    rest = sum(a * b for a, b in zip(weights, digits[:11], strict=True)) % 11
    near = text[max(0, match.start() - NEAR):match.start()]
    return digits[11] == (0 if rest <= 1 else 11 - rest) and bool(_MY_NUMBER_WORD.search(near))


def _is_resident(text: str, match: re.Match[str]) -> bool:
    """GB 11643-1999: province, day of birth, and a check by ISO 7064 MOD 11-2."""
    code = re.sub(r"[ -]", "", match[0]).upper()
    if int(code[:2]) not in _PROVINCES:
        return False
    try:
        date(int(code[6:10]), int(code[10:12]), int(code[12:14]))
    except ValueError:
        return False
    total = sum(int(char) * 2 ** (17 - at) for at, char in enumerate(code[:17]))
    return code[17] == "10X98765432"[total % 11]


def _named(word: re.Pattern[str]) -> Callable[[str, re.Match[str]], bool]:
    """No checksum: a word before it has to say what it is."""
    def told(text: str, match: re.Match[str]) -> bool:
        return bool(word.search(text[max(0, match.start() - NEAR):match.start()]))

    return told


_KINDS: dict[str, tuple[re.Pattern[str], Callable[[str, re.Match[str]], bool]]] = {
    "card-number": (_CARD, _is_card),
    "iban": (_IBAN, _is_iban),
    "my-number": (_MY_NUMBER, _is_my_number),
    "resident-id": (_RESIDENT, _is_resident),
    "social-security-number": (_SSN, _named(_SSN_WORD)),
    "national-insurance-number": (_NINO, _named(_NINO_WORD)),
}


def identifiers_in(text: str) -> Iterator[tuple[str, int]]:
    """Kind and place of every number of a person or an account in a text of narrow characters."""
    for kind, (pattern, holds) in _KINDS.items():
        for match in pattern.finditer(text):
            if holds(text, match):
                yield kind, match.start()
