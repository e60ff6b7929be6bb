"""The facts of a run, written and read back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gatekeeper.evidence.record import BaselineMode, RunRecord, SideRecord, read_record
from gatekeeper.formats.canonical import to_json
from gatekeeper.model import Change, ChangeKind, Fault
from gatekeeper.policy.acceptance import by_own_word
from gatekeeper.ports import StartFailure

RECORD = RunRecord(
    gatekeeper="1", judged_at="2026-10-02T00:00:00Z", event="merge", runtime="docker",
    subject="the working tree against main", manifest_path="gatekeeper.yaml",
    cases_path="eval_cases.csv")
FAILED = SideRecord(tree="t", commit="c", failure=StartFailure(
    "exited (exit code 1)", Fault.WORLD, "OCI", "last\nlines"), identity={"image": ["sha256:0"]})
STARTED = SideRecord(tree="t", started=True, model="tiny", ready_seconds=1.5, died="killed")


@pytest.mark.parametrize(
    "record",
    [
        RECORD,
        replace(RECORD, base=FAILED, baseline=BaselineMode.PACK,
                changes=(Change(ChangeKind.MODEL, "a.yaml", "/m", "1", "2", head_line=3),)),
        replace(RECORD, head=STARTED, base=STARTED, limited=("some",), asked=("a", "b"), repeats=3),
        replace(RECORD, acceptance=by_own_word("sha256:0", "agreed", "sha256:0")),
        replace(RECORD, interrupted=True, complete=True, nothing_changed=True, releasable=True),
    ],
)
def test_a_record_is_read_back_as_it_was_written(record: RunRecord) -> None:
    assert read_record(json.loads(to_json(record))) == record


@pytest.mark.parametrize("change", [
    {"baseline": "perhaps"}, {"head": {"tree": "t", "colour": "red"}}, {"colour": "red"},
    {"base": {"failure": {"cause": "x", "fault": "moon"}}}, {"changes": None}])
def test_what_is_no_record_is_refused(change: dict[str, object]) -> None:
    data = {**json.loads(to_json(RECORD)), **change}
    with pytest.raises((KeyError, TypeError, ValueError)):
        read_record(data)


@pytest.mark.parametrize("name", ["head", "base", "changes", "baseline", "subject"])
def test_a_record_with_something_missing_is_refused(name: str) -> None:
    data = json.loads(to_json(RECORD))
    del data[name]
    with pytest.raises((KeyError, TypeError)):
        read_record(data)
