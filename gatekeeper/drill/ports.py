"""What a drill needs from the world beyond what a run needs. Adapters satisfy these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from gatekeeper.ports import RunningService


@dataclass(frozen=True, slots=True)
class Vitals:
    """What can be seen of a service from outside, beside whether it runs."""

    state: str = ""
    """The engine's word for it, for instance `paused`."""
    memory_limit: int | None = None
    """Bytes; None where there is no ceiling."""
    networks: tuple[str, ...] | None = None
    """None where it has no network of its own."""
    disk_free: int | None = None
    """Bytes free where it writes; None where that cannot be seen from here."""


@runtime_checkable
class Breakable(RunningService, Protocol):
    """A service that can be broken. Each verb raises CouldNotMeasure where it cannot be done."""

    def vitals(self) -> Vitals:
        """What can be seen of it from outside; empty where there is nothing to see."""

    def pause(self) -> None:
        """Freeze it: it takes connections, and answers nothing."""

    def kill(self) -> None:
        """SIGKILL, also while it is frozen."""

    def disconnect(self) -> None:
        """Take it off its network; it runs on."""

    def memory_used(self) -> int:
        """Bytes that it holds and cannot give back."""


class FaultProxy(Protocol):
    """What stands between a service and whoever asks, and passes everything on until it is told to
    spoil what is posted. Other requests always pass."""

    url: str

    def spoil(self, failure: str, seconds: float) -> None:
        """From now on: `slow` by so many seconds, `5xx-storm`, or `truncated-stream`."""

    def close(self) -> None:
        """End, with every connection."""
