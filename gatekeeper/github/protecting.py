"""Looking up what protects a branch; what it means is `protection.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gatekeeper.github.codeowners import PLACES
from gatekeeper.github.forge import Denied, Forge, ForgeError, NotThere
from gatekeeper.github.protection import Seen
from gatekeeper.github.run_context import RunContext

T = TypeVar("T")


def look(forge: Forge, branch: str, workflows: tuple[str, ...], files: tuple[str, ...]) -> Seen:
    """What this token may see of a branch's protection. `workflows` are the paths of those that run
    the gate, `files` the others that decide what it says."""
    texts = {path: _read(forge, path, branch) or "" for path in workflows}
    rules = _allowed(lambda: forge.rules(branch))
    return Seen(
        branch=branch,
        rules=rules,
        protection=_allowed(lambda: forge.branch(branch)),
        codeowners=_codeowners(forge, branch),
        workflows={path: text for path, text in texts.items() if text},
        guarded=(*workflows, *files),
        repository=forge.repository_id() if any(rule.get("type") == "workflows"
                                                for rule in rules or ()) else None,
    )


def _codeowners(forge: Forge, branch: str) -> str | None:
    """The file that counts; empty where there is none, None where that cannot be told."""
    for place in PLACES:
        text = _read(forge, place, branch)
        if text is None or text:
            return text
    return ""


def _allowed(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except (Denied, NotThere):
        return None


def _read(forge: Forge, path: str, branch: str) -> str | None:
    """A file's text; empty where it is not there, None where this token may not read it."""
    try:
        return (forge.file(path, branch) or b"").decode("utf-8", "replace")
    except Denied:
        return None


def own_check_name(forge: Forge, here: RunContext) -> tuple[str, bool]:
    """Name of this job's check, and whether that is known: a matrix, a `name:` and a reusable
    workflow each make it another than the job's key."""
    try:
        jobs = forge.jobs(here.run, here.attempt)
    except ForgeError:
        return here.job, False
    mine = [job.name for job in jobs
            if job.status == "in_progress" and job.runner == here.runner]
    return (mine[0], True) if len(mine) == 1 else (here.job, False)


def workflow_path(workflow_ref: str) -> str:
    """Path of a workflow out of `GITHUB_WORKFLOW_REF`: `owner/name/.github/workflows/x.yml@ref`."""
    path = workflow_ref.partition("@")[0].split("/", 2)
    return path[2] if len(path) == 3 else ""
