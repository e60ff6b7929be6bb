"""`gatekeeper rehearse`: do a README's commands do what they say, for the next engineer?

Run, test, stop and roll back are typed in that order, in a clean checkout of a commit: what is not
in it, or not in the README, is a hidden step, and shows as the command that failed. The commands
run as whoever calls this, so it is for a desk, and for trusted refs alone.
"""

from __future__ import annotations

import os
import posixpath
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from gatekeeper.adapters.console import emit
from gatekeeper.adapters.git import Git
from gatekeeper.adapters.reaper import Reaper
from gatekeeper.adapters.rehearsing import Here, Inside, answers
from gatekeeper.adapters.terminals import Busy, Failed, Terminal
from gatekeeper.adapters.waiting import wait_until
from gatekeeper.errors import ExitCode, UsageError
from gatekeeper.manifest.parse import NAME, parse_manifest
from gatekeeper.manifest.service import Service
from gatekeeper.neutral import for_terminal
from gatekeeper.routes.documents import documents_among, is_readme
from gatekeeper.routes.rehearsal import STAGES, Block, blocks_in

_SAYS = {"run": "how to run", "test": "how to test", "stop": "how to stop or roll back"}
PROBE_EVERY = 0.5


@dataclass(frozen=True, slots=True)
class Wanted:
    """The command's arguments."""

    readme: str
    manifest: str
    ref: str
    image: str
    """A clean container of this image; empty for this machine."""
    seconds: float
    """How long one block may take."""


def rehearse_command(folder: Path, wanted: Wanted) -> ExitCode:
    """PASS where every command does what it says, BLOCK at the first that does not."""
    _trusted(os.environ)
    reaper = Reaper()
    scratch = Path(tempfile.mkdtemp(prefix="gatekeeper-"))
    reaper.watch_folder(scratch)
    try:
        git = Git(folder, scratch)
        commit = git.commit(wanted.ref)
        if commit is None:
            raise UsageError(f"there is no commit {wanted.ref}", "commit first: what is not "
                             "committed is not there for the next engineer")
        tree = git.tree(commit)
        manifest = wanted.manifest or NAME
        readme = wanted.readme or _readme(git, tree, posixpath.dirname(manifest))
        content = git.read(tree, readme)
        if content is None:
            raise UsageError(f"{readme} is not in commit {commit[:12]}", "name another README")
        checkout = scratch / "checkout"
        checkout.mkdir()
        git.export(tree, "", checkout, lambda path: True)
        place = Inside(checkout, wanted.image) if wanted.image else Here(checkout, scratch)
        try:
            emit(f"{for_terminal(readme)} at {commit[:12]}, in a clean checkout"
                 + (f" in {for_terminal(wanted.image)}" if wanted.image else "") + "\n")
            blocks = blocks_in(content.decode("utf-8", "replace"))
            service = _service(git.read(tree, manifest))
            return _Rehearsal(place, readme, service, wanted.seconds).hold(blocks)
        finally:
            place.close()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        reaper.release()
        reaper.close()


def _trusted(environment: Mapping[str, str]) -> None:
    """In CI a README's commands run beside its secrets: only a protected ref's own may."""
    if environment.get("GITHUB_ACTIONS") != "true":
        return
    event = environment.get("GITHUB_EVENT_NAME", "")
    if event not in ("push", "schedule", "workflow_dispatch", "release") or \
            environment.get("GITHUB_REF_PROTECTED") != "true":
        raise UsageError(f"a README is not rehearsed on `{event}` here: its commands would run "
                         "beside this job's token", "rehearse at a desk, or on a push to a "
                         "protected branch")


def _readme(git: Git, tree: str, folder: str) -> str:
    found = documents_among((one.path for one in git.files(tree)), folder)
    if not found or not is_readme(found[0]):
        raise UsageError("the commit has no README beside the manifest or at the top",
                         "name one: `gatekeeper rehearse docs/runbook.md`")
    return found[0]


def _service(content: bytes | None) -> Service | None:
    """What the manifest says of readiness, so that starting and stopping can be seen."""
    manifest, _ = parse_manifest((content or b"").decode("utf-8", "replace"), NAME)
    return manifest.service if manifest else None


class _Rehearsal:
    def __init__(self, place: Here | Inside, readme: str, service: Service | None, seconds: float
                 ) -> None:
        self._place, self._readme, self._seconds = place, readme, seconds
        self._service = service
        self._folder = posixpath.dirname(readme)

    def _up(self) -> bool:
        return self._service is not None and answers(self._place, self._service.port,
                                                     self._service.ready.path)

    def hold(self, blocks: tuple[Block, ...]) -> ExitCode:
        """Type every block in order; say what came of it."""
        for line in self._lines(blocks):
            if line is None:
                return ExitCode.BLOCK
            emit(f"{line}\n")
        emit("✓ every command did what it says\n")
        return ExitCode.PASS

    def _lines(self, blocks: tuple[Block, ...]) -> Iterator[str | None]:
        """What to say; None after the first thing that went wrong."""
        missing = [stage for stage in STAGES if stage not in {block.stage for block in blocks}]
        if missing:
            yield f"✗ {self._readme}: no commands under a heading that says " \
                  f"{', '.join(_SAYS[stage] for stage in missing)}"
            yield None
        if self._up():
            yield f"✗ something answers at {self._address()} already: it is not what would be run"
            yield None
        terminal, stage, gone = self._place.terminal(self._folder), "run", False
        for block in blocks:
            if block.stage != stage and stage == "run":
                yield from self._ready()
            stage = block.stage
            failed, terminal = self._typed(terminal, block)
            if failed is not None:
                yield from self._failed(block, failed)
            yield f"✓ {self._readme}:{block.line} {_SAYS[stage]}"
            gone = gone or (stage == "stop" and self._gone())
        if self._service is not None and not gone:
            yield f"✗ after the commands to stop, it still answers at {self._address()}"
            yield None

    def _typed(self, terminal: Terminal, block: Block) -> tuple[Failed | None, Terminal]:
        """A service that stays in the foreground keeps its terminal, as it would a person's."""
        try:
            return terminal.type(block.commands, self._seconds, self._seldom(block.stage)), terminal
        except Busy:
            if block.stage == "run" and (self._service is None or self._up()):
                return None, self._place.terminal(self._folder)
            return Failed(0, block.commands.strip().splitlines()[-1], 0,
                          f"it did not end within {self._seconds:g} s"), terminal

    def _seldom(self, stage: str) -> Callable[[], bool]:
        """Whether the service answers, asked now and then; only what runs it need not end."""
        last = monotonic()

        def asked() -> bool:
            nonlocal last
            if stage != "run" or monotonic() - last < PROBE_EVERY:
                return False
            last = monotonic()
            return self._up()

        return asked

    def _ready(self) -> Iterator[str | None]:
        if self._service is None:
            yield "  no manifest beside it: whether it is up and gone again is not looked at"
        elif not wait_until(self._up, self._service.ready.timeout):
            yield f"✗ after the commands to run, nothing answers at {self._address()} within " \
                  f"{self._service.ready.timeout:g} s"
            yield None

    def _gone(self) -> bool:
        """Whether it answers no more, within the time that it is given to stop."""
        return self._service is not None and wait_until(lambda: not self._up(),
                                                        self._service.stop.grace)

    def _failed(self, block: Block, failed: Failed) -> Iterator[str | None]:
        yield f"✗ {self._readme}:{block.line + failed.line} {_SAYS[block.stage]}: " \
              f"{for_terminal(failed.command)}" + (f" (exit code {failed.code})" if failed.code
                                                   else "")
        for line in failed.said.splitlines():
            yield f"    │ {for_terminal(line)}"
        yield None

    def _address(self) -> str:
        assert self._service is not None
        return f"http://127.0.0.1:{self._service.port}{self._service.ready.path}"
