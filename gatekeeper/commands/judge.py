"""`gatekeeper judge`: the same verdict again from a pack, offline; packs of shards are merged
first. No pack is touched."""

from __future__ import annotations

import sys
from pathlib import Path

from gatekeeper.adapters.console import emit, style_of
from gatekeeper.commands.shards import judge_shards
from gatekeeper.errors import ExitCode, UsageError
from gatekeeper.evidence.files import PAGE, VERDICT
from gatekeeper.evidence.pack import JUDGED_WHOLE, Pack, undamaged
from gatekeeper.judging.from_pack import judge
from gatekeeper.judging.verdict import EXIT_CODES
from gatekeeper.neutral import for_log
from gatekeeper.report import terminal
from gatekeeper.report.write import verdict_json

_WORST_FIRST = (ExitCode.INTERRUPTED, ExitCode.BLOCK, ExitCode.UNDECIDED, ExitCode.PASS)


def judge_pack(folder: Path, as_json: bool) -> ExitCode:
    """Judge one pack, and say whether its own verdict is the same to the byte."""
    pack = Pack.open(folder)
    with undamaged(folder, JUDGED_WHOLE):
        judgement = judge(pack)
        text = verdict_json(judgement)
        page = str(folder / PAGE) if (folder / PAGE).is_file() else ""
        shown = text if as_json else terminal.render(judgement, style_of(sys.stdout), str(folder),
                                                     page)
    emit(shown)
    code, doubt = EXIT_CODES[judgement.verdict.conclusion], _doubt(pack, text)
    if doubt:
        print(f"{for_log(str(folder))}: {for_log(doubt)}", file=sys.stderr)
        return ExitCode.UNDECIDED if code is ExitCode.PASS else code
    print(f"{for_log(str(folder))}/{VERDICT}: the same, byte for byte", file=sys.stderr)
    return code


def _doubt(pack: Pack, text: str) -> str:
    """Why the pack cannot be believed; empty where it is as it was sealed. That proves no origin:
    whoever changes a reply can seal it anew."""
    if not (pack.folder / VERDICT).is_file():
        return "the run was cut off before its verdict, or the verdict was removed"
    altered = pack.altered()
    if altered:
        more = f" and {len(altered) - 3} more" if len(altered) > 3 else ""
        return f"not as it was sealed: {', '.join(altered[:3])}{more}; do not trust it"
    if pack.read(VERDICT) != text.encode():
        return f"{VERDICT} says something else than its evidence; do not trust it"
    return ""


def judge_command(folders: list[Path], as_json: bool, merged: Path | None) -> ExitCode:
    """Judge every pack, and the packs of shards as one; the worst verdict is the exit code."""
    packs = [Pack.open(folder) for folder in folders]
    if any(pack.read_record().shard for pack in packs) and (merged or len(packs) > 1):
        return _judge_as_one(packs, as_json, merged)
    if merged:
        raise UsageError(f"--evidence {merged}: there is no shard's pack to merge",
                         "name the packs that `gatekeeper run --shard` wrote")
    return min((judge_pack(folder, as_json) for folder in folders), key=_WORST_FIRST.index)


def _judge_as_one(packs: list[Pack], as_json: bool, merged: Path | None) -> ExitCode:
    judgement = judge_shards(packs, merged)
    kept = merged or "of the shards; --evidence DIR keeps the merged pack"
    emit(verdict_json(judgement) if as_json
         else terminal.render(judgement, style_of(sys.stdout), str(kept),
                              str(merged / PAGE) if merged else ""))
    return EXIT_CODES[judgement.verdict.conclusion]
