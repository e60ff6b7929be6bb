"""How far sources support an answer, and what of it they do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.checks.grounding import claimed_text
from gatekeeper.checks.stems import stem
from gatekeeper.checks.support import sentences_of, support_of
from gatekeeper.model import Answer
from tests.support.builders import any_text, exchange, find, found, hostile_text, refusal_of

SOURCES = {
    "refund": "Refunds are paid within 30 days. A lead approves amounts above 200 USD. Gift cards "
              "are not refunded. Send the receipt to the desk.",
    "account": "After 6 failed sign-ins the account is locked for 24 hours.",
    "返品": "返品は到着後30日以内に受け付けます。送料はお客様のご負担です。",
    "退货": "退款在三十天内到账。运费由客户承担。",
}
CALL = "supported-by-sources"


@pytest.mark.parametrize("text", [
    "Refunds are paid within 30 days. [refund]",
    "Refunds are paid within thirty days.",
    "“REFUNDS are  paid\nwithin ３０ days”",
    "Sure! Refunds are paid within 30 days. Is there anything else I can help you with?",
    "A lead has to approve amounts over 200 USD.",
    "- Refunds are paid within 30 days.\n- Gift cards are not refunded.",
    "After 6 failed sign-ins the account is locked for 24 hours, and refunds are paid within 30 "
    "days. [refund; account]",
    '{"title": "Refunds are paid within 30 days", "sources": ["refund"], "days": 30}',
    "返品は到着後三十日以内に受け付けます。[返品]",
    "退款在30天内到账。",
    "Refunds are paid within 30 days [1].",
    "The sources do not say.",
    "Hello!",
    "",
])
def test_what_a_source_says_is_supported(text: str) -> None:
    assert found(CALL, exchange(text, sources=SOURCES))[0] == "held"


@pytest.mark.parametrize(("text", "told"), [
    ("Refunds are paid within 14 days. [refund]", "no number 14 days, in refund: "),
    ("Refunds are paid within 30 hours.", "no 30 hours (but day), in refund"),
    ("Ms Okafor approves amounts above 200 USD.", "no name Okafor, in refund"),
    ("Refunds are paid within 30 days by 5 May 2026.", "no date 5 may 2026, in refund"),
    ("Gift cards are refunded.", "the opposite is said, in refund: 'Gift cards are refunded.'"),
    ("Refunds are paid within 30 days. They come in gold coins, by our friendly staff.",
     "'They come in gold coins, by our friendly staff.'; not in the sources: 'come', 'gold'"),
    ("The account is locked for 24 hours. [refund]", "no number 24 hours, in the sources"),
    ("Refunds are paid within 30 days. [returns]", "cites only what is not given: returns"),
    ("返品は到着後14日以内に受け付けます。", "no number 14日, in 返品: "),
    ("退款在14天内到账。", "no number 14天, in 退货"),
    ("退款在30天内到账，另外还会赠送一张优惠券。", "; not in 退货: '另外还会赠送一张优惠券'"),
    ("返品は到着後30日以内に受け付けます。粗品も進呈しております。",
     "; not in the sources: '粗品も進呈しております'"),
    ("I think it takes about a month, perhaps longer.",
     "not in the sources: 'i', 'think', 'takes', 'about', 'month'"),
    ("Could refunds be paid sooner?", "; not in refund: 'could', 'sooner', '?'"),
])
def test_what_no_source_says_is_told(text: str, told: str) -> None:
    status, got = found(CALL, exchange(text, sources=SOURCES))
    assert status == "broken"
    assert told in got


def test_the_least_supported_sentence_is_shown() -> None:
    said = exchange("Refunds are paid within 30 days. Bring a friend along.", sources=SOURCES)
    assert "'Bring a friend along.'" in find(CALL, said).got


@pytest.mark.parametrize(("word", "kept"), [
    ("refunds", "refund"), ("refunded", "refund"), ("refund", "refund"), ("policies", "polic"),
    ("policy", "polic"), ("planned", "plan"), ("plan", "plan"), ("desk's", "desk"), ("is", "is"),
    ("30", "30"), ("", ""),
])
def test_forms_of_a_word_have_a_stem_in_common(word: str, kept: str) -> None:
    assert stem(word) == kept


def test_a_word_of_another_form_is_not_new() -> None:
    source = {"a": "The lead approves refunds of orders."}
    known, new = (support_of(text, source).score for text in (
        "The lead approved a refund of an order.", "The lead rejects a refund of an order."))
    assert known > 0.7 > new


def test_new_words_beside_what_is_found_weigh_more_than_within_it() -> None:
    source = {"a": "Refunds are paid within 30 days of the return."}
    beside, within = (support_of(text, source).score for text in (
        "Refunds are paid within 30 days, regrettably.",
        "Refunds are regrettably paid within 30 days."))
    assert beside < within


def test_a_source_that_contradicts_lowers_no_score() -> None:
    alone = support_of("It is open.", {})
    against = support_of("It is open.", {"a": "It is not open."})
    assert against.sentences[0].facts == ("the opposite is said",)
    assert against.score >= alone.score


def test_more_support_can_be_asked_for() -> None:
    said = exchange("Amounts over 200 USD have to be approved by a lead.", sources=SOURCES)
    assert found(CALL, said)[0] == "held"
    assert found(f"{CALL}(0.99)", said)[0] == "broken"


def test_without_a_source_nothing_is_supported() -> None:
    assert found(CALL, "Refunds are paid within 30 days.")[0] == "broken"


def test_citations_and_addresses_claim_nothing() -> None:
    answer = Answer("Within 30 days [refund §2]. See https://e.example/14 for more.")
    assert claimed_text(answer, {}) == "Within 30 days  . See   for more."


@pytest.mark.parametrize(("text", "sentences"), [
    ("One. Two! Three?", ["One.", "Two!", "Three?"]),
    ("Version 1.2 is out.", ["Version 1.2 is out."]),
    ("- one\n- two", ["one", "two"]),
    ("1. one 2. two", ["one", "two"]),
    ("返金します。三十日です。", ["返金します。", "三十日です。"]),
    (" \n ", []),
])
def test_a_text_is_read_sentence_by_sentence(text: str, sentences: list[str]) -> None:
    assert sentences_of(text) == sentences


@given(text=hostile_text | st.sampled_from(list(SOURCES.values())) | any_text,
       some=st.dictionaries(st.sampled_from("abc"), st.sampled_from(list(SOURCES.values()))
                            | hostile_text, max_size=2),
       more=st.dictionaries(st.sampled_from("def"), hostile_text | any_text, max_size=2))
def test_more_sources_never_lower_support(
    text: str, some: dict[str, str], more: dict[str, str]
) -> None:
    assert support_of(text, {**some, **more}).score >= support_of(text, some).score


WORDS = ["refunds", "are", "paid", "within", "30", "days.", "never", "返品は", "受け付けます。"]


@given(words=st.lists(st.sampled_from(WORDS), max_size=12),
       space=st.sampled_from(["\n", "  ", "\t", " \n\n "]))
def test_white_space_never_flips_it(words: list[str], space: str) -> None:
    one, other = " ".join(words), space + space.join(words) + space
    statuses = [find(CALL, exchange(text, sources=SOURCES)).status for text in (one, other)]
    assert statuses[0] is statuses[1]


@given(text=hostile_text, body=hostile_text)
def test_support_is_a_share_whatever_was_said(text: str, body: str) -> None:
    assert 0 <= support_of(text, {"a": body}).score <= 1
    assert support_of(body, {"a": body}).score >= 0


@pytest.mark.parametrize(("call", "told"), [
    (f"{CALL}(1)", ""), (f"{CALL}(0.01)", ""), (CALL, ""),
    (f"{CALL}(0)", "the support must be above 0, or it can never fail, and at most 1"),
    (f"{CALL}(1.01)", "the support must be above 0, or it can never fail, and at most 1"),
    (f"{CALL}:x", "takes no value"),
])
def test_a_support_that_everything_or_nothing_has_is_refused(call: str, told: str) -> None:
    assert refusal_of(call) == told


def test_an_answer_that_cites_is_held_to_what_it_cites_alone() -> None:
    text = "After 6 failed sign-ins the account is locked for 24 hours. [{}]"
    for name, status in (("account", "held"), ("refund", "broken"), ("1", "held")):
        assert found(CALL, exchange(text.format(name), sources=SOURCES))[0] == status
