"""The check run: its conclusion, its remarks on lines, and the requests that make it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from gatekeeper.errors import CouldNotMeasure, FilesNeedMending, Interrupted, Problem
from gatekeeper.model import Change, ChangeKind
from gatekeeper.policy.resolve import Places
from gatekeeper.report.annotations import MAX_MESSAGE, MAX_TITLE, Annotation, Level, annotate
from gatekeeper.report.check_run import (
    BATCH,
    MOST,
    SUMMARY,
    CheckRun,
    bodies,
    make_check,
    make_complaint_check,
)
from gatekeeper.report.visit import Visit
from tests.support.builders import PASSED, failed, hostile_text, judged, judgement
from tests.support.make import make_case

VISIT = Visit("gatekeeper", 7)
SHA = "1" * 40


def test_a_block_names_gates_and_failures_and_never_an_average() -> None:
    check = make_check(judgement(judged("a", failed("x")), judged("b", PASSED)), VISIT)
    assert (check.name, check.conclusion) == ("gatekeeper report", "failure")
    assert check.title == "blocked; gate share not open; 1 case failed"
    assert check.summary.startswith("## ⛔ gatekeeper: blocked\n")


def test_a_pass_is_a_success() -> None:
    check = make_check(judgement(judged("b", PASSED)), VISIT)
    assert (check.conclusion, check.title, check.annotations) == ("success", "pass", ())


@pytest.mark.parametrize(("error", "conclusion"), [
    (CouldNotMeasure("no Docker engine"), "failure"), (Interrupted("stopped"), "cancelled"),
    (FilesNeedMending([Problem("gatekeeper.yaml", 3, 1, "unknown key")]), "failure")])
def test_no_verdict_is_no_success(error: CouldNotMeasure, conclusion: str) -> None:
    assert make_complaint_check(error, VISIT).conclusion == conclusion


def test_remarks_stand_on_the_lines_that_matter() -> None:
    told = judgement(judged("a", failed("x")),
                     changes=(Change(ChangeKind.QUANTIZATION, "m.toml", "/q", "8", "2",
                                     head_line=4),
                              Change(ChangeKind.CODE, "a.py", note="edited")))
    places = Places((make_case("a"),), {("share", "failures == 0"): 9})
    remarks = annotate(replace(told, policy=replace(told.policy, places=places)))
    assert [(one.level, one.path, one.line, one.title) for one in remarks] == [
        (Level.FAILURE, "gatekeeper.yaml", 9, "gate share is closed"),
        (Level.FAILURE, "eval_cases.csv", 2, "a (format, no baseline)"),
        (Level.NOTICE, "m.toml", 4, "quantization changed")]
    assert remarks[1].message == "expected: expected 1\ngot: x\nrun it alone: " \
                                 "gatekeeper run --case a"
    assert remarks[2].message == "quantization: 8 → 2 (m.toml#/q)"


def test_what_must_be_mended_is_remarked_on_where_it_stands() -> None:
    error = FilesNeedMending([Problem("gatekeeper.yaml", 3, 1, "unknown key", "`gates`"),
                              Problem("base:gatekeeper.yaml", 3, 1, "unknown key")])
    remark, = make_complaint_check(error, VISIT).annotations
    assert (remark.path, remark.line, remark.message) == ("gatekeeper.yaml", 3,
                                                          "unknown key\n`gates`")


def remarks_of(number: int) -> tuple[Annotation, ...]:
    """So many remarks."""
    return tuple(Annotation(Level.FAILURE, "a.csv", n + 1, "t", "m") for n in range(number))


@pytest.mark.parametrize(("number", "sizes"), [(0, [0]), (1, [1]), (BATCH, [BATCH]),
                                               (BATCH + 1, [BATCH, 1]), (MOST + 7, [BATCH] * 4)])
def test_remarks_travel_in_batches_and_the_rest_is_counted(number: int, sizes: list[int]) -> None:
    check = CheckRun("gatekeeper report", "failure", "t", "s", remarks_of(number))
    requests = list(bodies(check, SHA, "https://x", "1.1"))
    assert [len(one["output"]["annotations"]) for one in requests] == sizes
    assert [one.get("head_sha") for one in requests] == [SHA, *[None] * (len(sizes) - 1)]
    assert all(("7 more remarks" in one["output"]["summary"]) is (number > MOST)
               for one in requests)


@given(hostile_text)
@settings(max_examples=15, deadline=None)
def test_github_takes_it_whatever_is_in_it(text: str) -> None:
    long = text * 100
    check = make_check(judgement(*(judged(f"{n}{long}", failed(long)) for n in range(30)),
                                 manifest_path=long or "x", cases_path=long or "x"), VISIT)
    assert len(check.summary) <= SUMMARY
    assert len(check.summary.encode()) <= SUMMARY
    for one in check.annotations:
        assert len(one.title) <= MAX_TITLE
        assert len(one.message) <= MAX_MESSAGE
        assert not any(char < " " and char != "\n" for char in one.message + one.title)
