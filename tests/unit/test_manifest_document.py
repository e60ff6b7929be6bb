"""YAML with places: what a manifest's text is before anything is made of it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.manifest.document import MAX_NODES, Fields, Items, Place, Scalar, parse_yaml


def problems(text: str) -> list[str]:
    """What is wrong with a text as YAML, without the help lines."""
    return [str(problem).partition("\n")[0] for problem in parse_yaml(text, "g.yaml")[1]]


def test_every_key_and_value_knows_its_line_and_column() -> None:
    root, found = parse_yaml("# remark\nservice:\n  port: 8000\ngates: [a, 'b']\n", "g.yaml")
    assert not found
    assert root == Fields(Place(2, 1), {
        "service": (Place(2, 1), Fields(Place(3, 3), {
            "port": (Place(3, 3), Scalar(Place(3, 9), "8000", "int"))})),
        "gates": (Place(4, 1), Items(Place(4, 8), (
            Scalar(Place(4, 9), "a", "str"), Scalar(Place(4, 12), "b", "str")))),
    })


@pytest.mark.parametrize(
    ("text", "tag"),
    [("no", "bool"), ("on", "bool"), ("'no'", "str"), ("~", "null"), ("", "null"), ("1", "int"),
     ("1_000", "int"), ("1:30", "int"), ("1.0", "float"), (".nan", "float"), ("1e3", "str"),
     ("2027-01-31", "timestamp"), ("はい", "str"), ("'1'", "str"), ("!!str 1", "str")],
)
def test_a_scalar_keeps_its_text_and_what_yaml_takes_it_for(text: str, tag: str) -> None:
    root, _ = parse_yaml(f"key: {text}", "g.yaml")
    assert isinstance(root, Fields)
    node = root.entries["key"][1]
    assert isinstance(node, Scalar)
    assert (node.text, node.tag) == (text.removeprefix("!!str ").strip("'"), tag)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["g.yaml:1:1: the file is empty"]),
        ("\n# nothing but a remark\n", ["g.yaml:1:1: the file is empty"]),
        ("a: 1\nb: 2\na: 3\n", ["g.yaml:3:1: `a` is given twice (first on line 1)"]),
        ("a: {b: 1, b: 2}\n", ["g.yaml:1:11: `b` is given twice (first on line 1)"]),
        ("'a': 1\n\"a\": 2\na: 3", ["g.yaml:2:1: `a` is given twice (first on line 1)",
                                   "g.yaml:3:1: `a` is given twice (first on line 2)"]),
        ("? [a]\n: 1\n", ["g.yaml:1:3: a key must be plain text"]),
        ("a: 1\n\tb: 2\n", ["g.yaml:2:1: not YAML: found a tab character that violates "
                            "indentation"]),
        ("a: [1\nb: 2\n", ["g.yaml:2:2: not YAML: did not find expected ',' or ']'"]),
        ("a: 1\n---\nb: 2\n", ["g.yaml:2:1: not YAML: but found another document"]),
        ("a: *nowhere\n", ["g.yaml:1:4: not YAML: found undefined alias"]),
        ("a: 'open\n", ["g.yaml:2:1: not YAML: found unexpected end of stream"]),
        ("a: b: c\n", ["g.yaml:1:5: not YAML: mapping values are not allowed in this context"]),
        ("a: @x\n", ["g.yaml:1:4: not YAML: found character that cannot start any token"]),
        ("x" * 1_000_001, ["g.yaml: the file is larger than 1000000 bytes"]),
        ("a: 1\nb: \x00\n", ["g.yaml:2:4: not YAML: control characters are not allowed"]),
    ],
)
def test_what_is_no_sound_yaml_is_told_with_its_place(text: str, expected: list[str]) -> None:
    assert problems(text) == expected


def test_an_anchor_is_as_good_as_its_words() -> None:
    root, found = parse_yaml("a: &x [1]\nb: *x\n", "g.yaml")
    assert not found
    assert isinstance(root, Fields)
    assert root.entries["a"][1] == root.entries["b"][1]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9))
ENDLESS = ["g.yaml:1:1: the file nests or repeats itself without end"]


@pytest.mark.parametrize(
    "text",
    [BOMB, "&a [*a]", "a: &a {b: *a}", "[" * 2_000 + "]" * 2_000, "a: " + "{b: " * 2_000
     + "}" * 2_000, "- " * 2_000 + "x", "- x\n" * MAX_NODES],
    ids=["bomb", "list in itself", "mapping in itself", "deep list", "deep mapping",
         "deep block", "long list"],
)
def test_what_nests_or_repeats_without_end_is_one_problem(text: str) -> None:
    assert problems(text) == ENDLESS


@pytest.mark.parametrize("text", ["'[' * 40_000", "'- ' * 40_000"], ids=["lists", "block"])
def test_nesting_of_any_depth_is_one_problem(text: str) -> None:
    code = ("from gatekeeper.manifest.document import parse_yaml\n"
            f"node, problems = parse_yaml({text}, 'g.yaml')\n"
            "print(node, len(problems))")
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True,
                          check=False)
    assert (done.returncode, done.stdout) == (0, "None 1\n")


@pytest.mark.parametrize("text", [
    "!!python/object/apply:os.system ['true']", "!!python/name:os.system ''", "!!binary aGk=",
    "!own {a: 1}", "!!set {a, b}"])
def test_no_tag_makes_anything_but_a_node(text: str) -> None:
    root, found = parse_yaml(f"a: {text}\n", "g.yaml")
    assert not found
    assert isinstance(root, Fields)
    assert isinstance(root.entries["a"][1], (Scalar, Items, Fields))


yamlish = st.lists(st.sampled_from([
    "a", "b: ", "- ", "? ", ": ", "[", "]", "{", "}", ",", "'", '"', "|", ">", "&x ", "*x", "!t ",
    "#", "%", "@", "\n", "\n  ", "\t", "---", "...", "<<", "\x00", "\ufeff", "返金", "1", "no",
]), max_size=15).map("".join)


@given(yamlish | st.text(max_size=30))
def test_any_text_is_a_node_or_a_problem(text: str) -> None:
    root, found = parse_yaml(text, "g.yaml")
    assert root is not None or found
    for problem in found:
        assert problem.line >= 1
        assert problem.column >= 1
