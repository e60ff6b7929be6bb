"""A tag that named one image when base was run and names another for head. Pure.

The tree says nothing of it: the same text stands on both sides. Seen only where what ran is known
of both, by the digests that their registry gave."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.evidence.record import SideRecord
from gatekeeper.model import Change, ChangeKind


def moved_tag(base: SideRecord | None, head: SideRecord, manifest_path: str) -> Iterator[Change]:
    """The change that it is, with both digests."""
    before, after = (side.identity if side else {} for side in (base, head))
    reference = after.get("reference")
    if not reference or before.get("reference") != reference:
        return
    one, other = str(before.get("digest") or ""), str(after.get("digest") or "")
    if one and other and one != other:
        yield Change(ChangeKind.RUNTIME, manifest_path, "/service/image", one, other,
                     f"{reference} has moved: {one} → {other}")
