"""JSON as services write it: found wherever it stands, and faults told by line and column."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.cases.requirements import read_call
from gatekeeper.checks.jsontext import NotJson, at_path, find_json, first_difference, parse_json
from tests.support.builders import any_text, find, found


def values_of(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """JSON values out of some leaves."""
    return st.recursive(
        leaves | st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "キー"]), inner, max_size=3),
        max_leaves=8,
    )


exact_values = values_of(st.nothing())
json_values = values_of(st.floats(allow_nan=False, allow_infinity=False)
                        | st.text(st.characters(), max_size=5))
documents = json_values.filter(lambda value: isinstance(value, (dict, list)))
pieces = [*"{}[]\",:'`\\ \n01eE+-.", "```json\n", "```", "null", "true", "NaN", '"a"', "\\ud800",
          "“", "返金", '{"a":1}']
jsonish = st.lists(st.sampled_from(pieces), max_size=24).map("".join) | any_text


@given(documents)
def test_bare_json_is_found_with_the_value_it_has(value: Any) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=2)):
        found_value = find_json(f"\n {text} \n")
        assert found_value.value == value
        assert found_value.bare


@given(documents)
def test_json_in_a_fence_is_found_and_is_not_bare(value: Any) -> None:
    text = json.dumps(value)
    for fence in ("```json\n{}\n```", "```\n{}```", "  ``` \n{}\n  ```"):
        found_value = find_json(fence.replace("{}", text))
        assert found_value.value == value
        line = "line 1, column 3" if fence.startswith("  ") else "line 1, column 1"
        assert found_value.extra() == f"extra prose: a code fence round the JSON ({line})"


@given(st.dictionaries(st.text(max_size=3), json_values, max_size=3))
def test_an_object_in_prose_is_found_with_the_prose_round_it(value: Any) -> None:
    found_value = find_json(f"はい：{json.dumps(value)}\nThat is all.")
    assert found_value.value == value
    assert (found_value.before, found_value.after) == ("はい：", "That is all.")
    assert not found_value.bare


@given(jsonish)
def test_no_text_whatever_does_more_than_say_that_it_is_not_json(text: str) -> None:
    for read in (find_json, parse_json):
        with suppress(NotJson):
            read(text)
    assert str(find("is-json", text).status) in ("held", "broken")


DEEP, LONG = "[" * 100_000, "9" * 5_000


@pytest.mark.parametrize("text", [
    DEEP, '{"a":' * 100_000, "{" * 100_000, f"x {DEEP}", f"```json\n{DEEP}\n```",
    f'{{"a": {LONG}}}',
    f'```\n{{"a": {LONG}}}\n```',
], ids=["arrays", "objects", "braces", "in prose", "in a fence", "digits", "digits in a fence"])
def test_a_reply_without_measure_is_an_outcome_like_any_other(text: str) -> None:
    assert str(find("is-json", text).status) == "broken"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (" \n\u3000", "empty"),
        ("Sure, here it is.", "Expecting value at line 1, column 1"),
        ("三十日です", "Expecting value at line 1, column 1"),
        ("30", "a lone int, not an object or an array"),
        ('"yes"', "a lone str, not an object or an array"),
        ("null", "a lone NoneType, not an object or an array"),
        ("{'a': 1}", "invalid quotation at line 1, column 2: ' in place of \""),
        ('{"a": 1,\n  “b”: 2}', "invalid quotation at line 2, column 3: “ in place of \""),
        ('{"a":\n‘x’}', "invalid quotation at line 2, column 1: ‘ in place of \""),
        ('{"a": `x`}', "invalid quotation at line 1, column 7: ` in place of \""),
        ('{"a": 1,}', "trailing comma before line 1, column 9"),
        ('{"a": [1,\n2,\n]}', "trailing comma before line 3, column 1"),
        ('{"a": 1', "ends too soon at line 1, column 8"),
        ('{"a":', "ends too soon at line 1, column 6"),
        ('{"a"', "ends too soon at line 1, column 5"),
        ('{"a": 1, "a": 2}', "key 'a' is given twice at line 1, column 10"),
        ('{"x": {"キー": 1, "キー": 1}}', "key 'キー' is given twice at line 1, column 17"),
        ('{"a": NaN}', "NaN is not JSON at line 1, column 7"),
        ('{"a": -Infinity}', "-Infinity is not JSON at line 1, column 7"),
        ("{a: 1}", "Expecting property name enclosed in double quotes at line 1, column 2"),
        ('{"a": 1 "b": 2}', "Expecting ',' delimiter at line 1, column 9"),
        ('{"a": True}', "Expecting value at line 1, column 7"),
        ('{"a": 01}', "Expecting ',' delimiter at line 1, column 8"),
        (DEEP, "nested too deeply"),
        ('{"a": "x\ny"}', "Invalid control character at line 1, column 9"),
        ('{"a": "x', "Unterminated string starting at line 1, column 7"),
        ("\n\n{'a': 1}", "invalid quotation at line 3, column 2: ' in place of \""),
        ("```json\n{'a': 1}\n```",
         "invalid quotation at line 2, column 2: ' in place of \""),
        ('{"a": {"b": 1}, "c": 2,}', "trailing comma before line 1, column 24"),
    ],
)
def test_a_fault_is_named_and_placed_in_the_reply(text: str, why: str) -> None:
    with pytest.raises(NotJson) as fault:
        find_json(text)
    assert str(fault.value) == why


@pytest.mark.parametrize(
    ("text", "before", "after", "fenced"),
    [
        ("Here you are:\n```json\n{}\n```\nBye.", "Here you are:", "Bye.", True),
        ('A {brace} and {"a": 1}', "A {brace} and", "", False),
        ("See [1]: {}", "See [1]:", "", False),
        ('[{"a": 1}] as asked', "", "as asked", False),
        ("Numbers: [1, 2, 3, 4]", "Numbers:", "", False),
        ('`{"a": 1}`', "`", "`", False),
        ('\u3000{"a": 1}', "\u3000", "", False),
        ('{"a": 1}\u00a0', "", "\u00a0", False),
        ('```sh\nmake\n```\n```json\n{"a": 1}\n```', "```sh\nmake\n```", "", True),
        ('```sh\nls {a,b}\n```\nSo: {"a": 1}', "```sh\nls {a,b}\n```\nSo:", "", False),
        ('Between { and [, there is {"a": 1}', "Between { and [, there is", "", False),
        ('{"a": 1} {"b": 2}', "", '{"b": 2}', False),
        ('{"a": 1} // done', "", "// done", False),
        ('{"a": "```"}', "", "", False),
        ('```json\r\n{"a": 1}\r\n```', "", "", True),
    ],
)
def test_what_stands_round_the_json_is_told_apart_from_it(
    text: str, before: str, after: str, fenced: bool
) -> None:
    found_value = find_json(text)
    assert (found_value.before, found_value.after, found_value.fenced) == (before, after, fenced)


@pytest.mark.parametrize("text", ["See note [1].", "As in [1, 2, 3].", "Use [] or [\"x\"]."])
def test_a_footnote_in_prose_is_no_json(text: str) -> None:
    with pytest.raises(NotJson):
        find_json(text)


@pytest.mark.parametrize(
    ("call", "text", "status", "got"),
    [
        ("is-json", '{"a": 1}', "held", "bare JSON"),
        ("is-json", ' [1]\n', "held", "bare JSON"),
        ("is-json", "```json\n{}\n```", "broken",
         "extra prose: a code fence round the JSON (line 1, column 1)"),
        ("is-json", 'Sure: {"a": 1}', "broken",
         "extra prose before the JSON: 'Sure:' (line 1, column 1)"),
        ("is-json", '{"a": 1}\nDone.', "broken",
         "extra prose after the JSON: 'Done.' (line 2, column 1)"),
        ("is-json", "{'a': 1}", "broken",
         "not JSON: invalid quotation at line 1, column 2: ' in place of \": \"{'a': 1}\""),
        ("contains-json", 'Sure: {"a": 1}', "held", "JSON in prose"),
        ("contains-json", "```\n{}\n```", "held", "JSON in a code fence"),
        ("contains-json", "Sure.", "broken",
         "not JSON: Expecting value at line 1, column 1: 'Sure.'"),
        ("no-extra-prose", '{"a": 1}', "held", "bare JSON"),
        ("no-extra-prose", "```\n{}\n```", "broken",
         "extra prose: a code fence round the JSON (line 1, column 1)"),
        ("no-extra-prose", "はい：{}", "broken",
         "extra prose before the JSON: 'はい：' (line 1, column 1)"),
        ("no-extra-prose", "はい", "broken",
         "not JSON: Expecting value at line 1, column 1: 'はい'"),
        ("required-keys:title,steps", '{"title": "", "steps": null}', "held",
         "JSON key missing: none"),
        ("required-keys:title,steps,by", '{"title": "x"}', "broken",
         "JSON key missing: steps, by"),
        ("required-keys:題名", '{"題名": "返金"}', "held", "JSON key missing: none"),
        ("required-keys:題名", '{"題目": "退款"}', "broken", "JSON key missing: 題名"),
        ("required-keys:items.*.price", '{"items": [{"price": 1}, {}]}', "broken",
         "JSON key missing: items.*.price"),
    ],
)
def test_an_answer_is_held_to_its_form(call: str, text: str, status: str, got: str) -> None:
    assert found(call, text) == (status, got)


@pytest.mark.parametrize("call", ["contains-json", "required-keys:title,steps"])
@pytest.mark.parametrize("text", [
    '{"items": [{"title": "a", "steps": []}, {"title": "b", "st',
    '{"draft": {"title": "a", "steps": []}, "by": "x",}',
    "Sure: {'draft': {\"title\": \"a\", \"steps\": []}}",
    '{draft: {"title": "a", "steps": []}}',
    '{"draft": "' + '\\"' * 200_000 + ' {"title": "a", "steps": []}',
], ids=["cut off", "trailing comma", "wrong quotes", "bare name", "open text"])
def test_a_whole_object_inside_a_broken_one_is_not_the_answers_json(call: str, text: str) -> None:
    assert str(find(call, text).status) == "broken"


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("a", True), ("a.b", True), ("a.b.c", False), ("list.0", True), ("list.2", False),
        ("list.-1", False), ("list.*", True), ("list.*.x", True), ("mixed.*.x", False),
        ("empty.*", False), ("a.*", False), ("none", True), ("none.x", False), ("", False),
        ("**.x", True), ("**.b", True), ("**.z", False), ("**.list.0.x", True),
        ("list.**.x", True), ("none.**.x", False),
    ],
)
def test_a_path_reaches_through_objects_and_lists(path: str, there: bool) -> None:
    value = {"a": {"b": 1}, "list": [{"x": 1}, {"x": 2}], "mixed": [{"x": 1}, 2], "empty": [],
             "none": None}
    assert at_path(value, path) is there


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, None),
        ({"a": 1}, {"a": 1.0}, None),
        ({"a": 1}, {"a": True}, ("/a", 1, True)),
        ({"a": 1}, {}, ("/a", 1, "absent")),
        ({}, {"a": None}, ("/a", "absent", None)),
        ({"a": [1, {"b": "x"}]}, {"a": [1, {"b": "y"}]}, ("/a/1/b", "x", "y")),
        ([1, 2], [1], ("/", "2 items", "1 items")),
        ({"a": [1]}, {"a": {"0": 1}}, ("/a", [1], {"0": 1})),
        (1, 2, ("/", 1, 2)),
    ],
)
def test_the_first_difference_is_told_with_both_values(
    before: Any, after: Any, difference: tuple[str, Any, Any] | None
) -> None:
    assert first_difference(before, after) == difference


@given(exact_values, exact_values)
def test_there_is_a_difference_exactly_where_the_values_differ(one: Any, other: Any) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (first_difference(one, other) is None) is same
    assert first_difference(one, one) is None


SCHEMA = ('{"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}, '
          '"steps": {"type": "array", "items": {"pattern": "^[a-z]+$"}, "uniqueItems": true}}}')
SEVEN = ('{"$schema": "http://json-schema.org/draft-07/schema#", "type": "array", '
         '"items": [{"type": "integer"}], "additionalItems": false}')


@pytest.mark.parametrize(("call", "text", "status", "got"), [
    (f"is-json:{SCHEMA}", '{"title": "x", "steps": ["a", "b"]}', "held", "bare JSON"),
    (f"is-json:{SCHEMA}", '{"title": 1}', "broken", "at /title: \"1 is not of type 'string'\""),
    (f"is-json:{SCHEMA}", "{}", "broken", "at /: \"'title' is a required property\""),
    (f"is-json:{SCHEMA}", '{"title": "x", "steps": ["a", "B"]}', "broken",
     "at /steps/1: \"'B' does not match /^[a-z]+$/\""),
    (f"is-json:{SCHEMA}", '{"title": "x", "steps": ["a", "a"]}', "broken",
     "at /steps: 'an item is given twice'"),
    (f"is-json:{SCHEMA}", 'Sure: {"title": "x"}', "broken",
     "extra prose before the JSON: 'Sure:' (line 1, column 1)"),
    (f"contains-json:{SCHEMA}", 'Sure: {"title": "x"}', "held", "JSON in prose"),
    (f"contains-json:{SCHEMA}", "Sure: {}", "broken", "at /: \"'title' is a required property\""),
    (f"is-json:{SEVEN}", "[1]", "held", "bare JSON"),
    (f"is-json:{SEVEN}", "[1, 2]", "broken",
     "at /: 'Additional items are not allowed (2 was unexpected)'"),
    ('is-json:{"patternProperties": {"^x": false}}', '{"y": 1}', "held", "bare JSON"),
    ('is-json:{"patternProperties": {"^x": false}, "type": "object"}', '{"x": 1}', "broken",
     "at /: 'False schema does not allow 1'"),
    ('is-json:{"items": {"$ref": "#/$defs/n"}, "$defs": {"n": {"type": "number"}}}', '["x"]',
     "broken", "at /0: \"'x' is not of type 'number'\""),
    ('is-json:{"uniqueItems": true}', "[1, 1.0]", "broken", "at /: 'an item is given twice'"),
    ('is-json:{"uniqueItems": true}', "[1, true]", "held", "bare JSON"),
    ('is-json:{"items": {"pattern": "^(a|a)*$"}, "type": "array"}', f'["{"a" * 40}b"]',
     "unmeasured", "a pattern of the schema did not finish within 1 s"),
    (f"is-json:{SCHEMA}", json.dumps({"title": "x" * 1_000_001}), "unmeasured",
     "the JSON is too large to be held against a schema"),
])
def test_json_is_held_against_a_schema(call: str, text: str, status: str, got: str) -> None:
    assert found(call, text) == (status, got)


@pytest.mark.parametrize(("schema", "told"), [
    ("{", "the schema is not JSON: ends too soon"),
    ("[]", "a schema is a JSON object"),
    ("false", "it can never hold"),
    ("{}", "takes every object and array"),
    ('{"title": "anything"}', "takes every object and array"),
    ('{"type": ["object", "array"]}', "takes every object and array"),
    ('{"type": "string"}', "can never hold"),
    ('{"type": "objekt"}', "not a schema at /type"),
    ('{"properties": {"a": {"minimum": "1"}}}', "not a schema at /properties/a/minimum"),
    ('{"items": {"pattern": "["}}', "not a schema at /items/pattern"),
    ('{"$schema": "http://json-schema.org/draft-04/schema#"}', "is not known"),
    ('{"$ref": "https://e.example/schema"}', "which is not in it"),
    ('{"$ref": "#"}', "refers to itself without end"),
    ('{"required": ["a"], "required": ["b"]}', "given twice"),
])
def test_a_schema_that_is_none_or_asks_for_nothing_is_refused(schema: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        read_call(f"is-json:{schema}")


@pytest.mark.parametrize(("call", "told"), [
    ("required-keys:a..b", "has an empty part"), ("required-keys:**.a.**.b", "stands once"),
    ("required-keys:a.**", "stands once"), ("required-keys: , ", "needs a list"),
])
def test_a_path_that_leads_nowhere_is_refused(call: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_call(call)


@given(json_values)
def test_no_value_whatever_does_more_than_fail_a_schema(value: Any) -> None:
    text = json.dumps(value)
    assert str(find(f"is-json:{SCHEMA}", text).status) in ("held", "broken")
    assert str(find(f"is-json:{SEVEN}", text).status) in ("held", "broken")
