"""`gatekeeper check`: is the manifest sound, with its cases and its contract? Starts nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from gatekeeper.adapters.console import emit, style_of
from gatekeeper.cases.file import read_cases
from gatekeeper.commands.prove import exit_code, prove_declared, read_files
from gatekeeper.errors import ExitCode
from gatekeeper.manifest.parse import NAME
from gatekeeper.neutral import for_terminal
from gatekeeper.policy.declared import Declared, standards
from gatekeeper.report.proof import render_proof
from gatekeeper.routes.claims import claims_in, claims_in_manifest
from gatekeeper.routes.documents import MAX_BYTES, documents_among
from gatekeeper.routes.owed import OWED
from gatekeeper.routes.telling import runbook_fact
from gatekeeper.service.contract import lines, spelled_out


def _told(place: Path, declared: Declared) -> Iterator[str]:
    """What README, notes and manifest tell: sections that are missing, claims outside the route."""
    folder, route = place.parent, declared.manifest.route
    files = {str(one): one for one in folder.iterdir() if one.is_file()}
    documents = [(path, files[path].read_bytes()[:MAX_BYTES].decode("utf-8", "replace"))
                 for path in documents_among(files, str(folder) if str(folder) != "." else "")]
    runbook = runbook_fact(documents)
    yield f"runbook: {runbook.reason}"
    if route.kind:
        yield f"route {route.kind}: owes {', '.join(due.name for due in OWED[route.kind])}"
    for path, text in documents:
        yield from map(str, claims_in(route, path, text))
    told = declared.manifest_text.decode("utf-8", "replace")
    yield from map(str, claims_in_manifest(route, declared.manifest_path, told))


def check_command(folder: Path, manifest: str, prove: bool = False) -> ExitCode:
    """Every problem of every file at once (exit code 2), or what the files hold a service to; with
    `prove` also what they would let through (exit code 1)."""
    place = folder / (manifest or NAME)
    declared = read_files(folder, manifest)
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
    out += map(for_terminal, _told(place, declared))
    emit("\n".join(out) + "\n")
    if not prove:
        return ExitCode.PASS
    proof = prove_declared(declared, None)
    emit("\n" + render_proof(proof, style_of(sys.stdout)))
    return exit_code(proof)
