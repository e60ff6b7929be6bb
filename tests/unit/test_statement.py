"""The statement an attestation makes of a pack, held against in-toto's own definitions."""

from __future__ import annotations

import hashlib
import json

import pytest
from google.protobuf import json_format
from google.protobuf.json_format import ParseError
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.v1.statement import Statement

from gatekeeper.evidence.record import SideRecord
from gatekeeper.formats.canonical import to_json
from gatekeeper.judging.judgement import Judgement
from gatekeeper.outcome import CaseJudgement
from gatekeeper.report.statement import PREDICATE_TYPE, Outcomes, render
from tests.support.builders import NO_ANSWER, PASSED, failed, judged, judgement

SEAL = to_json({"files": {"policy/head/manifest.yaml": "a" * 64, "run.json": "b" * 64},
                "pack_digest": f"sha256:{'c' * 64}",
                "inputs_digest": f"sha256:{'d' * 64}"}).encode()
GOOD, BAD = judged("good", PASSED), judged("bad", failed("wrong"))
SILENT = judged("silent", NO_ANSWER)
WAIVED = judged("waived", failed("wrong"), waived="until 2027-01-31, by @ann: retrained")


def stated(said: Judgement, *cases: CaseJudgement) -> dict:  # type: ignore[type-arg]
    """The statement, after in-toto's own parser has read all of it and found nothing unknown."""
    outcomes = Outcomes()
    for case in cases:
        outcomes.add(case)
    text = render(said, outcomes, SEAL)
    read = json_format.Parse(text, statement_pb2.Statement(), ignore_unknown_fields=False)
    Statement.copy_from_pb(read).validate()
    found = json.loads(text)
    assert found["_type"] == "https://in-toto.io/Statement/v1"
    result = json_format.ParseDict(found["predicate"], test_result_pb2.TestResult(),
                                   ignore_unknown_fields=False)
    assert result.result in ("PASSED", "WARNED", "FAILED")
    assert result.configuration
    for one in result.configuration:
        ResourceDescriptor.copy_from_pb(one).validate()
    return dict(found)


def test_a_pass_is_stated_of_the_pack_and_its_seal() -> None:
    head = SideRecord(tree="e" * 40, commit="f" * 40)
    said = stated(judgement(GOOD, head=head), GOOD)
    assert said["predicateType"] == PREDICATE_TYPE
    assert said["subject"] == [
        {"name": "gatekeeper-evidence", "digest": {"sha256": "c" * 64}},
        {"name": "manifest.json", "digest": {"sha256": hashlib.sha256(SEAL).hexdigest()}}]
    assert said["predicate"]["result"] == "PASSED"
    assert said["predicate"]["passedTests"] == ["good", "gate share"]
    assert said["predicate"]["failedTests"] == []
    configuration = {one["name"]: one["digest"] for one in said["predicate"]["configuration"]}
    assert configuration["head"] == {"gitTree": "e" * 40, "gitCommit": "f" * 40}
    assert configuration["policy/head/manifest.yaml"] == {"sha256": "a" * 64}
    assert "run.json" not in configuration


def test_what_did_not_pass_is_stated_as_failed() -> None:
    said = stated(judgement(GOOD, BAD, SILENT), GOOD, BAD, SILENT)
    assert said["predicate"]["result"] == "FAILED"
    assert said["predicate"]["failedTests"] == ["bad", "silent", "gate share"]


def test_a_pass_with_a_waiver_is_a_warning() -> None:
    said = stated(judgement(GOOD, WAIVED), GOOD, WAIVED)
    assert said["predicate"]["result"] == "WARNED"
    assert said["predicate"]["warnedTests"] == ["waived"]


def test_where_nothing_was_tested_nothing_is_stated() -> None:
    assert render(judgement(nothing_changed=True), (), SEAL) == ""


def test_in_totos_parser_would_say_something() -> None:
    found = stated(judgement(GOOD), GOOD)
    with pytest.raises(ParseError):
        json_format.ParseDict({**found["predicate"], "results": "PASSED"},
                              test_result_pb2.TestResult(), ignore_unknown_fields=False)
    with pytest.raises(ValueError, match="digest"):
        Statement.copy_from_pb(json_format.ParseDict(
            {**found, "subject": [{"name": "x"}]}, statement_pb2.Statement())).validate()
