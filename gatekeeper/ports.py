"""What the stages need from the world. Adapters satisfy these; tests pass their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from gatekeeper.formats.tags import TagPattern
from gatekeeper.manifest.service import Service
from gatekeeper.model import Fault, Side
from gatekeeper.replies.sse import Event


@dataclass(frozen=True, slots=True)
class Received:
    """One HTTP exchange as the socket saw it. Expected faults are values."""

    status: int | None
    body: bytes
    content_type: str = ""
    error: str = ""
    """A key of `model.REPLY_ERRORS`; empty when the reply arrived whole."""
    detail: str = ""
    first_byte_ms: float | None = None
    total_ms: float = 0.0
    events: tuple[Event, ...] | None = None
    """What was streamed, up to where it broke off; None where the reply was no stream of events."""
    done: bool = False
    """The stream said that it is over."""
    framed: bool = True
    """HTTP itself said where the reply ends; false where only the connection's end did."""


class Connection(Protocol):
    """One keep-alive connection to one service; for one thread."""

    def exchange(
        self, method: str, path: str, body: bytes | None, timeout: float, *, stream: bool = False,
        leave_after: int = 0,
    ) -> Received:
        """Send one request and read the whole reply; never raises for what a service does.

        With `stream` a stream of server-sent events is read event by event, each with its stamp;
        with `leave_after` we hang up when so many of them have come."""

    def close(self) -> None:
        """Give the socket back."""


@dataclass(frozen=True, slots=True)
class Life:
    """Whether a started service still runs, in the engine's own words."""

    running: bool
    exit_code: int | None = None
    out_of_memory: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class StartFailure:
    """A service that did not become ready, for the table and the verdict."""

    cause: str
    """One line: what happened and the likely reason."""
    fault: Fault
    detail: str = ""
    """The engine's own words: exit code, OOM kill, failed build step."""
    logs: str = ""
    """The last lines the service wrote."""


URL_RUNTIME = "url"
"""Name of the runtime of a service that is up already and not ours."""
CANCELLED = StartFailure("the run was interrupted while it was started", Fault.WORLD)


class StartFailed(Exception):
    """Raised by a runtime while it prepares or starts; becomes a value in the service stage."""

    def __init__(self, failure: StartFailure) -> None:
        super().__init__(failure.cause)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class StopProof:
    """What was found after the stop. Nothing here is believed; each was looked for."""

    exit_code: int | None
    killed: bool
    """SIGTERM did not end it within the grace time."""
    seconds: float
    gone: dict[str, bool] = field(default_factory=dict)
    """What was looked for (container, network, volumes, port, process, gpu memory) -> it is
    gone."""
    steps: dict[str, float] = field(default_factory=dict)
    """`signalled`, `ended`, `removed`, `looked`: seconds from the start of the stop until each was
    done."""
    signalled_at: float | None = None
    """When the signal to end was out, on the monotonic clock; not kept in the pack."""

    @property
    def proven(self) -> bool:
        """Everything that was looked for is gone, and something was looked for."""
        return bool(self.gone) and all(self.gone.values())


class Exposure(NamedTuple):
    """Who reaches a started service."""

    private: bool | None
    """Nobody but this machine; None where that cannot be told."""
    words: str


class RunningService(Protocol):
    """One started service."""

    url: str

    def life(self) -> Life:
        """Whether it still runs."""

    def logs(self) -> str:
        """The last lines it wrote, decoded, bounded."""

    def identity(self) -> dict[str, Any]:
        """What runs: image id, digests, command."""

    def exposure(self) -> Exposure:
        """Who reaches it: looked for where it runs."""

    def stop(self, grace: float) -> StopProof | None:
        """SIGTERM, grace, SIGKILL, and proof. None for a service that is not ours to stop."""


@dataclass(frozen=True, slots=True)
class Again:
    """How one more service of a side is started, beside the one that is judged."""

    name: str
    """Tells it from the side's others; plain, and used once in a run."""
    command: tuple[str, ...] = ()
    """In place of its own command."""
    beside: RunningService | None = None
    """A running service of the same runtime whose port it gets, although that one holds it."""


class Runtime(Protocol):
    """Where services run: Docker, a process group, or somewhere else."""

    name: str

    def start(
        self, side: Side, tree: Path, service: Service, again: Again | None = None
    ) -> RunningService:
        """Build and start one side's service; StartFailed when it cannot be. What was built once in
        a run is not built a second time."""

    def describe(self) -> dict[str, Any]:
        """The engine and machine, for environment.json."""

    def cancel(self) -> None:
        """Let starts that are under way give up at their next step."""

    def close(self) -> None:
        """Remove everything of this run, and nothing of any other."""


@dataclass(frozen=True, slots=True)
class Ran:
    """An own check that was run to an end, whichever."""

    out: bytes
    """What it answered, up to the limit."""
    ended: str = ""
    """How it ended, in words; empty where it ended well."""
    last_words: str = ""
    """The end of what it wrote to standard error."""


class Progress(Protocol):
    """Where long work says what it is doing."""

    def say(self, text: str) -> None:
        """A step worth a line, also in a CI log."""

    def tick(self, text: str) -> None:
        """Something that changes many times a second; shown on a terminal only."""


SUBMODULE, SYMLINK = "160000", "120000"
"""Git's modes of entries that are not files."""


class DiffEntry(NamedTuple):
    """One path that differs between two git trees; renames are a removal and an addition."""

    path: str
    status: str
    """`A`, `D`, `M` or `T`, as git has them."""
    modes: tuple[str, str] = ("100644", "100644")
    """Git's octal modes before and after; `160000` is a submodule, `120000` a symbolic link."""
    shas: tuple[str, str] = ("", "x")
    """Object ids before and after."""

    @property
    def is_edited_file(self) -> bool:
        """A file on both sides, with another content and the same mode."""
        return (self.status == "M" and not self.same_content and self.modes[0] == self.modes[1]
                and SYMLINK not in self.modes)

    @property
    def same_content(self) -> bool:
        """Only the mode differs."""
        return self.shas[0] == self.shas[1]


class Unfetched(NamedTuple):
    """A file that only points to content which is not on this machine."""

    path: str
    kind: str
    """`Git LFS`, `DVC` or `submodule`."""


class TreeEntry(NamedTuple):
    """One file of a tree."""

    mode: str
    sha: str
    path: str


class Repository(Protocol):
    """A git repository, read."""

    top: Path

    def commit(self, ref: str) -> str | None:
        """The commit a ref names."""

    def has(self, sha: str) -> bool:
        """Whether an object is here."""

    def tree(self, commit: str) -> str:
        """The tree of a commit."""

    def parents(self, commit: str) -> list[str]:
        """The parents a commit names."""

    def is_shallow(self) -> bool:
        """Whether history is cut off."""

    def default_branch(self) -> str | None:
        """The ref whose tip is base when nothing else is said."""

    def working_tree(self) -> str:
        """Tracked and untracked-not-ignored files as one tree."""

    def commit_tree(self, tree: str, parent: str) -> str:
        """A commit object for a tree."""

    def is_ancestor(self, one: str, other: str) -> bool:
        """Whether `other` has everything `one` has."""

    def merged(self, ours: str, theirs: str) -> str | None:
        """The tree of a test merge, or None."""

    def fetch(self, sha: str) -> bool:
        """Bring one commit from origin."""

    def empty_tree(self) -> str:
        """The tree without files."""

    def last_release(self, commit: str, pattern: TagPattern | None = None
                     ) -> tuple[str, str] | None:
        """Name and commit of the newest version tag before a commit."""

    def naming(self, tree: str, words: tuple[str, ...]) -> list[str]:
        """Text files of a tree in which every one of some words occurs."""

    def diff(self, before: str, after: str) -> list[DiffEntry]:
        """Every path that differs between two trees."""

    def files(self, tree: str, folder: str = "") -> list[TreeEntry]:
        """Every file of a tree."""

    def read(self, tree: str, path: str) -> bytes | None:
        """One file of a tree."""

    def export(self, tree: str, folder: str, into: Path, wanted: Callable[[str], bool]
               ) -> tuple[Unfetched, ...]:
        """The files of a tree below a folder, byte for byte, with what `wanted` ones point to; the
        pointers whose content is not here are returned."""
