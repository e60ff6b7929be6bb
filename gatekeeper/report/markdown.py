"""The failure table and all that stands beside it, as GitHub Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.judgement import Judgement
from gatekeeper.neutral import for_markdown, for_shell
from gatekeeper.outcome import CaseStatus, Conclusion, GateState
from gatekeeper.report.policy_words import how_to_accept, waivers, whose
from gatekeeper.report.rows import Row, make_rows

HEADLINES = {
    Conclusion.PASS: "✅ gatekeeper: pass",
    Conclusion.BLOCK: "⛔ gatekeeper: blocked",
    Conclusion.UNDECIDED: "❔ gatekeeper: undecided, and therefore blocked",
    Conclusion.INTERRUPTED: "⏹ gatekeeper: interrupted, and therefore blocked",
}
_STATES = {GateState.OPEN: "open", GateState.CLOSED: "**closed**",
           GateState.UNDECIDED: "**undecided**"}
MAX_ROWS = 200
"""Rows shown; the rest are counted, and stand in judgement.jsonl."""
MAX_LOG_LINES = 12
"""Last lines of a service that did not start."""


def render(judgement: Judgement) -> str:
    """The whole report, failure table first."""
    parts = [f"## {HEADLINES[judgement.verdict.conclusion]}", *_reasons(judgement)]
    if not judgement.record.nothing_changed:
        parts += [*_starts(judgement), *_table(judgement), *_counts(judgement), *_gates(judgement)]
    parts += _changes(judgement)
    return "\n".join(parts) + "\n"


def _reasons(judgement: Judgement) -> Iterator[str]:
    yield ""
    for reason in judgement.verdict.reasons:
        yield f"- {for_markdown(reason.text, 600)}"
    yield ""
    yield f"Judged: {for_markdown(judgement.record.subject)}, on the " \
          f"{for_markdown(judgement.record.runtime)} runtime."
    yield f"Policy: {for_markdown(whose(judgement.policy), 600)}."
    yield ""
    yield from _policy(judgement)


def _policy(judgement: Judgement) -> Iterator[str]:
    policy = judgement.policy
    for edit in policy.waiting[:MAX_ROWS]:
        yield f"- does not count until accepted: {for_markdown(str(edit), 600)}"
    if len(policy.waiting) > MAX_ROWS:
        yield f"- and {len(policy.waiting) - MAX_ROWS} more"
    if command := how_to_accept(policy, judgement.record.manifest_path):
        yield f"- to accept head's policy: {for_markdown(command, 600)}"
    for line in waivers(judgement):
        yield f"- waived: {for_markdown(line, 600)}"
    yield ""


def _starts(judgement: Judgement) -> Iterator[str]:
    """What the engine and the service said, for every side that did not start."""
    for name, side in (("Head", judgement.record.head), ("Base", judgement.record.base)):
        if side is not None and side.died:
            yield f"{name} ended while it was asked: {for_markdown(side.died)}"
            yield ""
        if side is None or side.failure is None:
            continue
        yield f"### {name} did not start"
        yield ""
        yield f"{for_markdown(side.failure.cause)}"
        for line in (side.failure.detail, *side.failure.logs.splitlines()[-MAX_LOG_LINES:]):
            if line.strip():
                yield f"- {for_markdown(line)}"
        yield ""


def run_alone(row: Row, manifest: str) -> str:
    """The command that runs one case alone."""
    if not row.again:
        return ""
    case_id = row.again.partition("@")[0]
    where = "" if manifest == "gatekeeper.yaml" else f" --manifest {for_shell(manifest)}"
    return f"gatekeeper run{where} --case {for_shell(case_id)}"


def _table(judgement: Judgement) -> Iterator[str]:
    rows = make_rows(judgement.failing)
    yield "### Failures"
    yield ""
    if not rows:
        yield "None."
        yield ""
        return
    yield "| risk | case | expected | got | with this change | run it alone |"
    yield "|---|---|---|---|---|---|"
    for row in rows[:MAX_ROWS]:
        cells = (str(row.risk), for_markdown(row.case_id), for_markdown(row.expected),
                 for_markdown(row.got), row.since,
                 for_markdown(run_alone(row, judgement.record.manifest_path)))
        yield f"| {' | '.join(cells)} |"
    if len(rows) > MAX_ROWS:
        yield ""
        yield f"{len(rows) - MAX_ROWS} more rows are in judgement.jsonl of the evidence pack."
    yield ""


def _counts(judgement: Judgement) -> Iterator[str]:
    counts = judgement.verdict.counts
    if not counts:
        return
    statuses = [status for status in CaseStatus if any(str(status) in c for c in counts.values())]
    yield "| risk | " + " | ".join(statuses) + " |"
    yield "|---|" + "---:|" * len(statuses)
    for risk, found in counts.items():
        yield f"| {risk} | " + " | ".join(str(found.get(str(s), 0)) for s in statuses) + " |"
    yield ""


def _gates(judgement: Judgement) -> Iterator[str]:
    yield "### Gates"
    yield ""
    yield "| gate | until | measured | state |"
    yield "|---|---|---|---|"
    for gate in judgement.verdict.gates:
        name = for_markdown(gate.name) + ("" if gate.decides else " (does not block this event)")
        for condition in gate.conditions:
            yield f"| {name} | {for_markdown(condition.text)} | " \
                  f"{for_markdown(condition.measured)} | {_STATES[condition.state]} |"
    yield ""


def _changes(judgement: Judgement) -> Iterator[str]:
    yield "### What changed"
    yield ""
    changes = judgement.record.changes
    for change in changes[:MAX_ROWS]:
        yield f"- {for_markdown(change)}"
    if len(changes) > MAX_ROWS:
        yield f"- and {len(changes) - MAX_ROWS} more"
    if not changes:
        yield "Nothing that counts."
    yield ""
    yield f"Policy digest: `{judgement.verdict.policy_digest}`"
