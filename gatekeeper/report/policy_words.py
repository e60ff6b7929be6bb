"""Whose policy decided, what does not count yet and how to accept it, and what is waived. Raw
sentences: every renderer neutralises its own."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.judging.judgement import Judgement
from gatekeeper.manifest.parse import NAME
from gatekeeper.manifest.types import Waiver
from gatekeeper.model import Side
from gatekeeper.neutral import for_shell
from gatekeeper.policy.directions import Direction
from gatekeeper.policy.resolve import Origin, Policy
from gatekeeper.policy.waivers import expired

_WHY = {
    Origin.ADOPTED: "head's decides, for base has no manifest (first adoption)",
    Origin.ACCEPTED: "head's decides",
    Origin.UNREADABLE: "head's decides, for base's cannot be used",
    Origin.COMMIT: "the commit's own decides",
}


def whose(policy: Policy) -> str:
    """One sentence."""
    if policy.origin is Origin.BASE:
        waiting = len(policy.waiting)
        if waiting:
            edits = "1 edit does" if waiting == 1 else f"{waiting} edits do"
            return f"base's decides; {edits} not count until accepted"
        adds = any(edit.direction is Direction.TIGHTER for edit in policy.edits)
        return "base's decides" + (", with what the change adds to it" if adds else "")
    accepted = policy.acceptance
    if accepted is None:
        return _WHY[policy.origin]
    own = "self-accepted" if accepted.own else "accepted"
    return f"{_WHY[policy.origin]}, {own} by {accepted.by}: {accepted.reason}"


def how_to_accept(policy: Policy, manifest: str, pulled: bool) -> Iterator[str]:
    """The ways to accept head's policy, those of a pull request first; none where there is nothing
    to accept."""
    if not (policy.waiting or policy.unaccepted):
        return
    digest = policy.own_digests[Side.HEAD]
    if pulled:
        yield f"an approving review of this pull request as it is, by {_approvers(policy)} and " \
              "not by its author; then run this job again"
        yield "by its author alone, where they may accept one: run the workflow by hand on this " \
              f"branch, with accept-policy {digest} and a reason"
    where = "" if manifest == NAME else f" --manifest {for_shell(manifest)}"
    yield f"gatekeeper run{where} --accept-policy {digest} --reason TEXT"


def _approvers(policy: Policy) -> str:
    named = policy.manifest.policy.approvers if policy.origin is Origin.BASE else ()
    return " or ".join(named) or "somebody with admin or maintain permission"


def waivers(judgement: Judgement) -> Iterator[str]:
    """Every waiver with what has become of it."""
    used = {case.case.case_id.partition("@")[0] for case in judgement.failing if case.waived}
    for waiver in judgement.policy.manifest.waivers:
        yield f"{waiver.case}: {_fate(waiver, judgement.record.judged_at[:10], used)}, " \
              f"by {waiver.owner}: {waiver.reason}"


def _fate(waiver: Waiver, day: str, used: set[str]) -> str:
    if expired(waiver, day):
        return f"ended on {waiver.expires} and counts again"
    return f"until {waiver.expires}" + ("" if waiver.case in used else " (not needed)")
