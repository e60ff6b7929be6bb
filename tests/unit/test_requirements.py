"""How a check is written, and what is refused before anything starts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.cases.requirements import (
    contradiction,
    read_call,
    read_expected,
    read_requirement,
    read_requirements,
)
from gatekeeper.checks.table import CHECKS
from gatekeeper.model import CheckCall


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
        ("is-json:x", "`is-json:x`: the schema is not JSON: Expecting value at line 1, column 1"),
        ("is-refusal:x", "`is-refusal:x`: takes no value"),
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
        ("max-words:0", "`max-words:0`: an answer is never empty: it can never hold"),
        ("min-words:0", "`min-words:0`: every answer has that many: it can never fail"),
        ("not-min-bullets:0", "`not-min-bullets:0`: every answer has that many: it can never hold"),
        ("min-sentences:999999", "`min-sentences:999999`: needs at most 100000: no reply is "
         "longer, so it can never hold"),
        ("not-answers", "`not-answers`: every row is held to `answers`: it can never hold"),
        ("not-regex:.*", "`not-regex:.*`: matches every text: it can never hold"),
        ("regex:(?!)", "`regex:(?!)`: matches no text: it can never hold"),
        ("supported-by-sources(0)", "`supported-by-sources(0)`: the support must be above 0, or it "
         "can never fail, and at most 1"),
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
        ("not-regex:(?!)", "`not-regex:(?!)`: matches no text: it can never fail"),
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


@pytest.mark.parametrize(("cell", "check"), [
    ("", ""), ("Lima", "equals:Lima"), ("Hello: world", "equals:Hello: world"),
    ("three words here", "equals:three words here"), ("contains:30 days", "contains:30 days"),
    ("not-icontains:x", "not-icontains:x"), ("levenshtein(2):30 days", "levenshtein(2):30 days"),
    ("llm-rubric:is kind", "llm-rubric:is kind"), ("similar(0.8):x", "similar(0.8):x"),
    ("icontains-any: a , b", "icontains-any:a , b"), ("is-json", "is-json"),
    ("30", "equals:30"), ("note:x", "equals:note:x"), ("a\nb", "equals:a\nb"),
])
def test_promptfoos_cells_are_checks_or_the_text_itself(cell: str, check: str) -> None:
    assert [str(one) for one in read_expected(cell)] == ([check] if check else [])


@pytest.mark.parametrize(("cell", "told"), [
    ("contians:30", "did you mean `contains`?, or write `equals:contians:30`"),
    ("factuality:x", "promptfoo's `factuality` is not known here: it asks a model; `llm-rubric`"),
    ("similar:x", "needs a threshold"), ("javascript:output.length", "runs code"),
    ("word-count:3", "use `min-words` and `max-words`"), ("is-xml", "use `regex`"),
    ("not-starts-wth:x", "did you mean `starts-with`?"), ("contains:", "can never fail"),
])
def test_a_cell_of_promptfoos_that_is_no_check_here_is_refused(cell: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        read_expected(cell)


@pytest.mark.parametrize(("cell", "told"), [
    ("min-words:5\nmax-words:4", "`min-words:5` and `max-words:4` are both asked for"),
    ("max-bullets:1\nmin-bullets:2", "`min-bullets:2` and `max-bullets:1`"),
    ("is-refusal\nnot-is-refusal", "`is-refusal` and its opposite"),
    ("equals:a\nequals:b", "`equals:a` and `equals:b`"),
    ("min-words:4\nmax-words:4", ""), ("contains:a\ncontains:b", ""), ("equals:a\nequals:a", ""),
    ("min-words:5 || is-json\nmax-words:4", ""), ("not-equals:a\nequals:b", ""),
    ("max-words:3\nmax-bullets:1", ""),
])
def test_what_no_answer_can_hold_is_told(cell: str, told: str) -> None:
    found = contradiction(read_requirements(cell))
    assert found.startswith(told) if told else not found
