"""The same report for a terminal: fits the width, with colours that mean something."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gatekeeper.drill.outcome import DrillJudgement, DrillState
from gatekeeper.judging.judgement import Judgement
from gatekeeper.judging.verdict import said
from gatekeeper.neutral import for_terminal
from gatekeeper.outcome import CaseStatus, Conclusion, GateState
from gatekeeper.policy.resolve import Origin
from gatekeeper.report.contract_words import summary, worth_saying
from gatekeeper.report.drill_lines import Moment, seconds, timeline
from gatekeeper.report.markdown import run_alone
from gatekeeper.report.policy_words import how_to_accept, waivers, whose
from gatekeeper.report.rows import Row, flaky_words, make_rows
from gatekeeper.report.told_words import told_lines

_WORDS = {
    Conclusion.PASS: ("PASS", "green"),
    Conclusion.BLOCK: ("BLOCK", "red"),
    Conclusion.UNDECIDED: ("UNDECIDED (blocks)", "yellow"),
    Conclusion.INTERRUPTED: ("INTERRUPTED (blocks)", "yellow"),
}
_GATE_COLOURS = {GateState.OPEN: "green", GateState.CLOSED: "red", GateState.UNDECIDED: "yellow"}
_CODES = {"green": "32", "red": "31", "yellow": "33", "bold": "1", "dim": "2"}
DRILL_COLOURS = {DrillState.PASSED: "green", DrillState.FAILED: "red",
                 DrillState.UNMEASURED: "yellow"}
_MARKS = {"good": ("✓", "green"), "bad": ("✗", "red"), "odd": ("!", "yellow")}
_TIME_COLUMN = 10
"""Columns of a time with its unit."""
MIN_WIDTH = 60
LOG_LINES = 12
"""Last lines of a service that did not start."""


@dataclass(frozen=True, slots=True)
class Style:
    """How the terminal is drawn on."""

    colour: bool = False
    width: int = 100

    def paint(self, text: str, name: str) -> str:
        """Text in a colour; plain where there are none."""
        return f"\x1b[{_CODES[name]}m{text}\x1b[0m" if self.colour else text


def columns_of(text: str) -> int:
    """Terminal columns of a text; wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns, broken at spaces where there are any."""
    lines, line = [], ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if columns_of(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        line = word
        while line and columns_of(line) > width:
            cut = 1
            while columns_of(line[: cut + 1]) <= width:
                cut += 1
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line]


def table(header: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """A table whose widest columns give way until it fits."""
    cells = [header, *rows]
    widths = [max(columns_of(row[i]) for row in cells) for i in range(len(header))]
    least = [min(w, max(columns_of(h), 10)) for w, h in zip(widths, header, strict=True)]
    while sum(widths) + 2 * (len(widths) - 1) > width:
        widest = max(range(len(widths)), key=lambda i: widths[i] - least[i])
        if widths[widest] <= least[widest]:
            break
        widths[widest] -= 1
    for number, row in enumerate(cells):
        wrapped = [wrap(cell, widths[i]) for i, cell in enumerate(row)]
        for n in range(max(map(len, wrapped))):
            parts = [lines[n] if n < len(lines) else "" for lines in wrapped]
            padded = [p + " " * (widths[i] - columns_of(p)) for i, p in enumerate(parts)]
            yield "  ".join(padded).rstrip()
        if number == 0:
            yield "  ".join("─" * w for w in widths)


def render(judgement: Judgement, style: Style, evidence: str, page: str = "") -> str:
    """The whole report; `page` is the pack's page to read, where it has one."""
    style = replace(style, width=max(style.width, MIN_WIDTH))
    word, colour = _WORDS[judgement.verdict.conclusion]
    out = [style.paint(f"■ {word}", colour) + f"  {for_terminal(judgement.record.subject)}", ""]
    if not judgement.record.nothing_changed:
        out += _starts(judgement, style)
        out += _failures(judgement, style)
        out += _flaky(judgement, style)
        out += _counts(judgement)
        out += _contract(judgement, style)
        out += _gates(judgement, style)
        out += _drills(judgement, style)
    out += _told(judgement, style)
    out += _changes(judgement, style)
    out += _policy(judgement, style)
    out += _reasons(judgement, style)
    out.append(style.paint(f"evidence: {for_terminal(evidence)}", "dim"))
    if page:
        out.append(style.paint(f"to read: {for_terminal(page, 600)}", "dim"))
    return "\n".join(out) + "\n"


def _starts(judgement: Judgement, style: Style) -> Iterator[str]:
    """What the engine and the service said, for every side that did not start or did not last."""
    for name, side in (("head", judgement.record.head), ("base", judgement.record.base)):
        if side is not None and side.died:
            words = f"{name} ended while it was asked: {for_terminal(side.died)}"
            yield style.paint(words, "bold")
            yield ""
        if side is None or side.failure is None:
            continue
        yield style.paint(f"{name} did not start: {for_terminal(side.failure.cause)}", "bold")
        if side.failure.detail:
            yield f"  engine: {for_terminal(side.failure.detail)}"
        for line in side.failure.logs.splitlines()[-LOG_LINES:]:
            yield style.paint(f"  │ {for_terminal(line)}", "dim")
        yield ""


def _failures(judgement: Judgement, style: Style) -> Iterator[str]:
    rows = make_rows(judgement.failing)
    yield style.paint("Failures", "bold")
    if not rows:
        yield "none"
        yield ""
        return
    cells = [
        [str(row.risk), for_terminal(row.case_id, 40), for_terminal(row.expected),
         for_terminal(row.got), row.since]
        for row in rows
    ]
    header = ["risk", "case", "expected", "got", "with this change"]
    yield from table(header, cells, style.width)
    yield ""
    yield from _alone(rows, judgement, style)


def _alone(rows: tuple[Row, ...], judgement: Judgement, style: Style) -> Iterator[str]:
    commands = [run_alone(row.again, judgement.record.manifest_path) for row in rows if row.again]
    if commands:
        yield style.paint("run one of them alone:", "dim")
        for command in commands[:10]:
            yield f"  {for_terminal(command)}"
        if len(commands) > 10:
            yield f"  and {len(commands) - 10} more, each by its case id"
        yield ""


def _flaky(judgement: Judgement, style: Style) -> Iterator[str]:
    if not judgement.flaky:
        return
    yield style.paint("Flaky", "bold")
    for case in judgement.flaky[:20]:
        yield from _wrapped(for_terminal(flaky_words(case), 600), style.width)
    if len(judgement.flaky) > 20:
        yield f"  and {len(judgement.flaky) - 20} more"
    yield ""


def _counts(judgement: Judgement) -> Iterator[str]:
    counts = judgement.verdict.counts
    statuses = [status for status in CaseStatus if any(str(status) in c for c in counts.values())]
    if not counts:
        return
    rows = [[risk, *(str(found.get(str(s), 0)) for s in statuses)]
            for risk, found in counts.items()]
    yield from table(["cases", *map(str, statuses)], rows, 200)
    yield ""


def _contract(judgement: Judgement, style: Style) -> Iterator[str]:
    if judgement.contract.lines:
        yield style.paint("Contract", "bold")
        yield f"  {summary(judgement.contract)}"
        for line in worth_saying(judgement.contract):
            yield from _wrapped(for_terminal(line, 600), style.width)
        yield ""


def _gates(judgement: Judgement, style: Style) -> Iterator[str]:
    yield style.paint("Gates", "bold")
    for gate in judgement.verdict.gates:
        state = style.paint(str(gate.state), _GATE_COLOURS[gate.state])
        aside = "" if gate.decides else "  (does not block this event)"
        yield f"{for_terminal(gate.name)}: {state}{aside}"
        for condition in gate.conditions:
            mark = {GateState.OPEN: "✓", GateState.CLOSED: "✗"}.get(condition.state, "?")
            text = f"{for_terminal(condition.text)}   {for_terminal(said(condition))}"
            first, *rest = wrap(text, style.width - 4)
            yield f"  {style.paint(mark, _GATE_COLOURS[condition.state])} {first}"
            yield from (f"      {line}" for line in rest)
            if condition.loudness:
                yield from (style.paint(f"      {line}", "dim")
                            for line in wrap(condition.loudness, style.width - 6))
    yield ""


def _drills(judgement: Judgement, style: Style) -> Iterator[str]:
    if judgement.drills:
        yield style.paint("Drill", "bold")
        yield from drill_lines(judgement.drills, style)


def drill_lines(drills: Sequence[DrillJudgement], style: Style) -> Iterator[str]:
    """A compact timeline a failure."""
    for judged in drills:
        state = style.paint(str(judged.state), DRILL_COLOURS[judged.state])
        yield f"{style.paint(judged.drilled.failure, 'bold')}: {state}"
        for moment in timeline(judged, brief=True):
            yield from _drawn(moment, style)
        # What failed stands in the timeline.
        for reason in judged.reasons if judged.state is not DrillState.FAILED else ():
            first, *rest = wrap(for_terminal(reason, 600), style.width - 4)
            yield f"  {style.paint(f'- {first}', DRILL_COLOURS[judged.state])}"
            yield from (f"    {line}" for line in rest)
        yield ""


def _drawn(moment: Moment, style: Style) -> Iterator[str]:
    mark, colour = _MARKS.get(moment.mark, ("·", "dim"))
    inner = 4 if moment.inside else 0
    room = style.width - _TIME_COLUMN - 4 - inner
    first, *rest = wrap(for_terminal(moment.text), room)
    start = f"{seconds(moment.at):>{_TIME_COLUMN}}  "
    yield start + " " * inner + f"{style.paint(mark, colour)} {first}"
    yield from (" " * (len(start) + inner + 2) + line for line in rest)


def _told(judgement: Judgement, style: Style) -> Iterator[str]:
    lines = list(told_lines(judgement.told))
    if lines:
        yield style.paint(f"Route {judgement.told.route.kind}", "bold")
        for line in lines:
            yield from _wrapped(for_terminal(line, 600), style.width)
        yield ""


def _changes(judgement: Judgement, style: Style) -> Iterator[str]:
    yield style.paint("What changed", "bold")
    changes = judgement.record.changes
    for change in changes[:20]:
        yield from _wrapped(for_terminal(str(change), 600), style.width)
    if len(changes) > 20:
        yield f"  and {len(changes) - 20} more"
    if not changes:
        yield "  nothing that counts"
    for remark in judgement.remarks:
        yield from _wrapped(f"! {for_terminal(remark, 600)}", style.width)
    yield ""


def _policy(judgement: Judgement, style: Style) -> Iterator[str]:
    policy = judgement.policy
    waived = list(waivers(judgement))
    if policy.origin is Origin.BASE and not policy.edits and not waived:
        return
    yield style.paint(f"Policy: {for_terminal(whose(policy), 600)}", "bold")
    for way in how_to_accept(policy, judgement.record.manifest_path, pulled=False):
        yield "  to accept head's policy:"
        yield f"    {for_terminal(way)}"
    for line in waived:
        yield from _wrapped(f"  waived: {for_terminal(line, 600)}", style.width)
    yield ""


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Lines that hang under the first."""
    first, *rest = wrap(text.strip(), width - 4)
    yield f"  {first}"
    yield from (f"    {line}" for line in rest)


def _reasons(judgement: Judgement, style: Style) -> Iterator[str]:
    word, colour = _WORDS[judgement.verdict.conclusion]
    yield style.paint(f"{word}, because", colour)
    for reason in judgement.verdict.reasons:
        for number, line in enumerate(wrap(for_terminal(reason.text, 600), style.width - 4)):
            yield ("  - " if number == 0 else "    ") + line
    yield ""
