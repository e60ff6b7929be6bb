"""`gatekeeper import promptfoo FILE`: cases that are written already, brought over. Starts nothing,
and overwrites nothing."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.adapters.console import emit
from gatekeeper.adapters.working_files import files_below, is_taken, write_new
from gatekeeper.cases.file import Standards
from gatekeeper.errors import ExitCode, UsageError
from gatekeeper.importing.promptfoo import Brought, bring_over
from gatekeeper.manifest.parse import NAME, parse_manifest
from gatekeeper.manifest.types import CASES_FILE
from gatekeeper.neutral import visible
from gatekeeper.policy.declared import standards
from gatekeeper.report.brought import brought_lines


def import_command(folder: Path, config: Path, output: str, dry_run: bool) -> ExitCode:
    """Write the cases beside the manifest; UsageError where the file is there and says something
    else."""
    place = folder / config
    brought = bring_over(files_below(place.parent), place.name, _standards(folder))
    if not brought.rows:
        lost = "\n".join(str(one) for one in brought.left[:20])
        raise UsageError(f"{config}: no case comes over\n{lost}",
                         "a case needs a prompt that is text; see docs/init.md")
    name = output or CASES_FILE
    state = _written(folder, name, brought, dry_run)
    emit("\n".join(brought_lines(brought, name, state)) + "\n")
    return ExitCode.PASS


def _standards(folder: Path) -> Standards:
    """What the manifest declares, where there is one that can be read."""
    try:
        text = (folder / NAME).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return Standards()
    manifest, _ = parse_manifest(text, NAME)
    return standards(manifest) if manifest else Standards()


def _written(folder: Path, name: str, brought: Brought, dry_run: bool) -> str:
    if is_taken(folder, name):
        place = folder / name
        if not place.is_symlink() and place.is_file() and \
                place.read_bytes() == brought.cases.encode():
            return "as it is already"
        raise UsageError(f"{name} is there already, and is never overwritten",
                         "name another file with --output, and put its rows together by hand")
    if dry_run:
        emit("".join(f"{visible(line)}\n" for line in brought.cases.splitlines()))
        return "not written (--dry-run)"
    write_new(folder, name, brought.cases)
    return "written"
