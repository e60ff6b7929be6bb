"""The run under way: what its stages share, and what it touches outside itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from gatekeeper.drill.ports import FaultProxy
from gatekeeper.evidence.pack import Pack
from gatekeeper.evidence.record import RunRecord
from gatekeeper.evidence.resuming import Kept
from gatekeeper.judging.learning import Earlier
from gatekeeper.manifest.told import History
from gatekeeper.model import Overhead, Side
from gatekeeper.plan import Plan, Survey
from gatekeeper.policy.acceptance import Authority
from gatekeeper.ports import Progress, Runtime
from gatekeeper.redaction import Redactor
from gatekeeper.service.readiness import Ready
from gatekeeper.service.sides import Connect, SideUp, Starter
from gatekeeper.witnesses.hearing import Reach


@dataclass(frozen=True, slots=True)
class World:
    """Everything a run touches outside itself."""

    runtimes: Callable[[Plan], Mapping[Side, Runtime]]
    """Makes the runtime of every side to start; asked only when something will be started."""
    connect: Connect
    progress: Progress
    now: Callable[[], datetime]
    redact: Redactor
    authority: Authority
    reach: Reach
    """How those are reached that checks ask: a judge model, embeddings, own checks."""
    scratch: Path
    """A folder that goes with the run."""
    machine: str
    """A name for this machine, which says nothing else of it."""
    overhead: Callable[[int], Overhead | None]
    """Measures what the client adds to a time, with so many connections; None where it cannot."""
    proxy: Callable[[str], FaultProxy]
    """Puts a proxy that spoils replies before the service at a URL."""
    all_gone: Callable[[], None]
    """Told when everything that was started is gone again, and nothing is under way."""
    earlier: Callable[[History, Path], Earlier]
    """Reads the packs of earlier runs from a declared store; a folder's place is the second."""
    push: Callable[[str, str, str], str] | None = None
    """Pushes an image by its id to a repository under a tag, and says `repository@sha256:…`; None
    in runs whose evidence makes no release."""


@dataclass(slots=True)
class Run:
    """One run's stages over one pack. The record is replaced as stages are passed."""

    survey: Survey
    plan: Plan
    pack: Pack
    record: RunRecord
    world: World
    starter: Starter
    kept: Kept = Kept()
    """What the pack held already: the run was resumed."""
    ends: float | None = None
    """Moment of `perf_counter` after which nothing more is asked."""
    lost: set[Side] = field(default_factory=set)
    """Sides that dropped or refused a connection: they may be ending."""
    stopped: dict[str, Any] = field(default_factory=dict)
    """Side -> what was found when it was stopped, as the pack keeps it."""
    cut_off: bool = False
    """A start of the drill's was cut off: somebody has to look again for what it makes."""

    @property
    def ups(self) -> Mapping[Side, SideUp]:
        """Every side after the attempt to start it."""
        return self.starter.ups

    def ready(self) -> dict[Side, tuple[SideUp, Ready]]:
        """The sides that may be asked."""
        return {side: (up, up.outcome) for side, up in self.ups.items()
                if up.service is not None and isinstance(up.outcome, Ready)}

    def note(self, record: RunRecord) -> None:
        """Replace the record, on disk too."""
        self.record = record
        self.pack.write_record(record)
