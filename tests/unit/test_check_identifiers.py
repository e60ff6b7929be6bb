"""Numbers of persons and accounts by checksum: each scheme's own, made here and not copied."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.checks.identifiers import identifiers_in, luhn

LENGTHS = {"AD": 24, "AT": 20, "BE": 16, "BR": 29, "CH": 21, "CY": 28, "DE": 22, "DK": 18,
           "ES": 24, "FI": 18, "FR": 27, "GB": 22, "HU": 28, "IE": 22, "IT": 27, "LI": 21, "MT": 31,
           "NL": 18, "NO": 15, "PL": 28, "PT": 25, "SE": 24, "SI": 19, "UA": 29}
"""The registry of ISO 13616, in part."""


def kinds(text: str) -> list[str]:
    """Kinds found in a text."""
    return [kind for kind, _ in identifiers_in(text)]


def card(prefix: str, length: int) -> str:
    """A number with its check digit."""
    body = (prefix + "7394120586317" * 2)[:length - 1]
    return next(body + digit for digit in "0123456789" if luhn(body + digit))


def iban(country: str, length: int) -> str:
    """An account number with its check digits, by ISO 7064 MOD 97-10."""
    body = ("19043002345732012345678901234567")[:length - 4]
    number = int("".join(str(int(char, 36)) for char in body + country + "00"))
    return f"{country}{98 - number % 97:02d}{body}"


ISSUED = [
    ("4", 16), ("4", 19), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16), ("3528", 16),
    ("3589", 16), ("6011", 16), ("644", 16), ("659", 16), ("34", 15), ("37", 15), ("300", 14),
    ("305", 14), ("36", 14), ("38", 14), ("62", 16), ("62", 19),
]
NOT_ISSUED = [
    ("4", 15), ("50", 16), ("56", 16), ("2220", 16), ("2721", 16), ("3527", 16), ("3590", 16),
    ("6012", 16), ("643", 16), ("660", 16), ("35", 15), ("38", 15), ("306", 14), ("39", 14),
    ("36", 16), ("300", 15), ("61", 19), ("34", 16),
]


@pytest.mark.parametrize(("prefix", "length"), ISSUED)
def test_a_number_that_schemes_give_out_is_a_card(prefix: str, length: int) -> None:
    assert kinds(f"Pay with {card(prefix, length)}.") == ["card-number"]


@pytest.mark.parametrize(("prefix", "length"), NOT_ISSUED)
def test_a_number_that_no_scheme_gives_out_is_none(prefix: str, length: int) -> None:
    assert kinds(f"Pay with {card(prefix, length)}.") == []


@pytest.mark.parametrize(("country", "length"), LENGTHS.items())
def test_an_account_is_found_at_its_countrys_length(country: str, length: int) -> None:
    number = iban(country, length)
    assert kinds(number) == ["iban"]
    assert kinds(f"{number[:-1]}") == []
    wrong = f"{number[:2]}{(int(number[2:4]) + 1) % 100:02d}{number[4:]}"
    assert kinds(wrong) == []


@given(st.text("0123456789", min_size=11, max_size=11))
def test_a_japanese_number_needs_its_check_digit_and_its_name(digits: str) -> None:
    # By the text of the ordinance: 11 less the rest of the weighted sum, and 0 where that is 10+.
    total = sum(int(p) * (n + 1 if n <= 6 else n - 5)
                for n, p in enumerate(reversed(digits), start=1))
    check = 11 - total % 11 if total % 11 > 1 else 0
    for digit in range(10):
        found = "my-number" in kinds(f"マイナンバー: {digits}{digit}")
        assert found is (digit == check)
    assert "my-number" not in kinds(f"{digits}{check}")


def test_a_card_spelled_digit_by_digit_is_found_and_other_groups_are_not() -> None:
    number = card("4", 16)
    assert kinds(" ".join(number)) == ["card-number"]
    assert kinds(f"{number[:5]} {number[5:10]} {number[10:]}") == []


def test_an_order_number_is_no_card_unless_it_is_grouped_like_one() -> None:
    number = card("51", 16)
    grouped = " ".join(number[at:at + 4] for at in range(0, 16, 4))
    assert kinds(f"Order {number}") == []
    assert kinds(f"Order {grouped}") == ["card-number"]
