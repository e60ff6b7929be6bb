"""Own checks: what an entry point is, what it is fed, and what of its answers counts. Pure.

An own check is one function in one file, `path/to/file.py:function`. It is given a reply as a
mapping and returns one with `passed`, `expected` and `got`. docs/own-checks.md has the whole of it.
"""

from __future__ import annotations

import ast
import posixpath
import re
import warnings
from dataclasses import dataclass
from typing import Any

from gatekeeper.checks.jsontext import NotJson, parse_json
from gatekeeper.formats.canonical import plain, to_line
from gatekeeper.model import Answer, Case, Side

MAX_FILE = 256 * 1024
"""Bytes of an own check's file."""
MAX_ANSWER = 4096
"""Characters of an answer that are kept. A longer one was cut off, and is none."""
_ENTRY = re.compile(r"(?P<path>[^:\s]+\.py):(?P<function>[^\W\d]\w*)")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry point."""

    path: str
    """Relative to the manifest."""
    function: str

    def __str__(self) -> str:
        return f"{self.path}:{self.function}"


@dataclass(frozen=True, slots=True)
class OwnFinding:
    """What an own check says of one reply."""

    passed: bool
    expected: str
    got: str


class NoFinding(ValueError):
    """Why an answer of an own check cannot be read."""


def read_entry(text: str) -> Entry:
    """`path/to/file.py:function`; ValueError with what is wrong."""
    match = _ENTRY.fullmatch(text)
    if match is None:
        raise ValueError("needs an entry point: `python:path/to/file.py:function`")
    path = match["path"]
    if path.startswith(("/", "..")) or path != posixpath.normpath(path):
        raise ValueError(f"`{path}` is not a plain path below the manifest's folder")
    return Entry(path, match["function"])


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with an own check's file, 1-based; line 0 for the file itself."""

    line: int
    column: int
    message: str
    hint: str = ""


def flaw_in(source: bytes, function: str) -> Flaw | None:
    """What keeps a file from having this function, without running any of it; None where it has."""
    if len(source) > MAX_FILE:
        return Flaw(0, 0, f"larger than {MAX_FILE} bytes", "an own check is one file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except SyntaxError as error:
        return Flaw(error.lineno or 1, error.offset or 1, f"not Python: {error.msg}")
    except (ValueError, RecursionError, MemoryError) as error:
        return Flaw(0, 0, f"not Python: {error or type(error).__name__}")
    found = [node for node in tree.body
             if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function]
    if not found:
        there = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        return Flaw(0, 0, f"no function `{function}` is defined at its top",
                    f"there is {', '.join(f'`{name}`' for name in there)}" if there else
                    f"write `def {function}(reply):`")
    node = found[-1]
    if isinstance(node, ast.AsyncFunctionDef):
        return Flaw(node.lineno, node.col_offset + 1, f"`{function}` is asynchronous",
                    f"write `def {function}(reply):`")
    arguments = node.args
    takes = len(arguments.posonlyargs) + len(arguments.args)
    owed = takes - len(arguments.defaults)
    keywords = sum(default is None for default in arguments.kw_defaults)
    if owed > 1 or keywords or not (takes or arguments.vararg):
        return Flaw(node.lineno, node.col_offset + 1, f"`{function}` cannot be called with one "
                    "value", f"write `def {function}(reply):`")
    return None


def item(case: Case, side: Side, number: int, answer: Answer) -> dict[str, Any]:
    """What an own check is told of one reply, as JSON data."""
    return {
        "case": case.case_id,
        "side": side.value,
        "number": number,
        "risk": case.risk.value,
        "prompt": case.prompt,
        "expected_behavior": case.expected_behavior,
        "text": answer.text,
        "finish_reason": answer.finish_reason,
        "citations": plain(answer.citations),
    }


def read_answer(text: str) -> OwnFinding:
    """One answer as it is kept; NoFinding where it does not say what an answer must."""
    if len(text) > MAX_ANSWER:
        raise NoFinding("an answer that was cut off")
    try:
        value = parse_json(text)
    except NotJson as error:
        raise NoFinding(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise NoFinding("not a mapping")
    passed, expected, got = (value.get(name) for name in ("passed", "expected", "got"))
    if not isinstance(passed, bool):
        raise NoFinding("`passed` is not true or false")
    if not isinstance(expected, str) or not isinstance(got, str) or not expected.strip():
        raise NoFinding("`expected` and `got` must be text, and `expected` not empty")
    return OwnFinding(passed, expected, got)


def read_out(out: bytes) -> dict[tuple[str, str, int], list[dict[str, Any]]]:
    """What an own check wrote: case, side and number of a reply -> its answers, of which there
    should be one. A line that is no answer to anything is nobody's."""
    answers: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for line in out.split(b"\n"):
        try:
            value = parse_json(line.decode("utf-8"))
            key = (str(value["case"]), str(value["side"]), int(value["number"]))
        except (ValueError, TypeError, KeyError, OverflowError):
            continue
        answers.setdefault(key, []).append(value)
    return answers


def given_to(entry: Entry, source: bytes, items: list[dict[str, Any]]) -> bytes:
    """The input of one run: the check itself, then a reply a line."""
    job = {"path": entry.path, "function": entry.function, "count": len(items),
           "source": source.decode("utf-8", "replace")}
    return "".join(map(to_line, (job, *items))).encode()
