"""The comment of a pull request: how it is known again, and that GitHub takes it whatever is in
it."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.errors import CouldNotMeasure, FilesNeedMending, Problem
from gatekeeper.evidence.record import SideRecord
from gatekeeper.model import Change, ChangeKind, Fault
from gatekeeper.ports import StartFailure
from gatekeeper.report.comment import (
    Mark,
    complaint,
    gate_digest,
    make_body,
    make_complaint,
    read_mark,
)
from gatekeeper.report.limits import COMMENT_BYTES, COMMENT_CHARACTERS
from gatekeeper.report.visit import Visit
from tests.support.builders import failed, hostile_text, judged, judgement

MARK = Mark(gate_digest("gatekeeper"), "1" * 40, 12, 3, 1_790_000_000)
VISIT = Visit("gatekeeper", 7)


def test_a_mark_is_read_as_it_was_written() -> None:
    assert str(MARK).startswith("<!-- gatekeeper:")
    assert read_mark(f"{MARK}\n## ✅ gatekeeper: pass") == MARK
    assert read_mark(f"{MARK}\r\n## as a browser's editor leaves it") == MARK


@pytest.mark.parametrize("body", ["", "## ✅ gatekeeper: pass", f"> {MARK}", f" {MARK}",
                                  f"text\n{MARK}", str(MARK).replace("run=", "run=x"),
                                  str(MARK).replace("1" * 40, "main"), f"{MARK} {MARK}"])
def test_what_only_resembles_a_mark_is_none(body: str) -> None:
    assert read_mark(body) is None


def test_newer_is_a_job_that_began_later_whatever_its_runs_number() -> None:
    again = replace(MARK, run=11, attempt=2, began=MARK.began + 60)
    assert again.is_newer_than(MARK)
    assert not MARK.is_newer_than(again)
    assert not MARK.is_newer_than(MARK)


def test_every_name_of_a_gate_has_a_mark_of_its_own() -> None:
    names = ["gatekeeper", "gatekeeper (a/gatekeeper.yaml)", "-->", "\ud800", ""]
    assert len({gate_digest(name) for name in names}) == len(names)
    assert all(re.fullmatch("[0-9a-f]{16}", gate_digest(name)) for name in names)


@given(hostile_text, st.integers(0, 250), st.integers(1, 300))
@settings(max_examples=15, deadline=None)
def test_github_takes_it_whatever_is_in_it(text: str, rows: int, length: int) -> None:
    long = (text or "返") * length
    failure = StartFailure(long, Fault.CHANGE, long, "\n".join([long] * 30))
    body = make_body(judgement(
        *(judged(f"{n}{long}", failed(long, long)) for n in range(rows)),
        changes=tuple(Change(ChangeKind.CODE, f"{n}{long}") for n in range(rows)),
        subject=long, runtime=long, manifest_path=long, head=SideRecord(failure=failure),
    ), MARK, Visit(long, 7, notes=(long,) * 3))
    assert len(body) <= COMMENT_CHARACTERS
    assert len(body.encode()) <= COMMENT_BYTES
    assert read_mark(body) == MARK
    assert len(re.findall("<!--|-->", body)) == 2
    table = [line for line in body.splitlines() if line.startswith("| format |")]
    assert all(line.endswith(" |") for line in table)


def test_what_must_be_mended_is_listed_with_its_place() -> None:
    error = FilesNeedMending([Problem("gatekeeper.yaml", 3, 5, "unknown key `gatez`", "`gates`"),
                              Problem("eval_cases.csv", 2, 0, "no prompt")])
    body = html.unescape(re.sub("</?code>", "", make_complaint(error, MARK, VISIT)))
    assert body.splitlines()[1] == "## ❔ gatekeeper: files must be mended, and therefore blocked"
    assert "- gatekeeper.yaml:3:5: unknown key `gatez`\n- help: `gates`\n" in body
    assert "- eval_cases.csv:2:0: no prompt\n" in body


def test_what_could_not_be_done_is_told_with_what_to_do() -> None:
    told = complaint(CouldNotMeasure("no Docker engine: @x", "start Docker"))
    assert told.startswith("## ❔ gatekeeper: could not judge, and therefore blocked\n")
    assert "@" not in told
    assert "\nHelp: <code>start Docker</code>\n" in told
