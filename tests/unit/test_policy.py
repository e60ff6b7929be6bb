"""Whose policy judges, and what is said about an edit of it."""

from __future__ import annotations

import pytest

from gatekeeper.errors import FilesNeedMending
from gatekeeper.manifest.types import POLICY_KEYS, SERVICE_KEYS, UNION_KEYS, Manifest, Service
from gatekeeper.policy import Declared, read_declared, resolve, service_of

MANIFEST = """
version: 1
service: {build: ., resources: {memory: 1g}, ready: {path: /health, timeout: 30s}}
contract: {preset: openai-chat, limits: {latency_target: 1s}}
gates: {share: [failures == 0, smoke.passed]}
"""
CASES = """case_id,prompt,expected_behavior,risk,pass,notes
a,Return JSON,JSON,format,,
b,Be quick,fast,performance,,
"""


def declared(manifest: str = MANIFEST, cases: str = CASES) -> Declared:
    """One side's declarations."""
    files = {"gatekeeper.yaml": manifest.encode(), "eval_cases.csv": cases.encode()}
    return read_declared("gatekeeper.yaml", files.get)


def test_base_decides() -> None:
    loosened = MANIFEST.replace("failures == 0, ", "")
    policy = resolve(declared(), declared(loosened))
    assert [c.text for c in policy.manifest.gates["share"].until] == ["failures == 0",
                                                                      "smoke.passed"]
    assert [str(edit) for edit in policy.edits] == [
        "gates.share.until: failures == 0, smoke.passed → smoke.passed; base's decides"]
    assert policy.origin == "base"


def test_a_moved_threshold_is_said_with_both_values() -> None:
    head = declared(MANIFEST.replace("latency_target: 1s", "latency_target: 9s"))
    assert [str(edit) for edit in resolve(declared(), head).edits] == [
        "contract.limits.latency_target: 1 → 9; base's decides"]


def test_the_same_policy_has_no_edits_and_the_same_digest() -> None:
    spaced = MANIFEST.replace("version: 1", "# a remark\nversion: 1")
    one, other = resolve(declared(), declared()), resolve(declared(), declared(spaced))
    assert one.edits == other.edits == ()
    assert one.digest == other.digest


def test_on_adoption_head_decides() -> None:
    policy = resolve(None, declared())
    assert (policy.origin, policy.edits, policy.unaccepted) == ("head", (), ())


def test_a_base_that_cannot_be_read_needs_to_be_accepted() -> None:
    policy = resolve(None, declared(), "base:gatekeeper.yaml:1:1: not YAML")
    assert "nobody accepted" in policy.unaccepted[0]


def test_cases_of_both_sides() -> None:
    cases = CASES.replace("b,Be quick", "c,Be quick").replace("Return JSON", "Return a list")
    policy = resolve(declared(), declared(cases=cases))
    assert [case.case_id for case in policy.cases] == ["a@base", "a@head", "b", "c"]
    assert [case.case_id for case in policy.cases if case.added] == ["c"]
    assert [str(edit) for edit in policy.edits] == [
        "case a is edited; it runs as a@base and a@head",
        "case b is removed; it still runs",
        "case c is added",
    ]


def test_filled_in_results_are_no_edit_of_a_case() -> None:
    filled = CASES.replace("format,,", "format,yes,gatekeeper: fine")
    assert resolve(declared(), declared(cases=filled)).edits == ()


def test_a_side_keeps_its_service_under_the_policys_ceilings() -> None:
    own = Service(image="assistant:2", port=9000)
    judged = service_of(own, declared().manifest)
    assert (judged.image, judged.port) == ("assistant:2", 9000)
    assert judged.resources.memory == 1024**3
    assert judged.ready.timeout == 30


def test_every_manifest_key_belongs_to_one_side() -> None:
    known = POLICY_KEYS | SERVICE_KEYS | UNION_KEYS
    fields = {field for field in Manifest.__dataclass_fields__ if field != "service"}
    fields |= {f"service.{field}" for field in Service.__dataclass_fields__}
    covered = {key for key in fields
               if key in known or any(one.startswith(f"{key}.") for one in known)}
    assert fields == covered
    assert not POLICY_KEYS & SERVICE_KEYS


@pytest.mark.parametrize(
    ("gate", "complaint"),
    [
        ("failures.safety == 0", "no case has risk safety"),
        ("failures <= 2", "can never close with 2 cases"),
        ("cases.count >= 3", "can never open with 2 cases"),
        ("latency.p95 <= 1s", "needs 59 attempts, 2 cases make 2"),
    ],
)
def test_a_gate_that_cannot_work_with_these_cases_is_refused(gate: str, complaint: str) -> None:
    with pytest.raises(FilesNeedMending, match=r"gatekeeper\.yaml:5:17") as refused:
        declared(MANIFEST.replace("failures == 0", gate))
    assert complaint in str(refused.value)
