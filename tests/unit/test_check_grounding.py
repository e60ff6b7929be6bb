"""Citations that resolve, and quoted words that occur in what was given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.checks.grounding import resolve
from tests.support.builders import exchange, find, found, hostile_text

SOURCES = {
    "refund": "Refunds are paid within 30 days. A lead approves amounts above 200 USD.",
    "account-security": "After 6 failed sign-ins the account is locked, \"for good\".",
    "returns-ja": "返品は到着後30日以内に受け付けます。\n送料はお客様のご負担です。",
    "退货": "退款在三十天内到账。",
}


def grounded(call: str, text: str, *citations: object) -> tuple[str, str]:
    """What a check finds in an answer that was given the sources above."""
    return found(call, exchange(text, citations=citations, sources=SOURCES))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Within 30 days. [refund]", "refund"),
        ("Within 30 days [REFUND.md].", "REFUND.md"),
        ("Within 30 days [refund §2].", "refund §2"),
        ("Within 30 days [refund#amounts].", "refund#amounts"),
        ("Within 30 days [refund.md#amounts].", "refund.md#amounts"),
        ("Both [refund; returns-ja], again [refund].", "refund, returns-ja"),
        ("[Source: refund]", "Source: refund"),
        ("三十日以内です【returns-ja】", "returns-ja"),
        ("三十日以内です［出典：returns-ja］", "出典：returns-ja"),
        ("三十天内到账[来源：退货、refund]", "来源：退货, refund"),
    ],
)
def test_a_citation_is_a_given_sources_name_in_brackets(text: str, names: str) -> None:
    assert grounded("cites-sources", text) == ("held", f"cites {names}")


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("Within 30 days.", "cites nothing: 'Within 30 days.'"),
        ("Within 30 days (refund).", "cites nothing: 'Within 30 days (refund).'"),
        ("[refund](https://e.example)", "cites nothing: '[refund](https://e.example)'"),
        ("- [ ] to do", "cites nothing: '- [ ] to do'"),
        ("", "cites nothing: ''"),
        ("Within 30 days [1].", "no such source: 1"),
        ("Within 30 days [refunds].", "no such source: refunds"),
        ("Within 30 days [refund-policy].", "no such source: refund-policy"),
        ("Within 30 days [refund, returns].", "no such source: returns"),
        ("三十日以内です【返品規程】", "no such source: 返品規程"),
    ],
)
def test_a_citation_of_nothing_given_is_told_by_its_name(text: str, got: str) -> None:
    assert grounded("cites-sources", text) == ("broken", got)


@pytest.mark.parametrize(
    ("citation", "expected"),
    [
        ("refund", ("held", "cites refund")),
        ({"source": "refund.md", "quote": "x"}, ("held", "cites refund.md")),
        ({"id": 7, "title": "refund"}, ("held", "cites refund")),
        ({"document": "returns"}, ("broken", "no such source: returns")),
        ({"page": 7}, ("broken", "cites nothing: 'Within 30 days.'")),
    ],
)
def test_the_evidence_list_of_the_contract_cites_too(
    citation: object, expected: tuple[str, str]
) -> None:
    assert grounded("cites-sources", "Within 30 days.", citation) == expected


@pytest.mark.parametrize(
    "text",
    [
        '"Refunds are paid within 30 days."',
        "“refunds  are\npaid within ３０ days”",
        '"A lead approves amounts above 200 USD…" and "Refunds are paid"',
        "「返品は到着後30日以内に受け付けます」",
        "『送料はお客様のご負担です。』",
        "“退款在三十天内到账”",
        "'Refunds are paid within 90 days.' says nobody",
        'The "30 days" of the "policy"',
        "Nothing is quoted.",
        "> Refunds are paid within\n> 30 days. [refund]\n>\n> — refund.md",
        "> “**Refunds** are paid within 30 days.”",
        "> [!NOTE]\n> This is mine alone.",
        "‘Refunds are paid within 30 days.’",
        '5" of it and 6" of that',
        "",
        "「返品は到着後 30 日以内に受け付けます」",
    ],
)
def test_quoted_words_that_a_source_has_hold_however_they_are_set(text: str) -> None:
    assert grounded("quotes-verbatim", text)[0] == "held"


@pytest.mark.parametrize(
    "span",
    [
        "Refunds are paid within 90 days.",
        "Refunds are paid in 30 days",
        "A lead approves Refunds are paid",
        "返品は到着後90日以内に受け付けます",
        "退款在九十天内到账",
        "within 30 days. 返品は到着後30日以内",
        "A lead approves amounts above 20",
        pytest.param("日以内に受け付けます。 送料はお客様のご負担です、以下同文", id="goes on"),
    ],
)
@pytest.mark.parametrize("quotes", ['"{}"', "“{}”", "「{}」", "『{}』"])
def test_an_invented_quotation_is_told(quotes: str, span: str) -> None:
    status, got = grounded("quotes-verbatim", f"See: {quotes.format(span)} [refund]")
    assert (status, got) == ("broken", f"invalid quotation: {span!r} is in no source")


@pytest.mark.parametrize("text", [
    "„Refunds are paid within 90 days.“",
    "«Refunds are paid within 90 days.»",
    'Set it to "" first. "Refunds are paid within 90 days."',
    'A "word", then "Refunds are paid within 90 days."',
    'A 5" pipe. "Refunds are paid within 90 days."',
    "‘Refunds aren’t paid within 90 days.’",
    "As the policy says:\n\n> Refunds are paid\n> within 90 days. [refund]\n\nSo wait.",
    '"' + "Refunds are paid within 30 days. " * 90 + 'Refunds are paid within 90 days."',
])
def test_an_invented_quotation_does_not_hide_behind_other_marks(text: str) -> None:
    assert grounded("quotes-verbatim", text)[0] == "broken"


@pytest.mark.parametrize(
    ("citation", "status"),
    [
        ({"source": "refund", "quote": "paid within 30 days"}, "held"),
        ({"source": "refund", "quote": "90 days"}, "broken"),
        ({"snippet": "送料はお客様"}, "held"),
        ({"passage": "送料は無料"}, "broken"),
        ({"source": "refund"}, "held"),
        ("90 days", "held"),
    ],
)
def test_a_quote_of_the_evidence_list_counts_however_short(citation: object, status: str) -> None:
    assert grounded("quotes-verbatim", "x", citation)[0] == status


def test_without_a_source_no_quotation_holds() -> None:
    assert found("quotes-verbatim", "“Refunds are paid within 30 days”")[0] == "broken"


@given(name=st.sampled_from(sorted(SOURCES)), section=st.sampled_from(["", "#1", " §2", ":3"]),
       ending=st.sampled_from(["", ".md", ".txt"]))
def test_a_source_is_known_by_stem_file_name_and_section(
    name: str, section: str, ending: str
) -> None:
    assert resolve(name.upper() + ending + section, SOURCES) == name


@given(hostile_text)
def test_grounding_is_an_outcome_whatever_was_said(text: str) -> None:
    for call in ("cites-sources", "quotes-verbatim"):
        said = exchange(text, citations=(text, {"source": text, "quote": text}), sources=SOURCES)
        assert str(find(call, said).status) in ("held", "broken")
