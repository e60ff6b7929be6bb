"""What went into a run, by digest: the same on any machine, in any folder, time zone and locale."""

from __future__ import annotations

from gatekeeper.evidence.record import RunRecord
from gatekeeper.formats.canonical import digest_of, listed
from gatekeeper.policy.resolve import Policy


def inputs_of(record: RunRecord, policy: Policy) -> dict[str, str]:
    """The two trees, the policy that judges, and the cases that were to be asked. Nothing that was
    observed is in it, no time, no name and no commit: a squash keeps it."""
    asked = frozenset(record.asked)
    rows = ([case.case_id, case.prompt, case.expected_behavior, case.risk,
             list(map(str, case.requirements))]
            for case in policy.cases if (not asked or case.case_id in asked)
            and (record.shard is None or record.shard.holds(case.case_id)))
    return {
        "base_tree": record.base.tree if record.base else "",
        "head_tree": record.head.tree,
        "policy": policy.digest,
        "cases": digest_of(listed(rows)),
    }
