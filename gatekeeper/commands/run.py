"""`gatekeeper run`: the main job at a desk, and what the action calls too."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from gatekeeper.adapters.console import Console, emit, style_of
from gatekeeper.adapters.fault_proxy import Proxy
from gatekeeper.adapters.git import Git
from gatekeeper.adapters.http import HttpConnection
from gatekeeper.adapters.machine import this_machine
from gatekeeper.adapters.null_service import measure_overhead
from gatekeeper.adapters.reaper import Reaper
from gatekeeper.adapters.telling import telling
from gatekeeper.commands.earlier import EarlierRuns
from gatekeeper.commands.earlier import at_desk as earlier_at_desk
from gatekeeper.errors import ExitCode
from gatekeeper.evidence.files import PAGE
from gatekeeper.github.accepting import at_desk
from gatekeeper.github.logins import NO_LOGINS, Logins
from gatekeeper.judging.judgement import Judgement
from gatekeeper.judging.verdict import EXIT_CODES
from gatekeeper.manifest.witnesses import OwnChecks
from gatekeeper.options import Options
from gatekeeper.pipeline import run
from gatekeeper.policy.acceptance import Authority
from gatekeeper.ports import Ran
from gatekeeper.redaction import Redactor
from gatekeeper.report import terminal
from gatekeeper.report.write import verdict_json
from gatekeeper.runtimes import choose_runtimes
from gatekeeper.service.sides import Connect
from gatekeeper.stages.run import World
from gatekeeper.witnesses.hearing import Reach

PUSHING = ("push", "merge_group")
"""Events whose evidence may make a release: what they tested is kept."""


def judge_repository(
    options: Options, console: Console, authority: Authority, earlier: EarlierRuns,
    secrets: tuple[str, ...] = (),
    note: Callable[[Mapping[str, object]], None] = lambda word: None, logins: Logins = NO_LOGINS,
) -> Judgement:
    """Run the main job; whatever happens, nothing of it is left running. `note` is told what it
    puts on an engine."""
    reaper = Reaper(note)
    folder = Path(tempfile.mkdtemp(prefix="gatekeeper-"))
    run_id = token_hex(6)
    redact = Redactor(secrets)
    connect: Connect = telling(_connect, console, redact) if options.verbose else _connect
    world = World(
        runtimes=lambda plan: choose_runtimes(plan, options, folder, reaper, console, run_id),
        connect=connect,
        progress=console,
        now=lambda: datetime.now(UTC),
        redact=redact,
        authority=authority,
        reach=Reach(
            connect=connect,
            secret=lambda name: os.environ.get(name, ""),
            redactor=lambda secret: Redactor((*secrets, secret)),
            run_own=_own_checks(run_id, reaper),
            fork=options.event.fork,
        ),
        scratch=folder,
        machine=this_machine(),
        overhead=measure_overhead,
        proxy=Proxy,
        all_gone=reaper.release,
        earlier=earlier,
        push=_push(logins) if options.event.name in PUSHING else None,
    )
    try:
        return run(Git(options.folder, folder), options, world)
    finally:
        reaper.close()
        console.done()
        shutil.rmtree(folder, ignore_errors=True)


def _connect(url: str, headers: Mapping[str, str]) -> HttpConnection:
    return HttpConnection(url, dict(headers))


def _push(logins: Logins) -> Callable[[str, str, str], str]:
    def push(image: str, repository: str, tag: str) -> str:
        from gatekeeper.adapters.docker_push import (  # noqa: PLC0415 - 100 ms, seldom needed
            push_image,
        )

        return push_image(image, repository, tag, logins.of(repository))

    return push


def _own_checks(run_id: str, reaper: Reaper) -> Callable[[OwnChecks, bytes], Ran]:
    def run_own(limits: OwnChecks, given: bytes) -> Ran:
        from gatekeeper.adapters.sandbox import (  # noqa: PLC0415 - 100 ms, seldom needed
            run_own_check,
        )

        return run_own_check(run_id, reaper, limits, given)

    return run_own


def run_command(options: Options, as_json: bool) -> ExitCode:
    """Judge, report, and say it with the exit code."""
    judgement = judge_repository(options, Console(), at_desk(options),
                                 earlier_at_desk(options.folder))
    if as_json:
        emit(verdict_json(judgement))
    else:
        emit(terminal.render(judgement, style_of(sys.stdout), str(options.evidence),
                             str(options.evidence / PAGE)))
    return EXIT_CODES[judgement.verdict.conclusion]
