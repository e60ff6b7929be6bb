"""Head's answer held against base's: what matters first, and never the exact wording."""

from __future__ import annotations

import pytest
from hypothesis import given

from gatekeeper.checks.comparison import difference
from gatekeeper.checks.kinds import Baseline, Exchange
from gatekeeper.checks.table import run_call
from gatekeeper.model import Answer, CheckCall
from tests.support.builders import exchange, find, found, hostile_text

SAME = "same-as-baseline"
REFUNDS = "Refunds are paid within 30 days of delivery by the team lead [refund]."


@pytest.mark.parametrize(
    ("base", "head"),
    [
        (REFUNDS, REFUNDS),
        (REFUNDS, "By the team lead, within 30 days of delivery, refunds are paid. [refund]"),
        ("Refunds are paid.", "REFUNDS ARE PAID!"),
        (REFUNDS, REFUNDS.replace("[refund]", "[Refund]")),
        ("It costs 1,200 USD", "It costs 1200 USD"),
        ("- tell the lead\n- call", "* tell the lead\n* call"),
        ("1. tell the lead\n2. call", "1) tell the lead\n2) call"),
        ('{"a": 1, "b": [true]}', '{"b": [true], "a": 1.0}'),
        ('{"a": "Tell the Lead"}', '{"a": "tell  the lead"}'),
        ("I can't do that for you.", "Sorry, I can’t do that for you."),
        ("返金は三十日以内に行います", "三十日以内に返金は行います"),
        ("", ""),
        ("Within 30 days up to 200 USD.", "Up to 200 USD within 30 days."),
        ("返金は三十日以内です", "返金は30日以内です"),
        ("Fees are not refunded. Fares are refunded.", "Fares are refunded. Fees aren't refunded."),
        ("No problem, fees are refunded today.", "Fees are refunded today."),
        ("It is paid no later than Monday.", "It is paid on Monday at the latest."),
        ("It is paid by 7 June 2026.", "It is paid by 2026-06-07."),
        ("It takes thirty days in all.", "It takes 30 days in all."),
        ("Ask Ms Okafor about it.", "About it, ask Okafor."),
        ("Pay it within 30 days.", "Pay it within 30."),
    ],
)
def test_another_wording_of_the_same_is_comparable(base: str, head: str) -> None:
    assert found(SAME, exchange(head, base)) == ("held", "comparable")


@pytest.mark.parametrize(
    ("base", "head", "got"),
    [
        ("I can't do that.", "Sure.", "answers, base refuses"),
        ("Sure.", "I can't do that.", "refuses, base answers"),
        ("Here is your refund.", "Please provide the receipt.",
         "asks for evidence, base asks for none"),
        ("Please provide the receipt.", "Here is your refund.",
         "asks for none, base asks for evidence"),
        ("It is paid by 7 June 2026.", "It is paid by 8 June 2026.",
         "dates: 2026-06-08; base: 2026-06-07"),
        ("Refunds are paid within 30 days of 2 calls.",
         "Refunds are paid within 30 hours of 2 calls.", "units: 30 hour; base: 30 day"),
        ("三十日以内に返金します", "三十時間以内に返金します", "units: 30 hour; base: 30 day"),
        ("Ask Ms Okafor about the refund.", "Ask Mr Brown about the refund.",
         "names: Brown; base: Okafor"),
        ("Run it:\n```\nmake\n```", "Run it: make", "no code, base has some"),
        ("Run it: make", "Run it:\n```\nmake\n```", "a block of code, base has none"),
        ('{"a": 1}', "Sure.", "not JSON, base is"),
        ("Sure.", '{"a": 1}', "JSON, base is not"),
        ('{"a": 1}', '{"a": 2}', "JSON differs at /a: '2', base '1'"),
        ('{"a": [{"b": 1}]}', '{"a": [{}]}', "JSON differs at /a/0/b: 'absent', base '1'"),
        ('{"a": 1}', '{"a": true}', "JSON differs at /a: 'True', base '1'"),
        ('{"a": 1}', 'Sure: {"a": 1}',
         "extra prose before the JSON: 'Sure:' (line 1, column 1)"),
        ('{"a": 1}', '```\n{"a": 1}\n```',
         "extra prose: a code fence round the JSON (line 1, column 1)"),
        ('```\n{"a": 1}\n```', '{"a": 1}', "bare JSON, base is not"),
        (REFUNDS, REFUNDS.replace("[refund]", "[returns]"), "cites: returns; base: refund"),
        (REFUNDS, REFUNDS.replace(" [refund]", ""), "cites: none; base: refund"),
        (REFUNDS, REFUNDS.replace("30", "14"), "numbers: 14; base: 30"),
        ("- a\n- b", "- a", "bullets: bullet; base: bullet, bullet"),
        ("The cat sat on the mat.", "An elephant flew over hills.",
         "0% of the wording is shared: 'An elephant flew over hills.'"),
        ("返金は早めに行います", "お問い合わせは窓口まで",
         "0% of the wording is shared: 'お問い合わせは窓口まで'"),
        ("返金は30日以内です", "返金は14日以内です", "numbers: 14; base: 30"),
        ("返金は三十日以内です", "返金は九十日以内です", "numbers: 90; base: 30"),
        ("退款在三十天内到账", "退款在14天内到账", "numbers: 14; base: 30"),
        ("a balance of -5 EUR", "a balance of 5 EUR", "numbers: 5; base: -5"),
        ("Books go back within 30 days, films within 14 days.",
         "Books go back within 14 days, films within 30 days.", "numbers: 14, 30; base: 30, 14"),
        ("Yes, you may share it.", "No, you may not share it.",
         "says 'No, you may not share it.', base 'Yes, you may share it.'"),
        ("Fees are refunded. Write to us.", "Write to us. Fees are never refunded.",
         "says 'Fees are never refunded.', base 'Fees are refunded.'"),
        ("送料は支払われます", "送料は支払われません",
         "says '送料は支払われません', base '送料は支払われます'"),
        ("开封后可以退货", "开封后不可以退货", "says '开封后不可以退货', base '开封后可以退货'"),
    ],
)
def test_what_moved_is_told_with_both_sides(base: str, head: str, got: str) -> None:
    assert found(SAME, exchange(head, base)) == ("broken", got)


@pytest.mark.parametrize(
    ("base", "head", "got"),
    [
        ("stop", "length", "ended by length, base by stop"),
        ("stop", "", "ended by nothing, base by stop"),
        ("", "stop", "ended by stop, base by nothing"),
    ],
)
def test_another_ending_is_told_before_anything_else(base: str, head: str, got: str) -> None:
    assert difference(Answer("Sure.", base), Answer("14 [x]", head)) == got


def test_any_one_of_bases_answers_is_enough() -> None:
    assert found(SAME, exchange("30 days", "14 days", "30 days")) == ("held", "comparable")
    assert found(SAME, exchange("30 days", "14 days", "15 days")) == (
        "broken", "numbers: 30; base: 14")


def test_the_share_of_wording_can_be_asked_for() -> None:
    said = exchange("refunds are paid by card", "refunds are paid in cash")
    assert found("same-as-baseline(0.6)", said)[0] == "held"
    assert found("same-as-baseline(0.7)", said) == (
        "broken", "60% of the wording is shared: 'refunds are paid by card'")


@pytest.mark.parametrize(
    ("baseline", "status", "got"),
    [
        (Baseline(moot="first adoption"), "moot", "first adoption"),
        (Baseline(unmeasured="base could not be measured"), "unmeasured",
         "base could not be measured"),
        (Baseline(), "unmeasured", "base was not asked"),
    ],
)
@pytest.mark.parametrize("negated", [False, True])
def test_without_a_baseline_it_is_neither_held_nor_broken(
    baseline: Baseline, status: str, got: str, negated: bool
) -> None:
    finding = run_call(CheckCall(SAME, negated=negated),
                       Exchange(Answer("x"), total_ms=1.0, baseline=baseline))
    assert (str(finding.status), finding.got) == (status, got)


def test_deep_json_is_compared_like_any_other() -> None:
    deep = "[" * 700 + "{}" + "]" * 700
    assert found(SAME, exchange(deep.format(1), deep.format(1)))[0] == "held"
    assert found(SAME, exchange(deep.format(1), deep.format(2)))[0] == "broken"


def test_an_answer_of_line_ends_is_compared_like_any_other() -> None:
    assert found(SAME, exchange("Sure." + "\n" * 1_000_000, "Sure.")) == ("held", "comparable")


@given(hostile_text, hostile_text)
def test_comparing_is_an_outcome_whatever_was_said(base: str, head: str) -> None:
    assert str(find(SAME, exchange(head, base)).status) in ("held", "broken")
    assert str(find(SAME, exchange(head, head)).status) == "held"


def test_whether_it_refuses_is_told_by_what_was_asked() -> None:
    base, head = "No, you may not share it.", "You may not share it, no."
    for prompt in ("May I share it?", "Can I share this file with a customer?"):
        said = Exchange(Answer(head), 1.0, baseline=Baseline((Answer(base),)), prompt=prompt)
        assert run_call(CheckCall(SAME), said).got == "comparable"
