"""The packs of a run's shards as one verdict."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from gatekeeper.adapters.git import Git
from gatekeeper.commands.scratch import scratch_folder
from gatekeeper.errors import CouldNotMeasure, UsageError
from gatekeeper.evidence.merging import merge
from gatekeeper.evidence.pack import JUDGED_WHOLE, Pack, undamaged
from gatekeeper.judging.judgement import Judgement
from gatekeeper.options import Options
from gatekeeper.report.write import write_reports
from gatekeeper.trees.subject import find_subject


def judge_shards(packs: Sequence[Pack], merged: Path | None) -> Judgement:
    """Merge, judge and seal; the merged pack is kept where a folder is named for it."""
    with scratch_folder() as scratch:
        place = merged or scratch / "evidence"
        if any(place.resolve() == pack.folder.resolve() for pack in packs):
            raise UsageError(f"--evidence {place} is the pack of a shard",
                             "name another folder for the merged pack")
        with undamaged("the pack of a shard", JUDGED_WHOLE), \
                contextlib.closing(Pack.create(place)) as pack:
            merge(packs, pack)
            return write_reports(pack)


def judge_shards_below(folder: Path, options: Options) -> Judgement:
    """Of an action's last job: the packs in the folders of a folder, of this event's very trees;
    CouldNotMeasure where there is none."""
    found = [Pack(place) for place in sorted(folder.iterdir())] if folder.is_dir() else []
    packs = [pack for pack in found if pack.is_there]
    if not packs:
        raise CouldNotMeasure(f"there is no shard's pack below {folder}",
                              "download the artifacts of all shards there, each to a folder of "
                              "its own; the shards' own logs say why there is none")
    with scratch_folder() as scratch:
        subject = find_subject(Git(options.folder, scratch), options.event, options.base,
                               options.head)
    for pack in packs:
        record = pack.read_record()
        base = record.base.tree if record.base else subject.base_tree
        if (record.head.tree, base) != (subject.head_tree, subject.base_tree):
            raise UsageError(f"{pack.folder} judged other trees than this event's: "
                             f"{record.subject}", "merge the packs of this very run")
    return judge_shards(packs, options.evidence)
