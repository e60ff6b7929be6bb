"""Numbers with their units, dates and names, in three languages."""

from __future__ import annotations

import pytest
from hypothesis import given

from gatekeeper.checks.facts import Date, facts_in, missing_from, names_in
from gatekeeper.checks.words import fold
from tests.support.builders import any_text, hostile_text


@pytest.mark.parametrize(("text", "amounts"), [
    ("within 30 days", ["30 day"]),
    ("within thirty days", ["30 day"]),
    ("within twenty-one days", ["21 day"]),
    ("30 working days", ["30 workday"]),
    ("三十日以内", ["30 day"]),
    ("三十天内", ["30 day"]),
    ("30週間", ["30 week"]),
    ("３０　日", ["30 day"]),
    ("above $1,200.50", ["1200.5 USD"]),
    ("1200.50 USD", ["1200.5 USD"]),
    ("二百ドル", ["200 USD"]),
    ("1.5万円", ["15000 JPY"]),
    ("1.5 million", ["1500000 "]),
    ("15%, 15 percent", ["15 percent", "15 percent"]),
    ("24h", ["24 hour"]),
    ("-5 EUR", ["-5 EUR"]),
    ("007", ["7 "]),
    ("1. tell the lead\n2. call", []),
    ("v2-beta and A4", []),
    ("two of them", []),
    ("9" * 400, []),
])
def test_a_number_is_read_with_its_unit(text: str, amounts: list[str]) -> None:
    found = [f"{one.value} {one.unit}" for one in facts_in(text).amounts]
    assert found == amounts or (text.startswith("9") and found)


@pytest.mark.parametrize(("text", "date"), [
    ("on 2010-06-07", Date(2010, 6, 7)),
    ("on June 7th, 2010", Date(2010, 6, 7)),
    ("on 7 June 2010", Date(2010, 6, 7)),
    ("on the 7th of June", Date(0, 6, 7)),
    ("in June 2010", Date(2010, 6)),
    ("2010年6月7日", Date(2010, 6, 7)),
    ("２０１０年", Date(2010)),
    ("六月七日", Date(0, 6, 7)),
])
def test_a_date_is_one_however_it_is_written(text: str, date: Date) -> None:
    found = facts_in(text)
    assert [(one.year, one.month, one.day) for one in found.dates] == [
        (date.year, date.month, date.day)]
    assert not found.amounts


@pytest.mark.parametrize(("text", "names"), [
    ("Ask Ms Okafor of ACME.", ("ACME", "Okafor")),
    ("Refunds are paid. Gifts are not.", ()),
    ("We use GitHub's API and OpenAI.", ("GitHub", "OpenAI")),
    ("Signed by Mary Brown at Mill Road", ("Mary", "Brown", "Mill", "Road")),
    ("Refund policy\nAsk the lead", ()),
    ("田中部長と山田さん", ("田中", "山田")),
    ("由王经理批准", ("王经理",)),
    ("on Monday, I think", ()),
    ("It has 2 GB.", ()),
])
def test_a_name_is_what_is_written_like_one(text: str, names: tuple[str, ...]) -> None:
    assert names_in(text) == names


@pytest.mark.parametrize(("said", "given_text", "missing"), [
    ("within 30 days", "within thirty days", []),
    ("within 14 days", "within 30 days", ["no number 14 days"]),
    ("within 30 hours", "within 30 days", ["no 30 hours (but day)"]),
    ("within 30", "within 30 days", []),
    ("30 days", "rule 30", []),
    ("on 7 June 2010", "on 2010-06-07", []),
    ("in June 2010", "on 2010-06-07", []),
    ("on 8 June 2010", "on 2010-06-07", ["no date 8 june 2010"]),
    ("Ask Okafor", "Ms Okafor knows", []),
    ("ask the Okafors", "Ms Okafor knows", []),
    ("ask Mr Brown", "Ms Okafor knows", ["no name Brown"]),
    ("the 2nd step", "the second step", []),
])
def test_what_a_source_does_not_state_is_named(
    said: str, given_text: str, missing: list[str]
) -> None:
    assert missing_from(facts_in(said), facts_in(given_text), fold(given_text)) == missing


@given(any_text | hostile_text)
def test_a_text_states_nothing_that_it_does_not_state_itself(text: str) -> None:
    facts = facts_in(text)
    assert missing_from(facts, facts, fold(text)) == []
