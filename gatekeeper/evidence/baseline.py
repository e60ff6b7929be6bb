"""A baseline out of an earlier pack: the same policy, the same tree, or it is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from gatekeeper.cases.reducers import Rule
from gatekeeper.errors import UsageError
from gatekeeper.evidence.attempts import AttemptWriter
from gatekeeper.evidence.pack import Pack
from gatekeeper.evidence.record import RunRecord, SideRecord
from gatekeeper.evidence.resuming import Kept
from gatekeeper.judging.from_pack import policy_in
from gatekeeper.model import Case, Risk, Side
from gatekeeper.ports import URL_RUNTIME


def find_baseline(folder: str, base_policy: str, base_tree: str) -> tuple[Pack, Side, SideRecord]:
    """The side of an earlier pack that is this run's base: judged under the policy that base
    declares, of base's tree. UsageError when none is."""
    pack = Pack.open(Path(folder))
    record: RunRecord = pack.read_record()
    if record.runtime == URL_RUNTIME and not record.head.identity.get("declared"):
        raise UsageError(f"--baseline {folder} measured a service that was up already: which tree "
                         "that was is not known", "use a pack of base's own run")
    if altered := pack.altered():
        raise UsageError(f"--baseline {folder} is not as it was sealed: {', '.join(altered[:3])}",
                         "use a pack as it was written")
    if policy_in(pack, record).digest != base_policy:
        raise UsageError(f"--baseline {folder} was judged under another policy than base's",
                         "use --baseline run, or the pack of base's own run")
    for side, one in ((Side.HEAD, record.head), (Side.BASE, record.base)):
        if one is not None and one.tree == base_tree and one.started:
            return pack, side, one
    raise UsageError(f"--baseline {folder} did not measure base's tree {base_tree[:12]}",
                     "use --baseline run, or the pack of base's own run")


def copy_baseline(
    found: tuple[Pack, Side, SideRecord], cases: Iterable[Case], rules: Mapping[Risk, Rule],
    kept: Kept, into: AttemptWriter,
) -> None:
    """Copy that side's attempts as this run's base, but for those that are there."""
    pack, side, _ = found
    with pack.attempts() as attempts:
        for case in cases:
            for attempt in attempts.of(case.case_id.removesuffix("@base"), side):
                there = kept.numbers.get((case.case_id, Side.BASE), ())
                if attempt.number <= rules[case.risk].repeats and attempt.number not in there:
                    into.append(replace(attempt, case_id=case.case_id, side=Side.BASE))
