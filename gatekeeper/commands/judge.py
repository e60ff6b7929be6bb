"""`gatekeeper judge`: the same verdict again from a pack, offline. The pack is not touched."""

from __future__ import annotations

import sys
from pathlib import Path

from gatekeeper.adapters.console import style_of
from gatekeeper.errors import ExitCode
from gatekeeper.evidence import VERDICT, Pack
from gatekeeper.judging import judge
from gatekeeper.report import terminal
from gatekeeper.report.write import verdict_json
from gatekeeper.verdict import EXIT_CODES

_WORST_FIRST = (ExitCode.INTERRUPTED, ExitCode.BLOCK, ExitCode.UNDECIDED, ExitCode.PASS)


def judge_pack(folder: Path, as_json: bool) -> ExitCode:
    """Judge one pack, and say whether its own verdict is the same to the byte."""
    pack = Pack.open(folder)
    judgement = judge(pack)
    text = verdict_json(judgement)
    if as_json:
        sys.stdout.write(text)
    else:
        sys.stdout.write(terminal.render(judgement, style_of(sys.stdout), str(folder)))
    code = EXIT_CODES[judgement.verdict.conclusion]
    if not (folder / VERDICT).is_file():
        print(f"{folder}: the run was cut off before its verdict", file=sys.stderr)
    elif pack.read(VERDICT) != text.encode():
        print(f"{folder}/{VERDICT} says something else than its evidence: do not trust it",
              file=sys.stderr)
        return max(code, ExitCode.UNDECIDED) if code is ExitCode.PASS else code
    else:
        print(f"{folder}/{VERDICT}: the same, byte for byte", file=sys.stderr)
    return code


def judge_command(folders: list[Path], as_json: bool) -> ExitCode:
    """Judge every pack; the worst verdict is the exit code."""
    return min((judge_pack(folder, as_json) for folder in folders), key=_WORST_FIRST.index)
