"""The entry point of the container action: inputs from the environment, the event from GitHub."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from gatekeeper.accepting import on_github
from gatekeeper.adapters.console import Console
from gatekeeper.adapters.journal import Journal
from gatekeeper.adapters.workflow import (
    Workflow,
    hand_over,
    log_lines,
    read_payload,
)
from gatekeeper.commands.run import judge_repository
from gatekeeper.errors import ExitCode, GatekeeperError
from gatekeeper.event import read_event
from gatekeeper.evidence import JUNIT, TABLE
from gatekeeper.inputs import read_inputs
from gatekeeper.judgement import Judgement
from gatekeeper.neutral import for_markdown
from gatekeeper.report import terminal
from gatekeeper.report.outputs import make_outputs
from gatekeeper.verdict import EXIT_CODES


def action_command() -> ExitCode:
    """Judge the checked-out pull request; write summary and outputs before the exit code."""
    workflow = Workflow(os.environ)
    try:
        event = read_event(os.environ, read_payload(os.environ))
        options = read_inputs(os.environ, event, Path.cwd())
        journal = Journal(os.environ)
        journal.note({"pack": str(options.evidence)})
        judgement = judge_repository(options, Console(), on_github(options, None),
                                     _secrets(os.environ), journal.note)
        _report(workflow, judgement, options.evidence)
    except GatekeeperError as error:
        code = ExitCode(error.exit_code)
        told = "\n".join(f"- {for_markdown(line, 600)}" for line in error.message.splitlines())
        workflow.summarize(f"## ❔ gatekeeper could not judge\n\n{told}\n")
        workflow.put({"verdict": code.name.lower(), "exit-code": str(int(code))})
        raise
    return EXIT_CODES[judgement.verdict.conclusion]


def _report(workflow: Workflow, judgement: Judgement, evidence: Path) -> None:
    print(log_lines(terminal.render(judgement, terminal.Style(), str(evidence))), flush=True)
    workflow.summarize((evidence / TABLE).read_text("utf-8"))
    # Relative: later steps see the workspace at another path than this container does.
    where = evidence.relative_to(Path.cwd().resolve())
    workflow.put(make_outputs(judgement, str(where), str(where / JUNIT)))
    hand_over(evidence, like=Path.cwd())


def _secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Values that must not be stored: the tokens the runner hands to the action."""
    names = ("INPUT_GITHUB-TOKEN", "GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN",
             "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    return tuple(environment[name] for name in names if environment.get(name))
