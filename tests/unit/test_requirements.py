"""How a check is written, and what is refused before anything starts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.checks.table import CHECKS
from gatekeeper.model import CheckCall
from gatekeeper.requirements import read_call, read_requirement, read_requirements


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("is-json", CheckCall("is-json")),
        (" not-contains: a b ", CheckCall("contains", "a b", negated=True)),
        ("contains:a:b", CheckCall("contains", "a:b")),
        ("contains:返金", CheckCall("contains", "返金")),
        ("levenshtein(3):a longer text", CheckCall("levenshtein", "a longer text", 3.0)),
        ("latency(500)", CheckCall("latency", "", 500.0)),
        ("regex:(a|b)\\|\\|c", CheckCall("regex", "(a|b)\\|\\|c")),
        ("equals:two\nlines", CheckCall("equals", "two\nlines")),
    ],
)
def test_a_check_is_name_threshold_and_value(text: str, call: CheckCall) -> None:
    assert read_call(text) == call


@given(st.sampled_from(["contains", "equals", "starts-with"]),
       st.text(min_size=1).map(str.strip).filter(bool), st.booleans())
def test_a_check_can_be_written_back(name: str, argument: str, negated: bool) -> None:
    call = CheckCall(name, argument, negated=negated)
    assert read_call(str(call)) == call


def test_alternatives_stand_on_one_line_and_requirements_below_each_other() -> None:
    cell = "contains:a || not-is-json\n\n  max-words:3\r\n"
    assert [str(one) for one in read_requirements(cell)] == [
        "contains:a || not-is-json", "max-words:3"]
    assert read_requirement("contains:a||b").alternatives == (CheckCall("contains", "a||b"),)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "`` is not a check; write `name`, `name:value` or `name(threshold):value`"),
        ("Is JSON?", "`Is JSON?` is not a check; write `name`, `name:value` or "
         "`name(threshold):value`"),
        ("is-jsn", "unknown check `is-jsn`: did you mean `is-json`?"),
        ("not-contians:a", "unknown check `contians`: did you mean `contains`?"),
        ("levenshtein(many):text", "`many` is not a number"),
        ("is-json:x", "`is-json:x`: takes no value"),
        ("same-as-baseline:x", "`same-as-baseline:x`: takes no value"),
        ("contains", "`contains`: needs a value: an empty one can never fail"),
        ("equals: ", "`equals`: needs a value: an empty one can never fail"),
        ("contains-all: , ,", "`contains-all:, ,`: needs a list of values: an empty one can "
         "never fail"),
        ("regex", "`regex`: needs a pattern"),
        ("regex:(", "`regex:(`: not a pattern: missing ) at position 1"),
        ("regex:.*", "`regex:.*`: matches every text: it can never fail"),
        ("regex:^", "`regex:^`: matches every text: it can never fail"),
        ("regex:(?:abc){e}", "`regex:(?:abc){e}`: matches every text: it can never fail"),
        ("max-words:0", "`max-words:0`: needs a whole number"),
        ("max-words:many", "`max-words:many`: needs a whole number"),
        ("levenshtein:abc", "`levenshtein:abc`: 5 edits can turn the text into any other of its "
         "length"),
        ("levenshtein(-1):abc", "`levenshtein(-1):abc`: the number of edits cannot be negative"),
        ("levenshtein(nan):abc", "`levenshtein(nan):abc`: the number of edits cannot be negative"),
        ("latency:5", "`latency:5`: `5` has no unit; write 5s, one of ms, s, m, h"),
        ("latency:0ms", "`latency:0ms`: a target must be above 0 and at most 24h"),
        ("latency:25h", "`latency:25h`: a target must be above 0 and at most 24h"),
        ("latency(0)", "`latency(0)`: a target must be above 0 and at most 24h"),
        ("latency(nan)", "`latency(nan)`: a target must be above 0 and at most 24h"),
        ("same-as-baseline(0)", "`same-as-baseline(0)`: the share of wording must be above 0 and "
         "at most 1"),
        ("same-as-baseline(1.1)", "`same-as-baseline(1.1)`: the share of wording must be above 0 "
         "and at most 1"),
        ("is-json || not-is-json", "`is-json || not-is-json`: one of the two always holds, so it "
         "can never fail"),
        ("not-regex:(?!)", "`not-regex:(?!)`: matches no text: its negation can never fail"),
        ("max-words:99999999999", "`max-words:99999999999`: needs at most 100000: no reply is "
         "longer, so it can never fail"),
        ("contains:a || is-jsn", "unknown check `is-jsn`: did you mean `is-json`?"),
        ("max-words:²", "`max-words:²`: needs a whole number"),
    ],
)
def test_a_check_that_is_misspelt_misused_or_can_never_fail_is_refused(
    text: str, complaint: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(complaint)}$"):
        read_requirement(text)


@pytest.mark.parametrize("text", ["contains-all(2):a,b,c", "is-json(3)", "max-words(30):30",
                                  "equals(nan):x", "latency(5):1s"])
def test_a_threshold_where_none_is_taken_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="takes no"):
        read_call(text)


def test_a_target_that_no_reply_can_miss_is_refused() -> None:
    with pytest.raises(ValueError, match="latency"):
        read_call("latency(inf)")


parts = st.tuples(
    st.sampled_from(["", "not-"]), st.sampled_from(["", "x", *CHECKS]),
    st.sampled_from(["", "(2)", "(0.5)", "(", "(x)"]), st.sampled_from(["", ":"]),
    st.text(max_size=8) | st.sampled_from(["5", "500ms", "a,b", "x" * 9, "[", "a||b"]),
)


@given(parts.map("".join))
def test_what_is_taken_for_a_check_can_be_written_back_and_read_again(text: str) -> None:
    try:
        call = read_call(text)
    except ValueError:
        return
    assert read_call(str(call)) == call
