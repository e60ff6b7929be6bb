"""What a report says on GitHub beside the judgement: whose run it was, what to do next, and where
the evidence is. Raw sentences: the renderer neutralises them."""

from __future__ import annotations

from dataclasses import dataclass

from gatekeeper.evidence.record import RunRecord
from gatekeeper.github.event import Event
from gatekeeper.manifest.parse import NAME
from gatekeeper.neutral import for_shell

GATE = "gatekeeper"
DEPENDABOT = "dependabot[bot]"


@dataclass(frozen=True, slots=True)
class Visit:
    """One run's visit to a pull request."""

    name: str = GATE
    """Of the gate: what tells several in one repository apart."""
    number: int = 0
    """The pull request; 0 where there is none."""
    standing: str = ""
    """Whose results these are, where they are not the pull request's own run's."""
    notes: tuple[str, ...] = ()
    """What a maintainer should know of how this gate is set up."""
    evidence_url: str = ""
    """Page of the workflow run, which has the evidence pack as an artifact."""
    foreign: bool = False
    """That pack is a fork's own: nobody is told to open a page of it."""


NO_VISIT = Visit()
"""Of a report that stands in a pack."""


def name_of_gate(given: str, manifest: str) -> str:
    """The gate's name: the one that was given, else one that tells manifests apart."""
    return given or (GATE if manifest == NAME else f"{GATE} ({manifest})")


def reproduce(number: int, record: RunRecord) -> str:
    """The command that judges the same change at a desk. All of a fork's record is the fork's word,
    and somebody will paste this."""
    where = "" if record.manifest_path == NAME else f" --manifest {for_shell(record.manifest_path)}"
    base = f" --base {for_shell(record.base.commit)}" if record.base and record.base.commit else ""
    if number:
        fetch = f"git fetch origin pull/{number}/head"
        return f"{fetch} && gatekeeper run{where}{base} --head FETCH_HEAD"
    head = f" --head {for_shell(record.head.commit)}" if record.head.commit else ""
    return f"gatekeeper run{where}{base}{head}"


def standing_of(event: Event) -> str:
    """What has to be said of the event in the heading."""
    return {"merge_group": "in the merge queue",
            "workflow_run": f"reported by {whose_run(event.actor)}"}.get(event.name, "")


def whose_run(author: str) -> str:
    """Whose word a run is that this repository did not make."""
    return "Dependabot's own run" if author == DEPENDABOT else "the fork's own run"
