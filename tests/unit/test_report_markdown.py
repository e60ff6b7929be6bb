"""The report as GitHub Markdown, told by what its readers make of it."""

from __future__ import annotations

import html
import re
import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.evidence.record import SideRecord
from gatekeeper.model import Change, ChangeKind, Fault
from gatekeeper.ports import StartFailure
from gatekeeper.report.limits import STEPS, WHOLE, Limits
from gatekeeper.report.markdown import render, run_alone
from gatekeeper.report.rows import make_rows
from gatekeeper.report.visit import Visit
from tests.support.builders import (
    NO_ANSWER,
    NOT_ASKED,
    PASSED,
    failed,
    hostile_text,
    judged,
    judgement,
)


def edited(path: str) -> Change:
    """One changed file."""
    return Change(ChangeKind.CODE, path, note="edited")


def plain(markdown: str) -> str:
    """The text a person reads."""
    return html.unescape(re.sub(r"</?code>|<wbr>", "", markdown))


def tables(markdown: str) -> list[list[list[str]]]:
    """Every table as rows of cells, its rule left out."""
    found: list[list[list[str]]] = [[]]
    for line in markdown.splitlines():
        if line.startswith("|"):
            cells = [plain(cell).strip() for cell in line.strip("|").split("|")]
            found[-1].append(cells)
        elif found[-1]:
            found.append([])
    return [[table[0], *table[2:]] for table in found if table]


def test_the_failure_table_stands_first_and_the_counts_are_apart() -> None:
    shown = render(judgement(judged("ok", PASSED, PASSED), judged("none", NO_ANSWER, PASSED),
                             judged("days", failed("14 days"), PASSED, flipped=True)))
    failures, counts, gates = tables(shown)
    assert failures == [
        ["risk", "case", "expected", "got", "with this change"],
        ["format", "none", "an answer", "no answer: HTTP 500", "new"],
        ["format", "days", "expected 1", "14 days", "new"]]
    assert "\nAny of them alone: gatekeeper run --case CASE\n" in plain(shown)
    assert counts == [["risk", "passed", "failed", "error"], ["format", "1", "1", "1"]]
    assert gates == [["gate", "until", "measured", "state"],
                     ["share", "failures == 0", "1 to 2 (1 of 3 cases)", "**closed**"]]
    assert shown.splitlines()[0] == "## ⛔ gatekeeper: blocked"
    assert re.search(r"\n- digest: `sha256:[0-9a-f]{64}`\n", shown)


def test_a_run_in_which_all_is_well_says_none() -> None:
    shown = render(judgement(judged("ok", PASSED, PASSED)))
    assert shown.startswith("## ✅ gatekeeper: pass\n")
    assert "### Failures\n\nNone.\n" in shown
    assert tables(shown)[-1][1] == ["share", "failures == 0",
                                  "0 (0 of 1 cases; up to 95% could still fail at 95%)", "open"]


def test_nothing_changed_is_told_without_tables() -> None:
    shown = render(judgement(nothing_changed=True))
    assert tables(shown) == []
    assert "nothing that counts changed; nothing was started" in plain(shown)


def test_a_side_that_did_not_start_is_told_with_its_last_lines() -> None:
    failure = StartFailure("exited (exit code 1)", Fault.CHANGE, "OCI", "one\n\ntwo\n@everyone")
    shown = render(judgement(judged("a", NOT_ASKED), base=SideRecord(failure=failure)))
    assert "### Base did not start\n\nexited (exit code 1)\n- OCI\n- one\n- two\n- @everyone\n" in \
        plain(shown)
    assert "@everyone" not in shown


def test_what_does_not_fit_is_counted_and_said() -> None:
    many = [judged(f"c{n}", failed("x")) for n in range(WHOLE.rows + 7)]
    shown = render(judgement(*many, changes=(edited("a.py"),) * (WHOLE.rows + 3)))
    assert len(tables(shown)[0]) == WHOLE.rows + 1
    assert "\n7 more rows are in judgement.jsonl of the evidence pack.\n" in shown
    assert "\n- and 3 more, in the evidence pack\n" in shown


def test_a_row_can_be_asked_again_from_where_the_manifest_is() -> None:
    row, = make_rows([judged("ja_形式@base", failed("x"))])
    assert shlex.split(run_alone(row.again, "gatekeeper.yaml")) == [
        "gatekeeper", "run", "--case", "ja_形式"]
    assert shlex.split(run_alone(row.again, "my ci/gate's.yaml")) == [
        "gatekeeper", "run", "--manifest", "my ci/gate's.yaml", "--case", "ja_形式"]
    shared, = make_rows([judged("a", NOT_ASKED), judged("b", NOT_ASKED)])
    assert run_alone(shared.again, "gatekeeper.yaml") == ""


OURS = re.compile(
    r"## .+|### [A-Z][a-z ]+|(?:\| [^|]* )+\||\|(?:-+:?\|)+|- .*|Judged: .*|None\.|Any of them .*|"
    r"Nothing that counts\.|<code>(?:[^<>]|<wbr>)+</code>\.?|\d+ more .*|Head ended .*|")
"""Every kind of line there is; whatever is said in one cannot begin another."""


@given(hostile_text, st.sampled_from(STEPS))
@settings(max_examples=60)
def test_whatever_was_said_every_line_is_ours_and_every_cell_stays_in_its_table(
    text: str, limits: Limits
) -> None:
    failure = StartFailure(text, Fault.CHANGE, text, f"{text}\n{text}")
    visit = Visit(text, 7, "in the merge queue", (text, text))
    shown = render(judgement(
        judged(text or "x", failed(text, text), PASSED), subject=text, runtime=text,
        changes=(edited(text), edited(text)), manifest_path=text,
        head=SideRecord(failure=failure, died=text)), limits, visit)
    assert all(OURS.fullmatch(line) for line in shown.splitlines())
    assert {len(row) for row in tables(shown)[0]} == {5}
    outside = re.sub(r"<code>(?:[\w ,&#;\u007f-\U0010ffff]|<wbr>)*</code>", "", shown)
    assert not re.search(r"[<>@!\[\]\\~]|https?:|www\.", outside)
    assert shown.count("`") == 2


@pytest.mark.parametrize("limits", STEPS)
def test_a_row_is_shown_whole_or_counted(limits: Limits) -> None:
    many = [judged(f"c{n}", failed("x" * 5000)) for n in range(500)]
    shown = render(judgement(*many, changes=tuple(edited(f"{n}.py") for n in range(300))), limits)
    failures = tables(shown)[0]
    assert len(failures) == limits.rows + 1
    assert all(len(row) == 5 for row in failures)
    assert f"\n{500 - limits.rows} more rows are in judgement.jsonl" in shown
    assert f"\n- and {300 - limits.rows} more, in the evidence pack" in shown


def test_nobody_is_told_to_open_a_page_that_a_fork_wrote() -> None:
    visit = Visit(number=7, evidence_url="https://github.example/acme/x/actions/runs/1",
                  foreign=True)
    shown = render(judgement(judged("a", failed("x"))), visit=visit)
    assert shown.endswith("[Evidence pack and log](https://github.example/acme/x/actions/runs/1)\n")


def test_a_report_on_a_pull_request_says_what_to_do_next() -> None:
    visit = Visit("gatekeeper (ja/gatekeeper.yaml)", 7, "in the merge queue",
                  ("nothing blocks: no rule of `main` requires the check `gate`",),
                  "https://github.example/acme/x/actions/runs/1")
    shown = render(judgement(judged("a", failed("x"))), visit=visit)
    lines = plain(shown).splitlines()
    assert lines[0] == "## ⛔ gatekeeper (ja/gatekeeper.yaml), in the merge queue: blocked"
    assert lines[-3] == "- ⚠️ nothing blocks: no rule of `main` requires the check `gate`"
    link = "[Evidence pack and log](https://github.example/acme/x/actions/runs/1)"
    assert lines[-1] == f"{link}; to read: `report.html` of the pack"
    assert "git fetch origin pull/7/head && gatekeeper run --head FETCH_HEAD" in plain(shown)


def test_the_parts_stand_in_the_order_they_are_read() -> None:
    shown = render(judgement(judged("a", failed("x"))))
    parts = re.findall("^##+ .*", shown, re.MULTILINE)
    assert parts == ["## ⛔ gatekeeper: blocked", "### Failures", "### Gates", "### What changed",
                     "### Policy"]
