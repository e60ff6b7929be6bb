"""Own checks are policy: the deciding side's files are run, and an edit of one waits."""

from __future__ import annotations

import pytest

from gatekeeper.errors import FilesNeedMending
from gatekeeper.model import Side
from gatekeeper.policy.acceptance import Acceptance
from gatekeeper.policy.declared import Declared, read_declared
from gatekeeper.policy.resolve import Origin, resolve

MANIFEST = """version: 1
service: {build: .}
contract: {preset: openai-chat}
judge: {url: "http://judge/v1", model: m}
gates: {share: [failures == 0]}
"""
HEADER = "case_id,prompt,expected_behavior,risk,pass,notes,checks\n"
ROW = "a,Say,is kind,safety,,,python:tone.py:polite\n"
FILE = "def polite(reply):\n    return {}\n"


def declared(rows: str = ROW, manifest: str = MANIFEST, folder: str = "", **files: str) -> Declared:
    """One side's declarations; files are Python, by name."""
    known = {"gatekeeper.yaml": manifest, "eval_cases.csv": HEADER + rows,
             **{f"{name}.py": text for name, text in (files or {"tone": FILE}).items()}}
    found = {folder + path: text.encode() for path, text in known.items()}
    return read_declared(f"{folder}gatekeeper.yaml", found.get)


def test_the_files_that_rows_name_are_read_with_them() -> None:
    assert declared().own_files == {"tone.py": FILE.encode()}
    assert declared(other="x = 1", tone=FILE).own_files == {"tone.py": FILE.encode()}
    assert declared("a,Say,x,format,,,\n").own_files == {}
    assert declared(folder="ci/").own_files == {"tone.py": FILE.encode()}


def test_the_files_that_a_risks_checks_name_are_read_too() -> None:
    manifest = MANIFEST + "eval: {checks: {safety: [\"not-python:tone.py:polite || is-json\"]}}\n"
    assert declared("a,Say,x,safety,,,\n", manifest).own_files == {"tone.py": FILE.encode()}


def test_a_file_that_is_not_there_is_told_at_its_row() -> None:
    with pytest.raises(FilesNeedMending) as error:
        declared(ROW + "b,Say,x,safety,,,python:no.py:f\nc,Say,x,safety,,,python:no.py:g\n")
    assert [(p.file, p.line) for p in error.value.problems] == [
        ("eval_cases.csv", 3), ("eval_cases.csv", 4)]


def test_an_edited_file_waits_and_bases_is_run() -> None:
    head = declared(tone=FILE.replace("{}", "None"))
    policy = resolve(declared(), head)
    assert [str(edit) for edit in policy.waiting] == [
        "the own check tone.py is edited: base's is run (replaced)"]
    assert policy.own_files == {"tone.py": FILE.encode()}
    accepted = resolve(declared(), head, acceptance=Acceptance(
        policy.own_digests[Side.HEAD], "@ann", "looked at it", own=False))
    assert accepted.origin is Origin.ACCEPTED
    assert accepted.own_files == head.own_files
    assert accepted.digest != policy.digest


def test_a_file_that_base_does_not_have_waits_and_is_not_run() -> None:
    policy = resolve(declared("b,Say,x,format,,,\n"), declared("b,Say,x,format,,,\n" + ROW))
    assert [str(edit) for edit in policy.edits] == [
        "case a is added (tighter)",
        "the own check tone.py is new to base: it is not run (replaced)"]
    assert policy.own_files == {}


def test_a_file_that_nobody_names_any_more_goes_with_its_row() -> None:
    policy = resolve(declared("b,Say,x,format,,,\n" + ROW), declared("b,Say,x,format,,,\n"))
    assert [str(edit) for edit in policy.edits] == ["case a is removed; it still runs (looser)"]
    assert policy.own_files == {"tone.py": FILE.encode()}


def test_files_that_are_the_same_are_no_edit() -> None:
    assert resolve(declared(), declared(other="x = 1", tone=FILE)).edits == ()


def test_an_edit_of_what_a_rubric_says_is_an_edit_of_the_row() -> None:
    row = "a,Say,is kind,safety,,,llm-rubric\n"
    policy = resolve(declared(row), declared(row.replace("is kind", "says anything")))
    assert [case.case_id for case in policy.cases] == ["a@base", "a@head"]
    assert [str(case.requirements[0]) for case in policy.cases] == [
        "llm-rubric:is kind", "llm-rubric:says anything"]
    spelled = row.replace("llm-rubric", "llm-rubric:is kind")
    assert resolve(declared(row), declared(spelled)).edits == ()


def test_whom_to_ask_is_bases_to_say() -> None:
    head = declared(manifest=MANIFEST.replace("judge/v1", "evil/v1"))
    policy = resolve(declared(), head)
    assert policy.manifest.judge is not None
    assert policy.manifest.judge.url == "http://judge/v1"
    assert "http://evil/v1" in str(policy.waiting[0])
