"""Whether a pack proves that a tree may be released, and what of it a release names.

1. Every file is as it was sealed, and the verdict can be reached again to the byte.
2. It was measured in Docker, whole, on a commit's clean tree: this tree, under this policy.
3. Judged as of now, every gate that blocks a release is open; a waiver that has ended excuses
   nothing any more.
4. An image that was built is the one that is released: the pack names what was pushed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from gatekeeper.errors import UsageError
from gatekeeper.evidence.files import ENVIRONMENT, MANIFEST, VERDICT
from gatekeeper.evidence.pack import DAMAGE, Pack
from gatekeeper.judging.from_pack import judge
from gatekeeper.outcome import Conclusion
from gatekeeper.releasing.claim import Claim, Proof
from gatekeeper.report.write import verdict_json

PUSHED = "pushed"
"""In `environment.json`, written by `stages/pushing.py`: where the tested image went, as
`repository@sha256:…`."""
_IMAGE = re.compile(r"[a-z0-9._:/-]+@sha256:[0-9a-f]{64}")


def prove(pack: Pack, claim: Claim) -> Proof | str:
    """The proof, or why it is none; whatever stands in the pack, this never raises for it."""
    try:
        return _proven(pack, claim)
    except (*DAMAGE, UsageError, OSError) as error:
        return f"the pack is damaged: {type(error).__name__}: {error}"


def _proven(pack: Pack, claim: Claim) -> Proof | str:
    if altered := pack.altered():
        return f"not as it was sealed: {', '.join(altered[:3])}"
    as_measured = judge(pack)
    if pack.read(VERDICT) != verdict_json(as_measured).encode():
        return f"{VERDICT} says something else than its evidence"
    record = as_measured.record
    if as_measured.verdict.conclusion is not Conclusion.PASS:
        return f"its verdict is {as_measured.verdict.conclusion}"
    if record.nothing_changed:
        return "nothing was measured: nothing that counts had changed against its base"
    if record.runtime != "docker":
        return f"it was measured on the {record.runtime} runtime, not in Docker"
    if not record.releasable:
        return "it is of a tree that is no commit's"
    if record.head.tree != claim.tree:
        return f"it is of another tree, {record.head.tree[:12]}"
    if as_measured.verdict.policy_digest != claim.policy_digest:
        return "it was judged under another policy"
    today = judge(pack, record=replace(record, event="release", judged_at=claim.now))
    if today.verdict.conclusion is not Conclusion.PASS:
        reasons = "; ".join(reason.text for reason in today.verdict.reasons)
        return f"judged for a release as of now its verdict is {today.verdict.conclusion}: " \
               f"{reasons}"
    image = pushed_image(pack, claim.image)
    if claim.builds and not image and (claim.image or not claim.fresh):
        return "the image that it tested cannot be had any more" if not claim.image else \
            f"the image that it tested was not pushed to {claim.image}"
    return Proof(today, str(pack.read_json(MANIFEST)["pack_digest"]), image)


def pushed_image(pack: Pack, repository: str) -> str:
    """The tested image, where it was pushed to this repository; empty where it was not."""
    environment = pack.read_json(ENVIRONMENT)
    image = environment.get(PUSHED) if isinstance(environment, Mapping) else None
    if not (repository and isinstance(image, str) and _IMAGE.fullmatch(image)):
        return ""
    return image if image.startswith(f"{repository}@") else ""

