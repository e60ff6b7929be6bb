"""`gatekeeper drill`: failures on purpose, at a desk. Only the drill is judged: no gate is."""

from __future__ import annotations

import sys

from gatekeeper.adapters.console import Console, emit, style_of
from gatekeeper.commands.earlier import at_desk as earlier_at_desk
from gatekeeper.commands.run import judge_repository
from gatekeeper.drill.outcome import fact_of
from gatekeeper.errors import ExitCode
from gatekeeper.formats.canonical import plain, to_json
from gatekeeper.github.accepting import at_desk
from gatekeeper.judging.drilled_in import drill_of
from gatekeeper.judging.judgement import Judgement
from gatekeeper.model import Fault
from gatekeeper.options import Options
from gatekeeper.report.drill_terminal import render_drill


def drill_command(options: Options, as_json: bool) -> ExitCode:
    """Exit code 0: every failure was noticed and recovered from; 1: one was not, or head's service
    does not start; 3: one could not be followed to its end; 130: interrupted."""
    judgement = judge_repository(options, Console(), at_desk(options),
                                 earlier_at_desk(options.folder))
    if as_json:
        emit(to_json({"drilled": [plain(one) for one in judgement.drills]}))
    else:
        emit(render_drill(judgement, style_of(sys.stdout), str(options.evidence)))
    return exit_code(judgement)


def exit_code(judgement: Judgement) -> ExitCode:
    """What the drills of a judgement come to."""
    if judgement.record.interrupted:
        return ExitCode.INTERRUPTED
    if not judgement.drills and (failure := judgement.record.head.failure) is not None:
        return ExitCode.BLOCK if failure.fault is Fault.CHANGE else ExitCode.UNDECIDED
    declared = drill_of(judgement.policy, judgement.record)
    fact = fact_of(judgement.drills, declared.failure if declared else ())
    if fact.holds:
        return ExitCode.PASS
    owed = fact.holds is False or fact.fault is Fault.CHANGE
    return ExitCode.BLOCK if owed else ExitCode.UNDECIDED
