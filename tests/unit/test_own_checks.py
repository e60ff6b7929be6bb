"""Own checks: entry points, files looked at without being run, and what of their answers counts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gatekeeper.adapters.own_check_runner as runner
from gatekeeper.model import Answer, Side
from gatekeeper.witnesses.own_checks import (
    MAX_ANSWER,
    MAX_FILE,
    Entry,
    NoFinding,
    OwnFinding,
    flaw_in,
    given_to,
    item,
    read_answer,
    read_entry,
    read_out,
)
from tests.support.builders import any_text, hostile_text
from tests.support.make import make_case


@pytest.mark.parametrize(("text", "entry"), [
    ("tone.py:polite", Entry("tone.py", "polite")),
    ("checks/a-b/tone.py:_polite2", Entry("checks/a-b/tone.py", "_polite2")),
    ("確認/口調.py:丁寧", Entry("確認/口調.py", "丁寧")),
])
def test_an_entry_point(text: str, entry: Entry) -> None:
    assert read_entry(text) == entry
    assert str(entry) == text


@pytest.mark.parametrize("text", [
    "", "tone.py", "tone:polite", "tone.py:", ":polite", "tone.py:2", "tone.py:a.b", "a b.py:c",
    "/tone.py:polite", "../tone.py:polite", "a/../tone.py:polite", "./tone.py:polite",
    "a//tone.py:polite", "tone.py:polite\n", "tone.py:polite()", "..py/../../x.py:f",
])
def test_no_entry_point(text: str) -> None:
    with pytest.raises(ValueError, match=r"entry point|plain path"):
        read_entry(text)


@pytest.mark.parametrize("source", [
    "def f(reply):\n    return {}\n",
    "def f(reply, *, strict=True):\n    pass\n",
    "def f(*replies): pass",
    "def f(reply, more=None): pass",
    "raise SystemExit('never run')\ndef f(reply, /): pass",
    "x = '\\d'\ndef f(reply): pass",
    "def f(): pass\ndef f(reply): pass",
])
def test_a_function_that_can_be_called(source: str) -> None:
    assert flaw_in(source.encode(), "f") is None


@pytest.mark.parametrize(("source", "line", "message"), [
    ("x = 1", 0, "no function `f` is defined at its top"),
    ("class A:\n    def f(self, reply): pass", 0, "no function"),
    ("from other import f", 0, "no function"),
    ("f = lambda reply: {}", 0, "no function"),
    ("\nasync def f(reply): pass", 2, "asynchronous"),
    ("def f(): pass", 1, "cannot be called with one value"),
    ("def f(a, b): pass", 1, "cannot be called with one value"),
    ("def f(a, *, b): pass", 1, "cannot be called with one value"),
    ("def f(reply):\n  return {\n", 2, "not Python"),
    ("(" * 5000, 1, "not Python"),
    ("x" * (MAX_FILE + 1), 0, "larger than"),
])
def test_what_keeps_a_file_from_being_one(source: str, line: int, message: str) -> None:
    flaw = flaw_in(source.encode(), "f")
    assert flaw is not None
    assert (flaw.line, message in flaw.message) == (line, True), flaw


@given(st.binary(max_size=60))
def test_looking_at_a_file_never_fails(source: bytes) -> None:
    assert flaw_in(source, "f") is not None


def test_a_nul_is_not_python() -> None:
    flaw = flaw_in(b"def f(reply): pass\0", "f")
    assert flaw is not None
    assert flaw.message.startswith("not Python")


def test_an_answer() -> None:
    assert read_answer('{"passed": false, "expected": "kind", "got": "rude", "more": 1}') == \
        OwnFinding(False, "kind", "rude")


@pytest.mark.parametrize("text", [
    "", "true", "null", "[]", "{}", '{"passed": true}',
    '{"passed": 1, "expected": "a", "got": "b"}',
    '{"passed": "true", "expected": "a", "got": "b"}',
    '{"passed": true, "expected": "", "got": "b"}',
    '{"passed": true, "expected": "a", "got": null}',
    '{"passed": true, "expected": "a"}',
    '{"passed": false, "passed": true, "expected": "a", "got": "b"}',
    '{"passed": true, "expected": "a", "got": NaN}',
    '{"passed": true, "expected": "a", "got": "' + "x" * MAX_ANSWER + '"}',
])
def test_no_answer(text: str) -> None:
    with pytest.raises(NoFinding):
        read_answer(text)


@given(hostile_text | any_text | st.text(alphabet='{}[]":,truepasd ', max_size=40))
def test_reading_an_answer_finds_something_or_says_why(text: str) -> None:
    try:
        found: object = read_answer(text)
    except NoFinding as error:
        found = str(error)
    assert isinstance(found, OwnFinding) or found


def line(**value: object) -> bytes:
    """One line of an own check's output."""
    return json.dumps({"case": "a", "side": "head", "number": 1, **value}).encode() + b"\n"


def test_output_is_sorted_by_what_it_is_about() -> None:
    out = line(passed=True) + b"noise\n" + b"\xff\n" + line(case="b") + line(passed=False) + b"{}\n"
    found = read_out(out + line(number="x") + line(number=[]) + line()[:-5])
    assert {key: len(rows) for key, rows in found.items()} == \
        {("a", "head", 1): 2, ("b", "head", 1): 1}


@given(st.binary(max_size=80))
def test_output_of_any_kind_is_read(out: bytes) -> None:
    assert isinstance(read_out(out), dict)


def run(source: str, *texts: str) -> list[dict[str, object]]:
    """Run a check as the container would, without one."""
    items = [item(make_case(f"c{n}"), Side.HEAD, 1, Answer(text)) for n, text in enumerate(texts)]
    program = Path(runner.__file__).read_text("utf-8")
    done = subprocess.run([sys.executable, "-I", "-B", "-c", program], capture_output=True,
                          input=given_to(Entry("c.py", "f"), source.encode(), items), check=False,
                          timeout=60)
    return [json.loads(row) for row in done.stdout.splitlines()]


def test_each_reply_is_answered_on_a_line_of_its_own() -> None:
    source = ("def f(reply):\n    print('noise')\n"
              "    return {'passed': '30' in reply['text'], 'expected': 'a period',\n"
              "            'got': reply['text']}\n")
    found = run(source, "30 days", "\u2028soon\ud800")
    assert [row["passed"] for row in found] == [True, False]
    assert found[1] == {"case": "c1", "number": 1, "side": "head", "passed": False,
                        "expected": "a period", "got": "\u2028soon\ud800"}


@pytest.mark.parametrize(("body", "error"), [
    ("raise ValueError('no')", "ValueError: no"),
    ("return None", "TypeError"),
    ("return {'passed': True}", "KeyError: 'expected'"),
    ("return {'passed': {1}, 'expected': '', 'got': ''}", "TypeError"),
])
def test_a_check_that_fails_on_one_reply_answers_for_the_others(body: str, error: str) -> None:
    found = run(f"def f(reply):\n    if reply['case'] == 'c0':\n        {body}\n"
                "    return {'passed': True, 'expected': 'a', 'got': 'b'}\n", "x", "y")
    assert str(found[0]["error"]).startswith(error)
    assert found[1]["passed"] is True


def test_a_check_that_ends_the_process_leaves_the_rest_unanswered() -> None:
    assert run("import os\ndef f(reply):\n    os._exit(0)\n", "x", "y") == []
    assert run("raise KeyError('at import')\ndef f(reply): pass\n", "x") == []
