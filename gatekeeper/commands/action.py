"""The entry point of the container action: inputs from the environment, the event from GitHub."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.adapters.console import Console
from gatekeeper.adapters.journal import Journal
from gatekeeper.adapters.workflow import Workflow, read_payload
from gatekeeper.commands.earlier import on_github as earlier_on_github
from gatekeeper.commands.guest import SILENT, Guest
from gatekeeper.commands.release_action import release_action
from gatekeeper.commands.report_fork import report_fork
from gatekeeper.commands.run import judge_repository
from gatekeeper.commands.shards import judge_shards_below
from gatekeeper.errors import CouldNotMeasure, ExitCode, GatekeeperError
from gatekeeper.github.accepting import on_github
from gatekeeper.github.dispatched import with_base
from gatekeeper.github.event import read_event
from gatekeeper.github.inputs import (
    Manners,
    manifest_input,
    read_inputs,
    read_manners,
    secret_lines,
    shards_input,
)
from gatekeeper.github.reported import EVENT as REPORTED
from gatekeeper.github.run_context import RunContext, read_run_context
from gatekeeper.github.trust import refuse_fork_code
from gatekeeper.judging.verdict import EXIT_CODES
from gatekeeper.ports import Progress
from gatekeeper.redaction import Redactor

if TYPE_CHECKING:
    from gatekeeper.adapters.github_releases import ReleasingGitHub


def action_command() -> ExitCode:
    """Judge what the event names; whatever comes of it is said on GitHub before the exit code."""
    environment, secrets = os.environ, _secrets(os.environ)
    here = read_run_context(environment, time.time())
    console, redact = Console(), Redactor(secrets)
    guest = Guest(Workflow(environment, redact), here,
                  environment.get("GITHUB_WORKFLOW_REF", ""), SILENT)
    try:
        payload = read_payload(environment)
        manners = read_manners(environment)
        forge = _forge(here, manners, console, redact)
        guest = replace(guest, manners=manners, forge=forge)
        if environment.get("GITHUB_EVENT_NAME") == REPORTED:
            return report_fork(guest, payload, manifest_input(environment))
        event = read_event(environment, payload)
        guest = replace(guest, event=event)
        refuse_fork_code(event, manners.run_fork_code)
        event = with_base(event, here.owner, forge)
        guest = replace(guest, event=event)
        options = read_inputs(environment, event, Path.cwd())
        shards = shards_input(environment, Path.cwd())
        journal = Journal(environment)
        journal.note({"pack": str(options.evidence)})
        if manners.mode == "release":
            return release_action(guest, options, secrets, console, journal.note,
                                  environment.get("GITHUB_REF", ""))
        with guest.workflow.group("gatekeeper: what is done"):
            judgement = judge_shards_below(shards, options) if shards else judge_repository(
                options, console, on_github(options, forge),
                earlier_on_github(forge, here.repository), secrets, journal.note, manners.logins)
        guest.report(judgement, options.evidence)
    except GatekeeperError as error:
        guest.complain(error)
        raise
    except Exception as error:  # a fault of ours is told as any other reason not to know
        guest.workflow.log(traceback.format_exc())
        fault = CouldNotMeasure(f"a fault of gatekeeper itself: {type(error).__name__}",
                                "please report it with the lines of the log")
        guest.complain(fault)
        raise fault from None
    return EXIT_CODES[judgement.verdict.conclusion]


def _forge(here: RunContext, manners: Manners, progress: Progress, redact: Redactor
           ) -> ReleasingGitHub | None:
    token = manners.token
    if not (token and here.repository):
        return None
    from gatekeeper.adapters.github_releases import (  # noqa: PLC0415 - 300 ms, needs a token
        ReleasingGitHub,
    )

    return ReleasingGitHub(here.api_url, here.repository, token, progress, redact)


def _secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Values that must not be stored or sent: the tokens the runner hands to the action, and what
    the job names."""
    names = ("INPUT_GITHUB-TOKEN", "INPUT_GITHUB_TOKEN", "GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN",
             "INPUT_REGISTRY-PASSWORD", "INPUT_REGISTRY_PASSWORD",
             "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    given = (environment[name] for name in names if environment.get(name))
    return (*given, *secret_lines(environment))
