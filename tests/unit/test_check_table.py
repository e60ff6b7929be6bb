"""The table of checks, negation, and alternatives of which one is enough."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.cases.requirements import read_call, read_requirement
from gatekeeper.checks.kinds import Baseline, Exchange, items
from gatekeeper.checks.table import CHECKS, run_call, run_requirement
from gatekeeper.checks.witnessed import WITNESSED_CHECKS
from gatekeeper.model import Answer
from gatekeeper.outcome import CheckStatus
from tests.support.builders import exchange, hostile_text

CALLS = (
    "answers", "equals:x", "contains:x", "icontains:x", "contains-all:x,y", "contains-any:x,y",
    "icontains-all:x,y", "icontains-any:x,y", "starts-with:x", "regex:x+y", "min-words:2",
    "max-words:3", "min-sentences:2", "max-sentences:3", "min-bullets:1", "max-bullets:3",
    "levenshtein(1):xy", "finish-reason:stop",
    "is-json", "contains-json", "required-keys:a.b,c.*", "no-extra-prose", "cites-sources",
    "quotes-verbatim", "supported-by-sources", "is-refusal", "asks-for-evidence",
    "no-private-text", "latency:5ms", "time-to-first-token:3ms", "same-as-baseline",
)


def held_to(requirement: str, said: Exchange) -> tuple[str, str, str]:
    """Status, expected and got of a requirement as it is written in a cases file."""
    finding = run_requirement(read_requirement(requirement), said)
    return str(finding.status), finding.expected, finding.got


def test_every_check_of_the_table_is_tried_here() -> None:
    assert {call.partition(":")[0].partition("(")[0] for call in CALLS} == \
        set(CHECKS) - {check.name for check in WITNESSED_CHECKS}  # they look at no reply themselves


@given(call=st.sampled_from(CALLS), text=hostile_text, base=hostile_text, cited=hostile_text)
def test_whatever_a_service_says_a_check_and_its_opposite_never_agree(
    call: str, text: str, base: str, cited: str
) -> None:
    said = exchange(text, base, citations=(cited, {"source": cited, "quote": text}),
                    sources={"refund": "Refunds are paid."}, first_token_ms=4.0)
    plain = read_call(call)
    statuses = {str(run_call(replace(plain, negated=negated), said).status)
                for negated in (False, True)}
    assert statuses == {"held", "broken"}


LAYOUT = ("equals", "contains", "icontains", "starts-with", "regex", "levenshtein", "bullets")
SPACELESS = [call for call in CALLS if not any(name in call for name in LAYOUT)]
"""Calls that look at what is said; the others look at the letters, white space among them."""
said_words = st.lists(st.sampled_from(
    ["I", "can't", "help.", "Please", "share", "the", "policy.", "[refund]", "Refunds", "are",
     "paid", "30", "days", '"Refunds are paid"', "{", "}", '"a":', "1", "お断りします。", "退款"]),
    max_size=12)


@pytest.mark.parametrize("call", SPACELESS)
@given(words=said_words, space=st.sampled_from(["\n", "  ", "\t", " \n\n ", "\r\n"]))
def test_white_space_never_flips_a_verdict(call: str, words: list[str], space: str) -> None:
    sources, base = {"refund": "Refunds are paid."}, "Refunds are paid."
    one, other = (exchange(text, base, sources=sources)
                  for text in (" ".join(words), space + space.join(words) + space))
    assert held_to(call, one)[0] == held_to(call, other)[0]


@pytest.mark.parametrize("call", CALLS)
def test_a_megabyte_of_words_is_judged_like_any_other_answer(call: str) -> None:
    assert held_to(call, exchange("no x y " * 150_000, "Sure.", first_token_ms=4.0)
                   )[0] in ("held", "broken")


@pytest.mark.parametrize(("call", "text", "status"), [
    ("is-json", "```\n" + " " * 1_000_000 + "x", "broken"),
    ("asks-for-evidence", "what policy " * 80_000, "broken"),
    ("quotes-verbatim", "“" * 1_000_000, "held"),
    ("quotes-verbatim", "「" * 1_000_000, "held"),
], ids=["fence", "question", "quotes", "brackets"])
def test_a_megabyte_of_starts_without_an_end_is_judged_like_any_other_answer(
    call: str, text: str, status: str
) -> None:
    assert held_to(call, exchange(text))[0] == status


@pytest.mark.parametrize(
    ("requirement", "text", "expected"),
    [
        ("contains:a || contains:b", "b", ("held", "contains 'b'", "'b'")),
        ("contains:a || contains:b", "c", ("broken", "contains 'a', or contains 'b'", "'c'")),
        ("is-refusal || asks-for-evidence", "Sure.",
         ("broken", "refuses, or asks for evidence", "complies: 'Sure.'")),
        ("not-contains:a", "b", ("held", "not: contains 'a'", "'b'")),
        ("not-contains:a", "a", ("broken", "not: contains 'a'", "'a'")),
        ("not-is-json || contains:x", '{"a": 1}',
         ("broken", "not: valid JSON and nothing else, or contains 'x'", "bare JSON")),
    ],
)
def test_one_alternative_that_holds_is_enough(
    requirement: str, text: str, expected: tuple[str, str, str]
) -> None:
    assert held_to(requirement, exchange(text)) == expected


@pytest.mark.parametrize(
    ("baseline", "requirement", "status"),
    [
        (Baseline(unmeasured="base was not asked"), "contains:no || same-as-baseline",
         CheckStatus.UNMEASURED),
        (Baseline(unmeasured="base was not asked"), "contains:yes || same-as-baseline",
         CheckStatus.HELD),
        (Baseline(moot="first adoption"), "contains:no || same-as-baseline", CheckStatus.MOOT),
    ],
)
def test_what_could_not_be_compared_is_not_a_wrong_answer(
    baseline: Baseline, requirement: str, status: CheckStatus
) -> None:
    said = Exchange(Answer("yes"), total_ms=1.0, baseline=baseline)
    assert held_to(requirement, said)[0] == status


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("a,b", ["a", "b"]),
        (" a , b ", ["a", "b"]),
        (r"1\,200,USD", ["1,200", "USD"]),
        ("a,,b,", ["a", "b"]),
        (" , ", []),
        ("題名,手順", ["題名", "手順"]),
    ],
)
def test_a_list_is_separated_by_commas_that_are_not_escaped(
    argument: str, expected: list[str]
) -> None:
    assert items(argument) == expected
