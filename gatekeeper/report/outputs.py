"""The action's outputs: facts, each on one line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gatekeeper.judging.judgement import Judgement
from gatekeeper.judging.verdict import EXIT_CODES

OUTPUTS = {
    "verdict": "One of pass, block, usage, undecided, interrupted.",
    "exit-code": "The exit code that goes with the verdict.",
    "gates": "JSON object: name of each gate to open, closed or undecided.",
    "failed-cases": "JSON list of the ids of the cases that did not pass.",
    "evidence": "Path of the evidence pack, relative to the workspace.",
    "junit": "Path of the JUnit XML file, relative to the workspace.",
    "policy-digest": "Digest of the policy that judged.",
    "inputs-digest": "Digest over what the evidence pack was made from, the same on any machine.",
    "pack-digest": "Digest that names this evidence pack; `gatekeeper verify` checks it.",
    "comment-url": "Address of the pull request's comment; empty where none was written.",
    "release-tag": "In mode `release`, the tag; empty where nothing was released.",
    "release-url": "In mode `release`, the address of the release.",
    "image": "In mode `release`, the image that was tested, as `repository@sha256:…`; empty where "
             "none is released.",
}
"""Name -> what it holds; action.yml and the README say the same."""


def make_outputs(
    judgement: Judgement, evidence: str, junit: str, seal: Mapping[str, Any], comment_url: str = ""
) -> dict[str, str]:
    """Every output of a run that reached a verdict; `seal` is the pack's own, with its digests."""
    verdict = judgement.verdict
    return {
        "verdict": str(verdict.conclusion),
        "exit-code": str(int(EXIT_CODES[verdict.conclusion])),
        "gates": json.dumps({gate.name: str(gate.state) for gate in verdict.gates}),
        "failed-cases": json.dumps([case.case.case_id for case in judgement.failing
                                    if not case.waived]),
        "evidence": evidence,
        "junit": junit,
        "policy-digest": verdict.policy_digest,
        "inputs-digest": str(seal["inputs_digest"]),
        "pack-digest": str(seal["pack_digest"]),
        "comment-url": comment_url,
    }
