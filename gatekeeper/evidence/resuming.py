"""The pack of a run that was cut off, gone on with: what was measured is kept, and asked no more.

Refused unless everything that judges is the same: trees, policy, cases, repeats, what was asked.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gatekeeper.errors import UsageError
from gatekeeper.evidence.attempts import line_of_attempt
from gatekeeper.evidence.files import (
    DERIVED,
    DRILL,
    LIVENESS,
    MANIFEST,
    RESULTS,
    ROLLBACKS,
    TESTIMONY,
    WARMUP,
)
from gatekeeper.evidence.pack import Pack
from gatekeeper.evidence.record import RunRecord
from gatekeeper.evidence.seal import NO_FILE, digests
from gatekeeper.model import Side

GONE = ("dropped", "refused")
"""Errors of a service that is not there any more."""
_SAME = {
    "gatekeeper": "version of gatekeeper", "event": "event", "manifest_path": "manifest",
    "cases_path": "cases", "base_manifest_path": "manifest of base",
    "base_cases_path": "cases of base", "base_unreadable": "base", "baseline": "baseline",
    "asked": "cases", "drilled": "drill", "shard": "shard", "repeats": "number of repeats",
    "risk_repeats": "number of repeats", "concurrency": "number of connections",
    "rooted": "event", "limited": "limits",
}
"""Facts that must be the same in both sittings -> what they are, in words."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a pack holds already."""

    numbers: Mapping[tuple[str, Side], frozenset[int]] = field(default_factory=dict)
    """Case and side -> numbers of their attempts."""

    def due(self, case_id: str, side: Side, first: Iterable[int], repeats: int) -> tuple[int, ...]:
        """What is asked first: what was to be, and what a later round had begun to ask, of that
        what is not there."""
        have = self.numbers.get((case_id, side), frozenset())
        begun = [*range(1, max((n for n in have if n <= repeats), default=0)),
                 *range(repeats + 1, max(have, default=0))]
        return tuple(sorted({*first, *begun} - have))


def check_same(folder: Path, earlier: RunRecord, now: RunRecord, policies: tuple[str, str]) -> None:
    """UsageError where the pack's run is over, or is not the run that would go on; `policies` are
    the digests of what judged then and of what judges now."""
    if earlier.complete and not earlier.spent:
        raise UsageError(f"{folder} is the pack of a run that came to its end",
                         "leave --resume out to run again")
    if earlier.shards:
        raise UsageError(f"{folder} was merged from the packs of shards",
                         "resume the shard that was cut off, and merge again")
    differs = [words for name, words in _SAME.items()
               if getattr(earlier, name) != getattr(now, name)]
    for side, one, other in (("head", earlier.head, now.head), ("base", earlier.base, now.base)):
        if (one and one.tree) != (other and other.tree):
            differs.insert(0, f"tree of {side}")
    if policies[0] != policies[1]:
        differs.insert(0, "policy")
    if differs:
        raise UsageError(f"{folder} is of another {', '.join(dict.fromkeys(differs))} than this "
                         "run would be of", "leave --resume out to run anew")
    if earlier.head.died or (earlier.base and earlier.base.died):
        raise UsageError(f"{folder}: a service ended while it was asked: what is missing cannot be "
                         "told from what it did not answer", "leave --resume out to run anew")


def check_whole(pack: Pack) -> None:
    """UsageError where the pack holds something that is no file, or is not as it was sealed."""
    files = digests(pack.folder)
    strange = [name for name, digest in files.items() if digest == NO_FILE]
    if strange:
        raise UsageError(f"{pack.folder / strange[0]} is not a file", "a pack holds files alone")
    if (pack.folder / MANIFEST).is_file() and (altered := pack.altered(files)):
        raise UsageError(f"{pack.folder} is not as it was sealed: {', '.join(altered[:3])}",
                         "leave --resume out to run anew")


def take_up(pack: Pack) -> Kept:
    """Make the pack one that is being written: without what was derived from it, without a line
    that the kill cut off, without a drill, which is made anew, and without the last attempts where
    a side was gone already."""
    for name in (*DERIVED, DRILL):
        (pack.folder / name).unlink(missing_ok=True)
    if (pack.folder / ROLLBACKS).is_dir():
        shutil.rmtree(pack.folder / ROLLBACKS)
    for name in (WARMUP, LIVENESS, TESTIMONY):
        _cut(pack.folder / name, _end_of_lines(pack.folder / name))
    numbers: dict[tuple[str, Side], set[int]] = {}
    offset = end = 0
    waiting: list[tuple[str, Side, int]] = []
    for line in _lines(pack.folder / RESULTS):
        offset += len(line)
        said = line_of_attempt(line) if line.endswith(b"\n") else None
        if said is None:
            continue
        waiting.append((said["case"], Side(said["side"]), int(said["number"])))
        if said["reply"]["error"] not in GONE:
            end = offset
            for case_id, side, number in waiting:
                numbers.setdefault((case_id, side), set()).add(number)
            waiting.clear()
    _cut(pack.folder / RESULTS, end)
    return Kept({key: frozenset(found) for key, found in numbers.items()})


def _lines(place: Path) -> Iterable[bytes]:
    if place.is_file():
        with place.open("rb") as file:
            yield from file


def _end_of_lines(place: Path) -> int:
    return sum(len(line) for line in _lines(place) if line.endswith(b"\n"))


def _cut(place: Path, end: int) -> None:
    if place.is_file():
        os.truncate(place, end)
