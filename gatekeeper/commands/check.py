"""`gatekeeper check`: is the manifest sound, with its cases and its contract? Starts nothing."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.adapters.console import emit
from gatekeeper.cases import read_cases
from gatekeeper.contract import lines, spelled_out
from gatekeeper.errors import ExitCode
from gatekeeper.manifest.parse import NAME
from gatekeeper.neutral import for_terminal
from gatekeeper.policy.declared import read_declared, standards


def check_command(folder: Path, manifest: str) -> ExitCode:
    """Every problem of every file at once (exit code 2), or what the files hold a service to."""
    place = folder / (manifest or NAME)

    def read(path: str) -> bytes | None:
        try:
            return Path(path).read_bytes()
        except OSError:
            return None

    declared = read_declared(str(place), read)
    cases, _ = read_cases(declared.cases_text, declared.cases_path, standards(declared.manifest))
    out = [f"{for_terminal(str(place))}: sound"]
    for line in lines(spelled_out(declared.manifest)):
        missing = f": {', '.join(line.missing)} not declared" if line.missing else ""
        out.append(f"  contract {line.name}: {line.state}{missing}")
    for name in sorted(declared.manifest.witnesses):
        asked = getattr(declared.manifest, name)
        key = f", with the key in {asked.auth.secret}" if asked.auth else ""
        out.append(f"  {name}: {for_terminal(asked.model)} at {for_terminal(asked.url)}{key}")
    out += [f"  own check: {for_terminal(path)}" for path in sorted(declared.own_files)]
    out.append(f"{for_terminal(declared.cases_path)}: {len(cases)} cases")
    for case in cases:
        held = ", ".join(map(str, case.requirements)) or "nothing: this row blocks as unverified"
        by = "" if case.held_by == "row" else f" (by risk {case.risk})"
        mark = " " if case.requirements else "✗"
        out.append(f"{mark} {case.case_id}: {for_terminal(held)}{by if case.requirements else ''}")
    out += [f"waived: {for_terminal(one.case)} until {one.expires}, by {for_terminal(one.owner)}"
            for one in declared.manifest.waivers]
    emit("\n".join(out) + "\n")
    return ExitCode.PASS
