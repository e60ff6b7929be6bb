"""The failure table and all that stands beside it, as GitHub Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gatekeeper.evidence.files import PAGE
from gatekeeper.judging.judgement import Judgement
from gatekeeper.neutral import for_markdown, for_shell
from gatekeeper.outcome import CaseStatus, Conclusion, ConditionResult, GateResult, GateState
from gatekeeper.report.contract_words import summary, worth_saying
from gatekeeper.report.drill import drill_table
from gatekeeper.report.limits import WHOLE, Limits
from gatekeeper.report.policy_words import how_to_accept, waivers, whose
from gatekeeper.report.rows import flaky_words, make_rows
from gatekeeper.report.told_words import told_lines
from gatekeeper.report.visit import GATE, NO_VISIT, Visit, reproduce

WORDS = {
    Conclusion.PASS: ("✅", "pass"),
    Conclusion.BLOCK: ("⛔", "blocked"),
    Conclusion.UNDECIDED: ("❔", "undecided, and therefore blocked"),
    Conclusion.INTERRUPTED: ("⏹", "interrupted, and therefore blocked"),
}
_STATES = {GateState.OPEN: "open", GateState.CLOSED: "**closed**",
           GateState.UNDECIDED: "**undecided**"}
PACK = "the evidence pack"


def render(judgement: Judgement, limits: Limits = WHOLE, visit: Visit = NO_VISIT) -> str:
    """The whole report, failure table first."""
    icon, word = WORDS[judgement.verdict.conclusion]
    parts = [headline(icon, word, visit), *_reasons(judgement, limits)]
    if not judgement.record.nothing_changed:
        parts += [*_starts(judgement, limits), *_table(judgement, limits),
                  *_flaky(judgement, limits), *_counts(judgement), *_contract(judgement, limits),
                  *_gates(judgement, limits),
                  *drill_table(judgement.drills, limits.cell)]
    parts += [*_told(judgement, limits), *_changes(judgement, limits),
              *_policy(judgement, limits, visit), *_again(judgement, limits, visit),
              *closing(visit, limits)]
    return "\n".join(parts) + "\n"


def headline(icon: str, word: str, visit: Visit) -> str:
    """The first lines: the verdict, and whose it is."""
    name = GATE if visit.name == GATE else for_markdown(visit.name, 100)
    standing = f", {visit.standing}" if visit.standing else ""
    return f"## {icon} {name}{standing}: {word}"


def closing(visit: Visit, limits: Limits) -> Iterator[str]:
    """The last lines: what a maintainer should know, and where the evidence is."""
    if visit.notes:
        yield ""
    yield from _listed((for_markdown(note, 600) for note in visit.notes), limits, "- ⚠️ ")
    if visit.evidence_url:
        yield ""
        aside = "" if visit.foreign else f"; to read: `{PAGE}` of the pack"
        yield f"[Evidence pack and log]({visit.evidence_url}){aside}"


def _listed(lines: Iterable[str], limits: Limits, start: str = "- ") -> Iterator[str]:
    """A list, cut at a line's end."""
    lines = list(lines)
    for line in lines[: limits.rows]:
        yield f"{start}{line}"
    if len(lines) > limits.rows:
        yield f"- and {len(lines) - limits.rows} more, in {PACK}"


def _reasons(judgement: Judgement, limits: Limits) -> Iterator[str]:
    yield ""
    yield from _listed((for_markdown(reason.text, limits.cell * 2)
                        for reason in judgement.verdict.reasons), limits)
    yield ""


def _starts(judgement: Judgement, limits: Limits) -> Iterator[str]:
    """What the engine and the service said, for every side that did not start."""
    for name, side in (("Head", judgement.record.head), ("Base", judgement.record.base)):
        if side is not None and side.died:
            yield f"{name} ended while it was asked: {for_markdown(side.died, limits.cell)}"
            yield ""
        if side is None or side.failure is None:
            continue
        yield f"### {name} did not start"
        yield ""
        yield for_markdown(side.failure.cause, limits.cell)
        lines = side.failure.logs.splitlines()
        for line in (side.failure.detail, *lines[len(lines) - min(limits.log, len(lines)):]):
            if line.strip():
                yield f"- {for_markdown(line, limits.cell)}"
        yield ""


def run_alone(case: str, manifest: str) -> str:
    """The command that runs one case alone; empty for a row that stands for several."""
    if not case:
        return ""
    case_id = case.partition("@")[0]
    where = "" if manifest == "gatekeeper.yaml" else f" --manifest {for_shell(manifest)}"
    return f"gatekeeper run{where} --case {for_shell(case_id)}"


def _table(judgement: Judgement, limits: Limits) -> Iterator[str]:
    rows = make_rows(judgement.failing)
    yield "### Failures"
    yield ""
    if not rows:
        yield "None."
        yield ""
        return
    yield "| risk | case | expected | got | with this change |"
    yield "|---|---|---|---|---|"
    for row in rows[: limits.rows]:
        cells = (str(row.risk), for_markdown(row.case_id, limits.cell),
                 for_markdown(row.expected, limits.cell), for_markdown(row.got, limits.cell),
                 row.since)
        yield f"| {' | '.join(cells)} |"
    if len(rows) > limits.rows:
        yield ""
        yield f"{len(rows) - limits.rows} more rows are in judgement.jsonl of {PACK}."
    yield ""
    if alone := run_alone("CASE", judgement.record.manifest_path):
        yield f"Any of them alone: {for_markdown(alone, 600)}"
        yield ""


def _flaky(judgement: Judgement, limits: Limits) -> Iterator[str]:
    if judgement.flaky:
        yield "Flaky:"
        yield from _listed((for_markdown(flaky_words(case), limits.cell)
                            for case in judgement.flaky), limits)
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


def _contract(judgement: Judgement, limits: Limits) -> Iterator[str]:
    """One line, and what is wrong with it."""
    if judgement.contract.lines:
        yield f"Contract: {summary(judgement.contract)}."
        yield ""
        wrong = [for_markdown(one, limits.cell * 2) for one in worth_saying(judgement.contract)]
        yield from _listed(wrong, limits)
        yield from [""] if wrong else []


def _gates(judgement: Judgement, limits: Limits) -> Iterator[str]:
    """Where not all of it is shown, what keeps a gate shut comes first."""
    rows = [(gate, one) for gate in judgement.verdict.gates for one in gate.conditions]
    if len(rows) > limits.rows:
        rows.sort(key=lambda row: row[1].state is GateState.OPEN)
    yield "### Gates"
    yield ""
    yield "| gate | until | measured | state |"
    yield "|---|---|---|---|"
    for gate, condition in rows[: limits.rows]:
        yield _gate_row(gate, condition, limits)
    if len(rows) > limits.rows:
        yield ""
        yield f"{len(rows) - limits.rows} more conditions are in verdict.json of {PACK}."
    yield ""
    loud = [(gate, one) for gate, one in rows[: limits.rows] if one.loudness]
    if loud:
        yield "### How loud are these gates?"
        yield ""
        yield from _listed((for_markdown(f"{gate.name}, {one.text}: {one.loudness}",
                                         limits.cell * 2) for gate, one in loud), limits)
        yield ""


def _gate_row(gate: GateResult, condition: ConditionResult, limits: Limits) -> str:
    name = for_markdown(gate.name, limits.cell) + \
        ("" if gate.decides else " (does not block this event)")
    return f"| {name} | {for_markdown(condition.text, limits.cell)} | " \
           f"{for_markdown(condition.measured, limits.cell)} | {_STATES[condition.state]} |"


def _told(judgement: Judgement, limits: Limits) -> Iterator[str]:
    kind, lines = judgement.told.route.kind, list(told_lines(judgement.told))
    if not kind:
        return
    yield f"### Route {kind}"
    yield ""
    yield from _listed((for_markdown(line, limits.cell * 2) for line in lines), limits)
    if not lines:
        yield "All that it owes is there, and nothing is claimed outside of it."
    yield ""


def _changes(judgement: Judgement, limits: Limits) -> Iterator[str]:
    yield "### What changed"
    yield ""
    changes = judgement.record.changes
    yield from _listed((for_markdown(str(change), limits.cell) for change in changes), limits)
    if not changes:
        yield "Nothing that counts."
    yield from _listed((for_markdown(remark, limits.cell * 2) for remark in judgement.remarks),
                       limits, "- ⚠️ ")
    yield ""


def _policy(judgement: Judgement, limits: Limits, visit: Visit) -> Iterator[str]:
    policy, wide = judgement.policy, limits.cell * 2
    yield "### Policy"
    yield ""
    yield f"{for_markdown(whose(policy), wide)}."
    yield ""
    yield from _listed((f"does not count until accepted: {for_markdown(str(edit), wide)}"
                        for edit in policy.waiting), limits)
    for way in how_to_accept(policy, judgement.record.manifest_path, bool(visit.number)):
        yield f"- to accept head's policy: {for_markdown(way, 600)}"
    yield from _listed((f"waived: {for_markdown(line, wide)}" for line in waivers(judgement)),
                       limits)
    yield f"- digest: `{judgement.verdict.policy_digest}`"
    yield ""


def _again(judgement: Judgement, limits: Limits, visit: Visit) -> Iterator[str]:
    record = judgement.record
    yield f"Judged: {for_markdown(record.subject, limits.cell)}, on the " \
          f"{for_markdown(record.runtime, limits.cell)} runtime. The same at a desk: " \
          f"{for_markdown(reproduce(visit.number, record), 600)}"
