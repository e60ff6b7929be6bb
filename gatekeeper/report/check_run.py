"""The check run beside the job's own: a title, the report, and remarks on lines.

It is presentation. What blocks is the job's exit code: any token that may write checks can make one
of any name, and a job's own check can be written by GitHub alone. `neutral` and `skipped` count as
passed where a check is required, so neither is ever said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gatekeeper.errors import ExitCode, GatekeeperError
from gatekeeper.judging.judgement import Judgement
from gatekeeper.neutral import shortened, visible
from gatekeeper.outcome import CaseStatus, Conclusion, GateState
from gatekeeper.report.annotations import Annotation, annotate, annotate_problems
from gatekeeper.report.comment import complaint
from gatekeeper.report.limits import fitting
from gatekeeper.report.markdown import WORDS, render
from gatekeeper.report.visit import Visit

SUMMARY = 65_000
"""Characters, and bytes: GitHub refuses more than 65,535 of either."""
BATCH = 50
"""Annotations that one request may carry; those of further ones are added to them."""
MOST = 200
"""Annotations of one check run: each batch is a write of its own, a second apart."""
MAX_TITLE = 120
_CONCLUSIONS = {Conclusion.PASS: "success", Conclusion.BLOCK: "failure",
                Conclusion.UNDECIDED: "failure", Conclusion.INTERRUPTED: "cancelled"}


@dataclass(frozen=True, slots=True)
class CheckRun:
    """What a check run shows."""

    name: str
    conclusion: str
    """`success`, `failure` or `cancelled`."""
    title: str
    summary: str
    annotations: tuple[Annotation, ...]


def make_check(judgement: Judgement, visit: Visit) -> CheckRun:
    """The check run of a verdict."""
    conclusion = judgement.verdict.conclusion
    return CheckRun(
        check_name(visit), _CONCLUSIONS[conclusion], _title(judgement),
        fitting(lambda limits: render(judgement, limits, visit), SUMMARY, SUMMARY),
        annotate(judgement),
    )


def make_complaint_check(error: GatekeeperError, visit: Visit) -> CheckRun:
    """The check run of a run that reached no verdict."""
    cancelled = error.exit_code is ExitCode.INTERRUPTED
    first = shortened(visible(error.message.partition("\n")[0]), MAX_TITLE)
    return CheckRun(
        check_name(visit), "cancelled" if cancelled else "failure", first,
        fitting(lambda limits: complaint(error, limits, visit), SUMMARY, SUMMARY),
        annotate_problems(error),
    )


def check_name(visit: Visit) -> str:
    """Never the job's name: where a name is required, every check of that name is."""
    return shortened(f"{visible(visit.name)} report", 100)


def _title(judgement: Judgement) -> str:
    """The verdict with what it rests on; never an average."""
    _, word = WORDS[judgement.verdict.conclusion]
    failed = sum(1 for case in judgement.failing
                 if case.head.status is CaseStatus.FAILED and not case.waived)
    shut = [gate.name for gate in judgement.verdict.gates
            if gate.decides and gate.state is not GateState.OPEN]
    parts = [word]
    if shut:
        parts.append(f"{'gates' if len(shut) > 1 else 'gate'} {', '.join(shut)} not open")
    if failed:
        parts.append(f"{failed} {'cases' if failed > 1 else 'case'} failed")
    return shortened(visible("; ".join(parts)), MAX_TITLE)


def bodies(check: CheckRun, head_sha: str, url: str, external_id: str) -> Iterator[dict[str, Any]]:
    """The requests that make it: one that creates, then those that add annotations. Each carries
    the whole output, because GitHub empties what is left out."""
    shown = check.annotations[:MOST]
    left = len(check.annotations) - len(shown)
    summary = check.summary + (f"\n{left} more remarks are not shown on lines.\n" if left else "")
    for start in range(0, max(len(shown), 1), BATCH):
        output = {"title": check.title, "summary": summary,
                  "annotations": [_annotation(one) for one in shown[start : start + BATCH]]}
        first = {"name": check.name, "head_sha": head_sha, "status": "completed",
                 "conclusion": check.conclusion, "details_url": url, "external_id": external_id}
        yield {**(first if start == 0 else {}), "output": output}


def _annotation(one: Annotation) -> dict[str, Any]:
    return {"path": one.path, "start_line": one.line, "end_line": one.line,
            "annotation_level": str(one.level), "title": one.title, "message": one.message}
