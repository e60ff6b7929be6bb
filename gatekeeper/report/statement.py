"""`statement.json`: what an attestation of a pack says, as an in-toto Statement v1 with the
test-result predicate (in-toto/attestation, spec/v1/statement.md, spec/predicates/test-result.md).

A file cannot hold its own digest, and an archive not that of an archive it is in. So the subject is
what names the pack from inside: its `pack_digest`, and the file `manifest.json`, which holds the
digest of every other file and which anybody can hash. `actions/attest` is handed the archive and
`manifest.json` as subjects, and this statement's predicate.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gatekeeper.evidence.files import MANIFEST, POLICY
from gatekeeper.formats.canonical import to_json
from gatekeeper.judging.judgement import Judgement
from gatekeeper.outcome import CaseJudgement, CaseStatus, Conclusion, GateState

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"
NAME = "gatekeeper-evidence"


@dataclass(slots=True)
class Outcomes:
    """The ids of a run's cases by what came of them, taken in case by case."""

    passed: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def add(self, case: CaseJudgement) -> None:
        """One case."""
        if case.waived or (case.head.status is CaseStatus.PASSED and case.is_flaky):
            self.warned.append(case.case.case_id)
        elif case.head.status is CaseStatus.PASSED:
            self.passed.append(case.case.case_id)
        else:
            self.failed.append(case.case.case_id)


def render(judgement: Judgement, outcomes: Outcomes, seal: bytes) -> str:
    """The statement on a sealed pack; `seal` is its `manifest.json`, byte for byte. Empty where
    nothing was tested, for then there is no result to state."""
    if judgement.record.nothing_changed:
        return ""
    sealed = json.loads(seal)
    return to_json({
        "_type": STATEMENT_TYPE,
        "subject": [
            {"name": NAME, "digest": {"sha256": sealed["pack_digest"].removeprefix("sha256:")}},
            {"name": MANIFEST, "digest": {"sha256": hashlib.sha256(seal).hexdigest()}},
        ],
        "predicateType": PREDICATE_TYPE,
        "predicate": _predicate(judgement, outcomes, sealed),
    })


def _predicate(judgement: Judgement, outcomes: Outcomes, sealed: dict[str, Any]) -> dict[str, Any]:
    passed, failed = [*outcomes.passed], [*outcomes.failed]
    for gate in judgement.verdict.gates:
        if gate.decides:
            name = f"gate {gate.name}"
            (passed if gate.state is GateState.OPEN else failed).append(name)
    return {
        "result": _result(judgement.verdict.conclusion, bool(outcomes.warned)),
        "configuration": list(_configuration(judgement, sealed)),
        "passedTests": passed,
        "warnedTests": outcomes.warned,
        "failedTests": failed,
    }


def _result(conclusion: Conclusion, warned: bool) -> str:
    if conclusion is not Conclusion.PASS:
        return "FAILED"
    return "WARNED" if warned else "PASSED"


def _configuration(judgement: Judgement, sealed: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What was tested and by what: trees and commits, the policy, and its files."""
    record = judgement.record
    for name, side in (("head", record.head), ("base", record.base)):
        digests = {"gitTree": side.tree, "gitCommit": side.commit} if side else {}
        if found := {kind: value for kind, value in digests.items() if value}:
            yield {"name": name, "digest": found}
    for name, value in (("policy", judgement.verdict.policy_digest),
                        ("inputs", sealed["inputs_digest"])):
        yield {"name": name, "digest": {"sha256": value.removeprefix("sha256:")}}
    for name, value in sealed["files"].items():
        if name.startswith(f"{POLICY}/"):
            yield {"name": name, "digest": {"sha256": value}}
