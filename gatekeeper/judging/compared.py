"""Whether the change shows, from a pack: what both sides answered, read a question at a time."""

from __future__ import annotations

from gatekeeper.cases.sentinels import SENTINELS
from gatekeeper.evidence.files import LIVENESS
from gatekeeper.evidence.pack import Pack
from gatekeeper.evidence.record import RunRecord
from gatekeeper.judging.case_judging import Bench
from gatekeeper.judging.liveness import Heard, claimed, read_liveness
from gatekeeper.judging.measure import Fact
from gatekeeper.model import Fault, Side
from gatekeeper.policy.resolve import Policy


def heard_by_both(pack: Pack, policy: Policy) -> Heard:
    """What both sides' replies tell of the change, to the cases and beside them."""
    heard = Heard()
    with pack.attempts() as attempts, pack.attempts(LIVENESS) as beside:
        for case in (*policy.cases, *SENTINELS):
            tried = {side: (*attempts.of(case.case_id, side), *beside.of(case.case_id, side))
                     for side in Side}
            if all(tried.values()):
                heard.add(case.case_id, policy.contracts, tried)
    return heard


def compares(record: RunRecord, bench: Bench) -> bool:
    """Whether a change is claimed that should show, and both sides could be held together."""
    return bool(claimed(record.changes)) and not (
        bench.no_baseline or bench.unmeasured_baseline or record.asked or record.shard
        or record.head.failure or record.nothing_changed)


def effect_in(
    pack: Pack, record: RunRecord, policy: Policy, bench: Bench, not_started: Fact | None
) -> Fact:
    """Whether the change shows. `not_started` says why head was not asked, if it was not."""
    kinds = claimed(record.changes)
    if compares(record, bench):
        return read_liveness(kinds, heard_by_both(pack, policy))
    if bench.no_baseline and kinds:
        return Fact(True, bench.no_baseline)
    if not kinds:
        return Fact(True, "no change is claimed that should show in replies")
    why = bench.unmeasured_baseline or "only some of the cases were asked"
    return not_started or Fact(None, why, Fault.WORLD)
