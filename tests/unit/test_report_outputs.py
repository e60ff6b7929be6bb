"""The action's outputs, each a fact on one line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from gatekeeper.report.outputs import make_outputs
from tests.support.builders import NOT_ASKED, PASSED, failed, hostile_text, judged, judgement

SEAL = {"inputs_digest": "sha256:1", "pack_digest": "sha256:2", "files": {}}


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        ({"a": PASSED}, ("pass", "0", {"share": "open"}, [])),
        ({"a": PASSED, "b": failed("x")}, ("block", "1", {"share": "closed"}, ["b"])),
        ({"a": NOT_ASKED}, ("block", "1", {"share": "closed"}, ["a"])),
    ],
)
def test_outputs_are_the_verdict_its_gates_and_what_did_not_pass(
    heads: dict[str, object], expected: tuple[str, str, dict[str, str], list[str]]
) -> None:
    told = judgement(*(judged(name, side) for name, side in heads.items()))  # type: ignore[arg-type]
    outputs = make_outputs(told, "evidence", "evidence/junit.xml", SEAL)
    assert (outputs["verdict"], outputs["exit-code"], json.loads(outputs["gates"]),
            json.loads(outputs["failed-cases"])) == expected
    assert (outputs["evidence"], outputs["junit"]) == ("evidence", "evidence/junit.xml")
    assert outputs["policy-digest"] == told.verdict.policy_digest
    assert (outputs["inputs-digest"], outputs["pack-digest"]) == ("sha256:1", "sha256:2")


@given(hostile_text)
def test_a_case_id_cannot_begin_another_line(case_id: str) -> None:
    outputs = make_outputs(judgement(judged(case_id, failed("x"))), "e", "j", SEAL)
    assert len(outputs["failed-cases"].splitlines()) == 1
    assert json.loads(outputs["failed-cases"]) == [case_id]
