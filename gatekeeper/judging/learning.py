"""What earlier runs tell: what was tried, and which cases kept failing all the same. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gatekeeper.model import ChangeKind

TRIED: dict[str, tuple[str, tuple[ChangeKind, ...]]] = {
    "prompt": ("the prompt", (ChangeKind.PROMPT,)),
    "rag": ("the sources or how they are used (`watch.rag`)", (ChangeKind.RAG,)),
    "schema": ("the contract, in which the shape of requests and replies stands",
               (ChangeKind.CONTRACT,)),
    "decoding": ("the decoding settings", (ChangeKind.DECODING,)),
    "runtime": ("the runtime", (ChangeKind.RUNTIME,)),
}
"""What a measure calls it -> in words, and the kinds of change that are it."""


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """One earlier run, judged again from its pack."""

    pack: str
    """Its digest."""
    judged_at: str
    kinds: tuple[str, ...]
    """Kinds of change that it judged."""
    passed: tuple[str, ...]
    failed: tuple[str, ...]
    """Cases of head; those without an answer are in neither."""
    gpu: bool = False
    """On a rented GPU."""
    shutdown: str = ""
    """Why its service or instance is known to be gone; empty where it is not."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The earlier runs of a declared store, oldest first."""

    store: str = ""
    """As the manifest names it; empty where none is declared."""
    fault: str = ""
    """Why the store cannot be relied on; empty where it can."""
    runs: tuple[EarlierRun, ...] = ()
    refused: tuple[str, ...] = field(default=())
    """What lies there and does not count, each with why."""
    unreachable: bool = False
    """The fault is none of the change's: the store could not be asked."""


def unreachable(store: str, why: str) -> Earlier:
    """A store that could not be asked."""
    return Earlier(store, f"earlier runs cannot be read: {why}", unreachable=True)


def kept_failing(runs: tuple[EarlierRun, ...]) -> tuple[str, ...]:
    """Cases that failed in two runs or more, the last that has them included."""
    last: dict[str, bool] = {}
    times: dict[str, int] = {}
    for run in runs:
        last |= dict.fromkeys(run.passed, False) | dict.fromkeys(run.failed, True)
        for case in run.failed:
            times[case] = times.get(case, 0) + 1
    return tuple(sorted(case for case, failed in last.items() if failed and times[case] >= 2))


def tried(runs: tuple[EarlierRun, ...], what: str) -> tuple[EarlierRun, ...]:
    """The runs in which it was changed while a case kept failing."""
    kinds, stuck = set(map(str, TRIED[what][1])), set(kept_failing(runs))
    return tuple(run for run in runs if kinds & set(run.kinds) and stuck & set(run.failed))


def read_earlier(data: Any) -> Earlier:
    """The inverse of writing `history.json`; what is no such thing is said to be none."""
    if not isinstance(data, Mapping):
        return Earlier()
    try:
        runs = tuple(_run(one) for one in data["runs"])
        return Earlier(str(data["store"]), str(data["fault"]),
                       tuple(sorted(runs, key=lambda run: run.judged_at)),
                       tuple(map(str, data["refused"])), data["unreachable"] is True)
    except (KeyError, TypeError, ValueError, AttributeError):
        return Earlier("history.json", "what the pack says of earlier runs cannot be read")


def _run(data: Mapping[str, Any]) -> EarlierRun:
    return EarlierRun(
        str(data["pack"]), str(data["judged_at"]), tuple(_texts(data["kinds"])),
        tuple(_texts(data["passed"])), tuple(_texts(data["failed"])), data["gpu"] is True,
        str(data["shutdown"]))


def _texts(value: Any) -> Iterator[str]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    yield from map(str, value)
