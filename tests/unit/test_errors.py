"""Located problems, and errors that say whose turn it is to act."""

from __future__ import annotations

import pytest

from gatekeeper.errors import (
    CouldNotMeasure,
    ExitCode,
    FilesNeedMending,
    GatekeeperError,
    Interrupted,
    Problem,
    UsageError,
)


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("g.yaml", 3, 7, "unknown key `x`"), "g.yaml:3:7: unknown key `x`"),
        (Problem("g.yaml", 3, 7, "unknown key `x`", "did you mean `y`?"),
         "g.yaml:3:7: unknown key `x`\n    help: did you mean `y`?"),
        (Problem("c.csv", 0, 0, "there is no such file"), "c.csv: there is no such file"),
    ],
)
def test_a_problem_reads_as_a_compiler_writes_it(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_problems_of_all_files_are_told_in_order_of_file_line_and_column() -> None:
    problems = [Problem("b", 1, 1, "x"), Problem("a", 10, 1, "x"), Problem("a", 2, 9, "x"),
                Problem("a", 2, 1, "x")]
    assert str(FilesNeedMending(problems)).splitlines() == [
        "a:2:1: x", "a:2:9: x", "a:10:1: x", "b:1:1: x"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 2),
        (FilesNeedMending([]), 2),
        (CouldNotMeasure("x"), 3),
        (Interrupted("x"), 130),
        (GatekeeperError("x"), 3),
    ],
)
def test_an_error_knows_its_exit_code(error: GatekeeperError, code: int) -> None:
    assert error.exit_code == code
    assert error.exit_code is not ExitCode.PASS
