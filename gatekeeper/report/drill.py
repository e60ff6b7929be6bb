"""Drills in Markdown: a row each beside the failure table, and the note for whoever is on call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gatekeeper.drill.outcome import DrillJudgement, DrillState
from gatekeeper.judging.drill_judging import no_rollback
from gatekeeper.judging.judgement import Judgement
from gatekeeper.manifest.contract import StopPath
from gatekeeper.neutral import for_markdown
from gatekeeper.report.drill_lines import recovered_after, seconds, timeline


def drill_table(drills: Sequence[DrillJudgement], cell: int) -> Iterator[str]:
    """A row a failure, in Markdown."""
    if not drills:
        return
    yield "### Drill"
    yield ""
    yield "| broken on purpose | noticed | fallback | recovered | drill |"
    yield "|---|---|---|---|---|"
    for judged in drills:
        one, state = judged.drilled, judged.state
        noticed = f"{one.noticed.by}, {seconds(one.noticed.after)}" if one.noticed else "–"
        fallback = seconds(one.fallback.answered_after) if one.fallback else ""
        word = str(state) if state is DrillState.PASSED else f"**{state}**"
        why = for_markdown("; ".join(judged.reasons), cell) if judged.reasons else ""
        yield (f"| {one.failure} | {noticed} | {fallback or '–'} | "
               f"{seconds(recovered_after(judged)) or '–'} | {word}{' ' if why else ''}{why} |")
    yield ""


def recovery_note(judgement: Judgement) -> str:
    """`recovery.md`: what to do when it happens, out of what was tried."""
    stop = judgement.policy.promise.stop_path
    out = ["# When the service fails", "",
           f"Out of a drill of {for_markdown(judgement.record.subject)}, on the "
           f"{for_markdown(judgement.record.runtime)} runtime, "
           f"{judgement.record.judged_at}. Times are seconds since the failure.", "",
           *_stop_path(stop)]
    nothing = no_rollback(judgement.record)
    if nothing is not None:
        out += [f"Nothing to roll back to: {for_markdown(nothing.reason)}", ""]
    for judged in judgement.drills:
        out += [f"## {judged.drilled.failure}: {judged.state}", ""]
        out += [f"- {for_markdown(reason, 600)}" for reason in judged.reasons]
        out += ["", *_moments(judged), ""] if judged.reasons else [*_moments(judged), ""]
    return "\n".join(out)


def _stop_path(stop: StopPath) -> Iterator[str]:
    for word, how in (("stop it", stop.stop), ("keep it down", stop.disable),
                      ("roll back", stop.rollback)):
        yield f"- {word}: {for_markdown(how, 600) or '**nothing is declared**'}"
    yield ""


def _moments(judged: DrillJudgement) -> Iterator[str]:
    yield "| after | what |"
    yield "|---:|---|"
    for moment in timeline(judged):
        mark = {"bad": "✗ ", "good": "✓ ", "odd": "**look here** "}.get(moment.mark, "")
        yield f"| {seconds(moment.at)} | {mark}{for_markdown(moment.text)} |"
