"""The line on which a value stands, in every kind of file that is compared by value."""

from __future__ import annotations

import pytest
from hypothesis import given

from gatekeeper.formats.places import line_of
from tests.support.builders import any_text

YAML = b"model: a # first\nserve:\n  quantization: int8\n  stop: [one,\n    two]\n"
JSON = b'{\n "model": "a",\n "serve": {"quantization":\n   "int8", "stop": ["one",\n "two"]}}\n'
TOML = b"model = 'a'\n[serve]\nquantization = 'int8' # x\nstop = [\n 'one',\n 'two']\n" \
       b"[serve.deep]\n\"a.b\" = 1\nx.y = 2\n"


@pytest.mark.parametrize(("path", "content", "pointer", "line"), [
    ("m.yaml", YAML, "/model", 1), ("m.yaml", YAML, "/serve/quantization", 3),
    ("m.yaml", YAML, "/serve/stop/1", 5), ("m.yaml", YAML, "/nowhere", 0),
    ("m.json", JSON, "/model", 2), ("m.json", JSON, "/serve/quantization", 3),
    ("m.json", JSON, "/serve/stop/1", 5),
    ("m.toml", TOML, "/model", 1), ("m.toml", TOML, "/serve/quantization", 3),
    ("m.toml", TOML, "/serve/stop/1", 4), ("m.toml", TOML, "/serve/deep/a.b", 8),
    ("m.toml", TOML, "/serve/deep/x/y", 9), ("m.toml", TOML, "/nowhere", 0),
    ("m.yaml", b"a: [", "/a", 0), ("m.yaml", b"", "/a", 0), ("m.toml", b"\xff\x00", "/a", 0),
])
def test_where_a_value_stands(path: str, content: bytes, pointer: str, line: int) -> None:
    assert line_of(path, content, pointer) == line


@given(any_text, any_text)
def test_no_file_is_too_strange(text: str, pointer: str) -> None:
    content = text.encode("utf-8", "replace")
    for path in ("a.yaml", "a.json", "a.toml"):
        assert 0 <= line_of(path, content, "/" + pointer) <= content.count(b"\n") + 100
