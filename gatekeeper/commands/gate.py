"""`gatekeeper gate NAME`: is a gate open before there is a run, and before money is spent?

What the files tell and what earlier runs tell is known already; whatever only a run can measure is
not, and a gate that asks for it is undecided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from gatekeeper import __version__
from gatekeeper.adapters.console import emit
from gatekeeper.adapters.git import Git
from gatekeeper.commands.earlier import EarlierRuns
from gatekeeper.commands.earlier import at_desk as earlier_at_desk
from gatekeeper.commands.scratch import scratch_folder
from gatekeeper.errors import ExitCode, UsageError
from gatekeeper.evidence.files import HISTORY
from gatekeeper.evidence.pack import Pack
from gatekeeper.evidence.record import RunRecord
from gatekeeper.formats.spelling import nearest
from gatekeeper.github.accepting import at_desk
from gatekeeper.judging.from_pack import contract_fact
from gatekeeper.judging.gates import judge_gate
from gatekeeper.judging.learned import last_shutdown
from gatekeeper.judging.learning import Earlier, read_earlier
from gatekeeper.judging.measures import Fact, Facts
from gatekeeper.judging.tally import Tally
from gatekeeper.judging.told_in import told_in
from gatekeeper.judging.verdict import said
from gatekeeper.model import Fault
from gatekeeper.neutral import for_terminal
from gatekeeper.options import Options
from gatekeeper.outcome import GateResult, GateState
from gatekeeper.plan import Survey
from gatekeeper.redaction import Redactor
from gatekeeper.report.policy_words import whose
from gatekeeper.routes.shutdown import read_shutdown
from gatekeeper.stages.telling import keep_history, keep_told
from gatekeeper.survey import take_survey

NO_RUN = Fact(None, "there is no run yet", Fault.WORLD)
_CODES = {GateState.OPEN: ExitCode.PASS, GateState.CLOSED: ExitCode.BLOCK,
          GateState.UNDECIDED: ExitCode.UNDECIDED}


def gate_command(options: Options, name: str) -> ExitCode:
    """PASS where it is open, BLOCK where it is closed, UNDECIDED where only a run can tell."""
    with scratch_folder() as scratch:
        git = Git(options.folder, scratch)
        survey = take_survey(git, options, at_desk(options))
        gates = survey.policy.manifest.gates
        if name not in gates:
            raise UsageError(f"there is no gate `{name}`", nearest(name, gates))
        facts, earlier = _facts(survey, git, scratch, earlier_at_desk(options.folder))
        result = judge_gate(name, gates[name], frozenset(gates[name].blocks), facts, facts)
        emit("\n".join(_told(survey, result, earlier)) + "\n")
        return _CODES[result.state]


def _facts(
    survey: Survey, git: Git, scratch: Path, read: EarlierRuns
) -> tuple[Facts, Earlier]:
    """What is known before a run, gathered as a run gathers it."""
    pack = Pack.create(scratch / "pack")
    try:
        keep_told(pack, survey, git, Redactor(()))
        keep_history(pack, survey, git, read)
        head, policy = survey.head, survey.policy
        record = RunRecord(
            gatekeeper=__version__, judged_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            event="gpu", runtime="none", subject=survey.subject.words,
            manifest_path=head.manifest_path, cases_path=head.cases_path)
        earlier = read_earlier(pack.read_json(HISTORY))
        route = head.manifest.route
        content = git.read(survey.subject.head_tree, head.path(route.shutdown)) \
            if route.shutdown else None
        proof = "`route.shutdown` names no file" if content is None else read_shutdown(content)
        facts = Facts(Tally(), contract=contract_fact(policy), smoke=NO_RUN,
                      shutdown=last_shutdown(earlier, proof), baseline=NO_RUN)
        _, told = told_in(pack, record, policy, head.manifest_text, facts, NO_RUN)
        return replace(facts, told=replace(told, written=len(policy.cases))), earlier
    finally:
        pack.close()


def _told(survey: Survey, result: GateResult, earlier: Earlier) -> Iterator[str]:
    yield f"gate {for_terminal(result.name)}: {result.state}, by " \
          f"{for_terminal(whose(survey.policy), 600)}"
    marks = {GateState.OPEN: "✓", GateState.CLOSED: "✗"}
    for one in result.conditions:
        why = f" ({one.reason})" if one.reason else ""
        yield f"  {marks.get(one.state, '?')} {for_terminal(one.text)}   " \
              f"{for_terminal(said(one) + why, 600)}"
    for refused in earlier.refused:
        yield f"  does not count: {for_terminal(refused)}"
