"""One earlier run, judged again from its pack."""

from __future__ import annotations

from gatekeeper.errors import UsageError
from gatekeeper.evidence.files import MANIFEST, ROUTE
from gatekeeper.evidence.pack import Pack
from gatekeeper.judging.from_pack import judge
from gatekeeper.judging.learning import EarlierRun
from gatekeeper.judging.measure import Fact
from gatekeeper.manifest.told import RENTED_GPU
from gatekeeper.outcome import CaseJudgement, CaseStatus


def run_in(pack: Pack) -> EarlierRun | None:
    """The run of a pack; None where nothing was run in it. UsageError, or one of `DAMAGE`, where it
    does not count."""
    if altered := pack.altered():
        raise UsageError(f"it is not as it was sealed: {', '.join(altered[:3])}")
    cases: list[CaseJudgement] = []
    judgement = judge(pack, lambda case, attempts: cases.append(case))
    record = judgement.record
    if record.nothing_changed:
        return None
    if not record.complete:
        raise UsageError("its run was cut off")
    failed = tuple(sorted({_name(case) for case in cases
                           if case.head.status is CaseStatus.FAILED}))
    passed = {_name(case) for case in cases if case.head.status is CaseStatus.PASSED}
    return EarlierRun(
        pack=str(pack.read_json(MANIFEST)["pack_digest"]),
        judged_at=record.judged_at,
        kinds=tuple(sorted({str(change.kind) for change in record.changes})),
        passed=tuple(sorted(passed - set(failed))),
        failed=failed,
        gpu=judgement.told.route.kind == RENTED_GPU,
        shutdown=_shutdown(pack, judgement.shutdown),
    )


def _name(case: CaseJudgement) -> str:
    """Both versions of an edited case are one case."""
    return case.case.case_id.partition("@")[0]


def _shutdown(pack: Pack, seen: Fact) -> str:
    if seen.holds:
        return seen.reason
    found = pack.read_json(ROUTE, {})
    proof = found.get("shutdown") if isinstance(found, dict) else None
    if isinstance(proof, dict) and proof.get("state"):
        return f"{proof.get('instance')} {proof['state']} at {proof.get('at')}"
    return ""
