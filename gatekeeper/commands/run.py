"""`gatekeeper run`: the main job at a desk, and what the action calls too."""

from __future__ import annotations

import contextlib
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from gatekeeper.accepting import Accepted, at_desk
from gatekeeper.adapters.console import Console, emit, style_of
from gatekeeper.adapters.git import Git
from gatekeeper.adapters.http import HttpConnection
from gatekeeper.adapters.null_service import measure_overhead
from gatekeeper.adapters.reaper import Reaper
from gatekeeper.errors import ExitCode, Interrupted
from gatekeeper.judgement import Judgement
from gatekeeper.measuring import World
from gatekeeper.options import Options
from gatekeeper.pipeline import run
from gatekeeper.redaction import Redactor
from gatekeeper.report import terminal
from gatekeeper.report.write import verdict_json
from gatekeeper.runtimes import choose_runtimes
from gatekeeper.verdict import EXIT_CODES


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """The first SIGINT or SIGTERM ends the run tidily; those that follow do not end the tidying."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(f"stopped by {signal.Signals(number).name}")

    before = {each: signal.signal(each, interrupt) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def judge_repository(options: Options, console: Console, accepted: Accepted,
                     secrets: tuple[str, ...] = ()) -> Judgement:
    """Run the main job; whatever happens, nothing of it is left running."""
    reaper = Reaper()
    folder = Path(tempfile.mkdtemp(prefix="gatekeeper-"))
    world = World(
        runtimes=lambda plan: choose_runtimes(plan, options, folder, reaper, console),
        connect=HttpConnection,
        progress=console,
        now=lambda: datetime.now(UTC),
        redact=Redactor(secrets),
        accepted=accepted,
        scratch=folder,
        overhead=measure_overhead,
        all_gone=reaper.release,
    )
    try:
        with interruptible():
            return run(Git(options.folder, folder), options, world)
    finally:
        reaper.close()
        console.done()
        shutil.rmtree(folder, ignore_errors=True)


def run_command(options: Options, as_json: bool) -> ExitCode:
    """Judge, report, and say it with the exit code."""
    judgement = judge_repository(options, Console(), at_desk(options))
    if as_json:
        emit(verdict_json(judgement))
    else:
        emit(terminal.render(judgement, style_of(sys.stdout), str(options.evidence)))
    return EXIT_CODES[judgement.verdict.conclusion]
