"""The packs of earlier runs in a folder: each as it was sealed and judged again, or refused."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gatekeeper.adapters.archive import MAX_ARCHIVE, read_archive
from gatekeeper.errors import GatekeeperError, UsageError
from gatekeeper.evidence.files import MANIFEST, ROUTE, RUN
from gatekeeper.evidence.pack import DAMAGE, Pack
from gatekeeper.judging.from_pack import judge
from gatekeeper.judging.learning import Earlier, EarlierRun
from gatekeeper.judging.measure import Fact
from gatekeeper.manifest.told import RENTED_GPU
from gatekeeper.outcome import CaseJudgement, CaseStatus

MAX_PACKS = 500
_ARCHIVES = (".tar.gz", ".tgz", ".zip")


def read_history(folder: Path, declared: str) -> Earlier:
    """The earlier runs in a folder, oldest first; `declared` is how the manifest names it."""
    if not folder.is_dir():
        return Earlier(declared, f"there is no folder {declared}: make it, or fetch it")
    places = sorted(one for one in folder.iterdir() if not one.is_symlink()
                    and ((one / RUN).is_file() or one.name.endswith(_ARCHIVES)))
    if len(places) > MAX_PACKS:
        return Earlier(declared, f"{declared} holds more than {MAX_PACKS} packs")
    runs: dict[str, EarlierRun] = {}
    refused = []
    for place in places:
        try:
            run = _read(place)
        except GatekeeperError as error:
            refused.append(f"{place.name}: {error.message.splitlines()[0]}")
        except DAMAGE as error:
            refused.append(f"{place.name}: it is damaged: {type(error).__name__}")
        else:
            if run is not None:
                runs[run.pack] = run  # an archive beside the folder it was made of is one run
    return Earlier(declared, "", tuple(sorted(runs.values(), key=lambda run: run.judged_at)),
                   tuple(refused))


def _read(place: Path) -> EarlierRun | None:
    if place.is_dir():
        return _run(Pack.open(place))
    if place.stat().st_size > MAX_ARCHIVE:
        raise UsageError(f"it is larger than {MAX_ARCHIVE} bytes")
    with tempfile.TemporaryDirectory(prefix="gatekeeper-") as scratch:
        read_archive(place.read_bytes(), Path(scratch))
        return _run(Pack.open(Path(scratch)))


def _run(pack: Pack) -> EarlierRun | None:
    """One run; None where nothing was run in it."""
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
