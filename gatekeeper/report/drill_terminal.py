"""What `gatekeeper drill` prints."""

from __future__ import annotations

from dataclasses import replace

from gatekeeper.drill.outcome import DrillState
from gatekeeper.judging.judgement import Judgement
from gatekeeper.model import Fault
from gatekeeper.neutral import for_terminal
from gatekeeper.report.terminal import DRILL_COLOURS, MIN_WIDTH, Style, drill_lines


def render_drill(judgement: Judgement, style: Style, evidence: str) -> str:
    """What `gatekeeper drill` prints."""
    style = replace(style, width=max(style.width, MIN_WIDTH))
    states = [one.state for one in judgement.drills]
    worst = next((state for state in (DrillState.FAILED, DrillState.UNMEASURED)
                  if state in states), DrillState.PASSED if states else DrillState.UNMEASURED)
    if judgement.record.interrupted:
        worst = DrillState.UNMEASURED
    failure = judgement.record.head.failure
    if failure is not None and not states and failure.fault is Fault.CHANGE:
        worst = DrillState.FAILED
    head = style.paint(f"■ DRILL {worst.upper()}", DRILL_COLOURS[worst])
    out = [f"{head}  {for_terminal(judgement.record.subject)}", ""]
    if failure is not None and not judgement.drills:
        out += [f"head did not start, so nothing was drilled: {for_terminal(failure.cause)}", ""]
    if judgement.record.interrupted:
        out += ["interrupted; what was drilled before is kept", ""]
    out += drill_lines(judgement.drills, style)
    out.append(style.paint(f"evidence: {for_terminal(evidence)}", "dim"))
    return "\n".join(out) + "\n"
