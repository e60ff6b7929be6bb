"""What one run was asked to do, whoever asked: a person's arguments or an action's inputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gatekeeper.cases.share import Shard
from gatekeeper.formats.tags import TagPattern
from gatekeeper.github.event import DESK, Event


@dataclass(frozen=True, slots=True)
class Options:
    """The arguments of `gatekeeper run` and `gatekeeper plan`."""

    folder: Path
    """Where the command was started; inside the repository."""
    manifest: str = ""
    """Path of the manifest; empty for `gatekeeper.yaml` here, or else at the repository's top."""
    base: str = ""
    head: str = ""
    """Empty: the working tree."""
    url: str = ""
    """Judge the service that is up at this URL."""
    runtime: str = "auto"
    evidence: Path = Path("evidence")
    baseline: str = ""
    """`run`, `none`, or the folder of an earlier pack; empty for the default."""
    repeats: int | None = None
    concurrency: int | None = None
    cases: tuple[str, ...] = ()
    """Ask only these; the verdict is then undecided at best."""
    shard: Shard | None = None
    """Ask only this share of the cases; the verdict is then undecided at best."""
    budget: float | None = None
    """Seconds, in place of the policy's."""
    max_cases: int | None = None
    """Ask so many cases at most."""
    resume: bool = False
    """Go on with the pack of a run that was cut off."""
    accept_policy: str = ""
    """Digest of the changed policy that is accepted, with `reason`."""
    reason: str = ""
    force: bool = False
    probe: bool = False
    """Probe the contract also where that is not done by itself."""
    verbose: bool = False
    """Tell every request as it is answered."""
    drill_only: bool = False
    """`gatekeeper drill`: nothing is asked of head, and no gate is judged."""
    failures: tuple[str, ...] = ()
    """Drill only these; empty for those that the policy declares."""
    build_args: dict[str, str] = field(default_factory=dict)
    model_cache: str = ""
    """Folder in which weights are kept between runs; empty for the default."""
    tags: TagPattern | None = None
    """How earlier releases are named; None for anything that reads as a version."""
    event: Event = DESK
