"""The verdict on what another run measured, reached again under a policy from elsewhere.

A fork's run writes its own evidence: policy, facts and replies. Only the replies are taken, with
what was seen of start and stop. Which policy judges, whether anybody accepted another, how often a
case has to be asked, and what counts as the baseline is not the run's to say.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from gatekeeper.errors import CouldNotMeasure, FilesNeedMending, UsageError
from gatekeeper.evidence.files import POLICY, TESTIMONY
from gatekeeper.evidence.pack import DAMAGE, Pack
from gatekeeper.evidence.record import BaselineMode
from gatekeeper.judging.from_pack import policy_in
from gatekeeper.judging.judgement import Judgement
from gatekeeper.model import Side
from gatekeeper.policy.declared import Declared
from gatekeeper.report.write import write_reports


@dataclass(frozen=True, slots=True)
class Trusted:
    """What is known of the run from elsewhere."""

    base: Declared
    """What the base branch declares now."""
    base_commit: str
    head_commit: str
    subject: str
    judged_at: str


def judge_again(folder: Path, known: Trusted) -> Judgement:
    """Judge the pack in `folder`, which is changed by it, under base's policy. CouldNotMeasure
    where it is none, or says that there was nothing to judge."""
    base = known.base
    try:
        pack = Pack.open(folder)
        record = pack.read_record()
        if record.nothing_changed:
            raise CouldNotMeasure("the fork's run says that nothing that counts changed; nothing "
                                  "was measured that could be judged here")
        shutil.rmtree(folder / POLICY / Side.BASE, ignore_errors=True)
        pack.write_policy(Side.BASE, base.manifest_text, base.cases_text, base.own_files)
        # What others said cannot be made again from the replies: here it is the fork's word alone.
        (folder / TESTIMONY).unlink(missing_ok=True)
        record = replace(
            record, judged_at=known.judged_at, event="merge", subject=known.subject,
            rooted=False, releasable=False, acceptance=None, acceptance_unread="",
            base_unreadable="", asked=(), drilled=(), shard=None, shards=0, spent="", machines=(),
            base_manifest_path=base.manifest_path, base_cases_path=base.cases_path,
            baseline=BaselineMode.RUN, head=replace(record.head, commit=known.head_commit),
            base=replace(record.base, commit=known.base_commit) if record.base else None,
        )
        pack.write_record(record)
        policy = policy_in(pack, record)
        asked = policy.manifest.eval
        own = {risk: one.repeats for risk, one in asked.by_risk.items() if one.repeats}
        pack.write_record(replace(record, repeats=asked.repeats, risk_repeats=own))
        return write_reports(pack)
    except FilesNeedMending:
        raise
    except (*DAMAGE, UsageError, OSError) as error:
        raise CouldNotMeasure(f"what the fork's run left cannot be judged: {error}") from None
