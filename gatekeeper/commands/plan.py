"""`gatekeeper plan`: what changed, what will run, and why. Starts nothing."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gatekeeper.adapters.console import emit
from gatekeeper.adapters.git import Git
from gatekeeper.adapters.reaper import Reaper
from gatekeeper.errors import ExitCode
from gatekeeper.github.accepting import at_desk
from gatekeeper.manifest.render import render_effective
from gatekeeper.model import Side
from gatekeeper.neutral import for_terminal
from gatekeeper.options import Options
from gatekeeper.plan import Plan, Survey, make_plan
from gatekeeper.report.policy_words import how_to_accept, whose
from gatekeeper.survey import take_survey


def plan_command(options: Options, effective: bool) -> ExitCode:
    """Print the plan, or the effective manifest with everything spelled out. However it ends, its
    scratch folder goes."""
    reaper = Reaper()
    scratch = Path(tempfile.mkdtemp(prefix="gatekeeper-"))
    reaper.watch_folder(scratch)
    try:
        survey = take_survey(Git(options.folder, scratch), options, at_desk(options))
        plan = make_plan(survey, options)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        reaper.release()
        reaper.close()
    if effective:
        emit(render_effective(survey.policy.manifest, survey.policy.contracts[Side.HEAD]))
    else:
        emit("\n".join(_told(survey, plan)) + "\n")
    return ExitCode.PASS


def _times(plan: Plan) -> str:
    """How often a case is asked, at most; risks that differ are named."""
    own = [f"{risk} {n}" for risk, n in plan.risk_repeats.items()]
    return f"{plan.repeats} times" + (f" ({', '.join(own)})" if own else "")


def _commands(plan: Plan) -> Iterator[str]:
    """The commands that a service elsewhere is started and stopped with."""
    service = plan.services[Side.HEAD]
    if not service.url:
        return
    yield f"  head is asked at {for_terminal(service.url)}"
    for name, command in (("start", service.start), ("stop", service.stop.command)):
        if command:
            yield f"  {name}: {for_terminal(shlex.join(command), 400)}"
    if plan.withheld:
        yield f"  declared commands are not run: {plan.withheld}"


def _told(survey: Survey, plan: Plan) -> Iterator[str]:
    yield for_terminal(survey.subject.words)
    yield ""
    yield "what changed"
    for change in survey.changes:
        yield f"  {for_terminal(str(change))}"
    if not survey.changes:
        yield "  nothing that counts"
    yield ""
    yield f"policy: {for_terminal(whose(survey.policy), 600)}"
    if survey.unreadable:
        yield f"  {for_terminal(survey.unreadable)}"
    for edit in survey.policy.edits:
        waits = ": does not count until accepted" if edit in survey.policy.waiting else ""
        yield f"  {for_terminal(str(edit))}{waits}"
    for way in how_to_accept(survey.policy, survey.head.manifest_path, pulled=False):
        yield "  to accept head's policy:"
        yield f"    {for_terminal(way)}"
    yield ""
    if not plan.needed:
        yield "will run: nothing, and the verdict is pass; --force runs it all the same"
        return
    sides = " and ".join(side for side in (Side.BASE, Side.HEAD) if side in plan.services)
    yield f"will run ({for_terminal(plan.why)})"
    yield f"  services: {sides}"
    yield f"  baseline: {plan.baseline}" + (f" ({plan.uncompared})" if plan.uncompared else "")
    yield from _commands(plan)
    yield f"  cases: {len(plan.cases)}, each {_times(plan)} a side, " \
          f"{plan.concurrency} at a time; flips are asked {plan.sampling.confirmations} times more"
    if plan.drill is not None:
        yield f"  drill: {', '.join(plan.drill.failure)}"
    for case in plan.cases:
        yield f"    {case.case_id} ({case.risk}): " \
              f"{for_terminal(', '.join(map(str, case.requirements)) or 'nothing')}"
