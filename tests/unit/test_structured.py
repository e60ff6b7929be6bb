"""Watched files compared by value: what a parser reads counts, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.formats.structured import (
    MAX_BYTES,
    MISSING,
    Unparsable,
    at_pointer,
    is_structured,
    parse_structured,
    same_value,
    show_value,
    without_pointers,
)


def same(path: str, before: str, after: str) -> bool:
    """Whether two contents of a file say the same."""
    return same_value(*(parse_structured(path, text.encode()) for text in (before, after)))


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.yaml", "model: a # one", "# another\nmodel:    a"),
        ("a.yaml", "model: a", "'model': \"a\""),
        ("a.yml", "{a: 1, b: [1, 2]}", "b:\n  - 1\n  - 2\na: 1\n"),
        ("a.yaml", "a: |\n  one\n  two\n", 'a: "one\\ntwo\\n"'),
        ("a.yaml", "a: &x 1\nb: *x", "a: 1\nb: 1"),
        ("a.yaml", "a: 1", "a: 1\r\n"),
        ("a.yaml", "'model': a # x", "model: \"a\""),
        ("A.JSON", '{"a": 1, "b": "\\u8fd4"}', '{ "b":"返", "a":1 }\n'),
        ("a.toml", '# x\n[m]\nq = "int8"', "m.q = 'int8'  # y"),
        ("a.toml", "a = 0x10", "a = 16"),
        ("a.yaml", "a: .nan # x", "a: .nan # y"),
        ("a.toml", "a = nan", "a = nan # x"),
    ],
)
def test_another_way_to_write_the_same_is_no_change(path: str, before: str, after: str) -> None:
    assert same(path, before, after)


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.yaml", "a: 1", "a: '1'"),
        ("a.yaml", "a: true", "a: 1"),
        ("a.yaml", "a: [true]", "a: [1]"),
        ("a.yaml", "a: no", "a: 'no'"),
        ("a.yaml", "a: ~", "{}"),
        ("a.yaml", "a: ~", "a: ''"),
        ("a.yaml", "a: [1, 2]", "a: [2, 1]"),
        ("a.yaml", "a: 2027-01-31", "a: '2027-01-31'"),
        ("a.json", '{"a": 0}', '{"a": false}'),
        ("a.json", "[]", "{}"),
        ("a.toml", "a = 1", "a = 1.5"),
        # Which of two spellings a service's own parser takes for which value is not ours to say.
        ("a.yaml", "on: yes", "on: true"),
        ("a.yaml", "a: no", "a: false"),
        ("a.yaml", "a: 1e-3", "a: '1e-3'"),
        ("a.yaml", "a: 0o17", "a: '0o17'"),
        ("a.yaml", "1: a", "'1': a"),
        ("a.yaml", "a: y", "a: 'y'"),
        ("a.json", "[0]", "[-0.0]"),
        ("a.toml", "a = 07:32:00", "a = 08:32:00"),
        ("a.yaml", "temperature: 1", "temperature: 1.0"),
        ("a.json", '{"top_k": 40}', '{"top_k": 40.0}'),
        ("a.toml", "top_k = 40", "top_k = 40.0"),
    ],
)
def test_another_value_or_type_is_a_change(path: str, before: str, after: str) -> None:
    assert not same(path, before, after)


@pytest.mark.parametrize(
    ("path", "content", "why"),
    [
        ("a.yaml", b"a: [", "while parsing a flow node did not find expected node content in "
         '"<unicode string>", line 2, column 1'),
        ("a.yaml", b"a: 1\n---\nb: 2", "expected a single document in the stream in "
         '"<unicode string>", line 1, column 1 but found another document in '
         '"<unicode string>", line 2, column 1'),
        ("a.yaml", b"a: 1\na: 2", "a key is given twice"),
        ("a.json", b'{"a": 1, "a": 1}', "a key is given twice"),
        ("a.yaml", b"? [a]\n: b", "a key is not plain text"),
        ("a.yaml", b"a: !!str 1", "gives a value the tag tag:yaml.org,2002:str"),
        ("a.yaml", b"a: !env b", "gives a value the tag !env"),
        ("a.yaml", b"%YAML 1.2\n---\na: no", "says which YAML it is written in"),
        ("a.yaml", b"\xef\xbb\xbfa: 1", "starts with a byte order mark"),
        ("a.toml", b"\xef\xbb\xbfa = 1", "starts with a byte order mark"),
        ("a.yaml", b"\xff", None),
        ("a.json", b"", "Expecting value: line 1 column 1 (char 0)"),
        ("a.json", b'{"a": 1} // x', "Extra data: line 1 column 10 (char 9)"),
        ("a.json", b'{"a": ' + b"9" * 5000 + b"}", None),
        ("a.json", b"[" * 100_000, "nests without end"),
        ("a.toml", b"a = 1\na = 2", None),
        ("a.toml", b"a = " + b"[" * 5_000, "nests without end"),
        ("a.yaml", b"&a [*a]", "nests without end"),
        ("a.yaml", b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
            b"%c: &%c [%s]\n" % (n, n, b", ".join([b"*%c" % (n - 1)] * 9))
            for n in range(98, 105)), "holds more than 50000 values"),
        ("a.yaml", b"- x\n" * 60_000, "holds more than 50000 values"),
        ("a.json", b" " * (MAX_BYTES + 1), "larger than 1000000 bytes"),
    ],
)
def test_what_is_not_what_its_name_says_is_told(
    path: str, content: bytes, why: str | None
) -> None:
    with pytest.raises(Unparsable) as told:
        parse_structured(path, content)
    assert why is None or str(told.value) == why
    assert len(str(told.value).splitlines()) == 1


@pytest.mark.parametrize("depth", [1_000, 5_000])
def test_deep_nesting_is_either_compared_or_told(depth: int) -> None:
    content = b"[" * depth + b"]" * depth
    with pytest.raises(Unparsable, match="nests"):
        same_value(*(parse_structured("a.yaml", content) for _ in range(2)))


def test_nesting_of_any_depth_is_told() -> None:
    code = ("from gatekeeper.formats.structured import Unparsable, parse_structured\n"
            "try: parse_structured('a.yaml', b'[' * 40_000)\n"
            "except Unparsable: print('told')")
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True,
                          check=False)
    assert (done.returncode, done.stdout) == (0, "told\n")


@given(path=st.sampled_from(["a.yaml", "a.json", "a.toml"]), content=st.binary(max_size=40)
       | st.text(st.sampled_from("ab:-[]{}\"'#&*!?=.,|>\n \t01~<返")).map(str.encode))
def test_any_bytes_are_a_value_or_told(path: str, content: bytes) -> None:
    try:
        value = parse_structured(path, content)
    except Unparsable:
        return
    assert isinstance(show_value(value), str)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "返"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=6,
)


@given(values, values)
def test_equal_is_what_json_writes_the_same(one: Any, other: Any) -> None:
    assert same_value(one, other) is (
        json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))


@given(values)
def test_a_value_is_the_same_however_yaml_lays_it_out(value: Any) -> None:
    one, other = (yaml.safe_dump(value, default_flow_style=flow, indent=2 + flow).encode()
                  for flow in (False, True))
    assert same_value(parse_structured("a.yaml", one), parse_structured("a.yaml", other))


FILE = {"model": {"name": "a", "size": 7}, "list": [{"x": 1}, 2], "m/n": 3, "t~u": 4, "port": 8000}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/model/name", "a"),
        ("/model", {"name": "a", "size": 7}),
        ("/list/0/x", 1),
        ("/list/1", 2),
        ("/m~1n", 3),
        ("/t~0u", 4),
        ("/", FILE),
        ("/none", MISSING),
        ("/model/name/x", MISSING),
        ("/list/2", MISSING),
        ("/list/-1", MISSING),
        ("/list/x", MISSING),
        ("/list/²", MISSING),
    ],
)
def test_a_pointer_leads_to_a_value_or_nowhere(pointer: str, value: object) -> None:
    assert at_pointer(FILE, pointer) == value


def test_a_pointer_leads_to_a_key_that_yaml_takes_for_a_number() -> None:
    value = parse_structured("a.yaml", b"ports: {8000: open}")
    assert at_pointer(value, "/ports/8000") == "open"


@pytest.mark.parametrize(
    ("pointers", "left"),
    [
        (["/model"], {"b": 1}),
        (["/model/name"], {"model": {"size": 7}, "b": 1}),
        (["/model", "/model/name"], {"b": 1}),
        (["/model/name", "/model/size", "/b"], {"model": {}}),
        (["/none", "/model/name/x"], {"model": {"name": "a", "size": 7}, "b": 1}),
        (["/"], {"model": {"name": "a", "size": 7}, "b": 1}),
    ],
)
def test_what_is_left_of_a_file_is_without_what_is_watched(
    pointers: list[str], left: object
) -> None:
    value = {"model": {"name": "a", "size": 7}, "b": 1}
    assert without_pointers(value, pointers) == left
    assert value == {"model": {"name": "a", "size": 7}, "b": 1}


@pytest.mark.parametrize("pointer", ["/m~1n", "/t~0u", "/list/0/x"])
def test_what_any_pointer_reaches_is_taken_out(pointer: str) -> None:
    assert at_pointer(without_pointers(FILE, [pointer]), pointer) is MISSING


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (MISSING, "absent"),
        ("int8", "int8"),
        (1, "1"),
        (True, "true"),
        (None, "null"),
        ({"b": [1], "a": "返"}, '{"a": "返", "b": [1]}'),
        (["x" * 100], '["' + "x" * 77 + "…"),
    ],
)
def test_a_value_is_shown_on_one_line(value: object, shown: str) -> None:
    assert show_value(value) == shown


@pytest.mark.parametrize(("path", "structured"), [
    ("a.yaml", True), ("b/A.YML", True), ("a.json", True), ("a.toml", True), ("yaml", False),
    ("a.jsonl", False), ("a.yaml.txt", False)])
def test_a_name_promises_structure_or_does_not(path: str, structured: bool) -> None:
    assert is_structured(path) is structured
