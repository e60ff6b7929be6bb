"""The failures a drill brings about, each for real. Pure: how that is done is the stage's business.

A failure is brought about in one of three ways, on a copy of head's service that serves nobody: it
is started so that it fails, it is broken while it runs, or what it answers is spoiled on its way.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

NO_SUCH_COMMAND = "/gatekeeper-drill/no-such-command"
"""What a service that must not start is started with."""
LEAST_MEMORY = 6 * 1024**2
"""Bytes; the engine takes no lower ceiling (Docker's documentation, `--memory`)."""


class Way(StrEnum):
    """How a failure is brought about."""

    START = "start"
    """It is started so that it fails."""
    ENGINE = "engine"
    """It is broken while it runs."""
    PROXY = "proxy"
    """It stays well; a proxy between it and whoever asks spoils the replies."""


_STARTED = frozenset({"docker", "process"})
_EVERYWHERE = _STARTED | {"url"}
_IN_A_CONTAINER = frozenset({"docker"})


@dataclass(frozen=True, slots=True)
class Failure:
    """One row of the catalogue."""

    name: str
    way: Way
    doc: str
    """What is done, in a sentence."""
    runtimes: frozenset[str]
    """Runtimes on which it can be brought about."""


_ALL = (
    Failure("does-not-start", Way.START, "It is started with `drill.wrong`, or, where that is not "
            "declared, with a command that is not there.", _STARTED),
    Failure("port-taken", Way.START, "It is started where another copy holds its port, and does "
            "not answer.", _STARTED),
    Failure("killed", Way.ENGINE, "It is killed (SIGKILL) while a request is under way.", _STARTED),
    Failure("hung", Way.ENGINE, "It is frozen: it runs, takes connections, and answers nothing.",
            _STARTED),
    Failure("out-of-memory", Way.START, "It is started with half of the memory that it holds when "
            "it is ready.", _IN_A_CONTAINER),
    Failure("network-cut", Way.ENGINE, "It is taken off its network, and runs on.",
            _IN_A_CONTAINER),
    Failure("slow", Way.PROXY, "Every reply is held back until it is later than the contract "
            "allows.", _EVERYWHERE),
    Failure("5xx-storm", Way.PROXY, "Every request is answered with HTTP 503.", _EVERYWHERE),
    Failure("truncated-stream", Way.PROXY, "Every reply breaks off after its first piece, or in "
            "its middle.", _EVERYWHERE),
)
FAILURES: dict[str, Failure] = {failure.name: failure for failure in _ALL}
"""name -> failure; the order is that of the documentation."""

_NEITHER = {
    "process": "a process has no ceiling and no network of its own; Docker can do it",
    "url": "the service was not started by gatekeeper; only what comes between can be broken",
}


def impossible(failure: Failure, runtime: str) -> str:
    """Why a failure cannot be brought about on a runtime; empty where it can."""
    if runtime in failure.runtimes:
        return ""
    return f"cannot be brought about here: {_NEITHER.get(runtime, runtime)}"


def delay_for(latency_target: float | None, timeout: float | None) -> float:
    """Seconds by which `slow` holds a reply back: beyond the target, or beyond what a caller waits.
    0 where nothing says how slow is too slow."""
    return 1.2 * (latency_target or timeout or 0.0)
