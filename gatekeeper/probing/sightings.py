"""What was seen of each probe: written to the pack as it came, and read back to be judged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from gatekeeper.errors import UsageError
from gatekeeper.model import Reply

NOT_KEPT = "not-kept"
"""The `error` of a reply that was too long to be kept."""
KEPT = 65_536
"""Characters of a reply to a probe that are kept."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One reply."""

    reply: Reply
    started: float = 0.0
    """Seconds since the probe's first request was sent."""
    total_ms: float = 0.0
    done: bool = False
    """A stream said that it is over."""
    pieces: int | None = None
    """Pieces of text that were streamed; None where nothing was."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What came of one probe."""

    replies: tuple[Seen, ...]
    after: Seen | None = None
    """What a normal request after it was answered; None where none was sent."""
    ended: str = ""
    """Why the service ended under it; empty where it did not."""


@dataclass(frozen=True, slots=True)
class Probed:
    """Everything that was seen of a service while it was probed."""

    seen: Mapping[str, Sighting] = field(default_factory=dict)
    """Name of a probe -> what came of it."""
    not_sent: str = "the service was not probed"
    """Why the probes that were not sent were not."""
    private: bool | None = None
    """Only this machine reaches the service; None where that cannot be told."""
    reach: str = ""
    """Who reaches it, in words."""


def bounded(seen: Seen) -> Seen:
    """A reply as it is kept."""
    reply = seen.reply
    if len(reply.body) <= KEPT:
        return seen
    short = Reply(reply.status, "", reply.content_type, NOT_KEPT,
                  f"{len(reply.body)} characters")
    return Seen(short, seen.started, seen.total_ms, seen.done, seen.pieces)


def read_probed(data: Any) -> Probed:
    """The inverse of writing it, from a pack that may be anybody's: UsageError where it is damaged.
    None: nobody probed, as in packs of before there were probes."""
    if data is None:
        return Probed()
    try:
        private = data["private"]
        if private is not None and not isinstance(private, bool):
            raise ValueError(f"private is {private!r}")
        return Probed({_text(name): _sighting(one) for name, one in data["seen"].items()},
                      _text(data["not_sent"]), private, _text(data["reach"]))
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise UsageError(f"what was seen of the probes is damaged: {error}") from None


def _sighting(data: Mapping[str, Any]) -> Sighting:
    replies = tuple(_seen(one) for one in data["replies"])
    after = None if data["after"] is None else _seen(data["after"])
    return Sighting(replies, after, _text(data["ended"]))


def _seen(data: Mapping[str, Any]) -> Seen:
    reply = data["reply"]
    status, pieces = reply["status"], data["pieces"]
    if any(number is not None and (isinstance(number, bool) or not isinstance(number, int))
           for number in (status, pieces)):
        raise ValueError(f"a reply with status {status!r}")
    texts = {one.name: _text(reply[one.name]) for one in fields(Reply) if one.name != "status"}
    return Seen(Reply(status, **texts), _time(data["started"]), _time(data["total_ms"]),
                data["done"] is True, pieces)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a text")
    return value


def _time(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ValueError(f"{value!r} is no time")
    return float(value)
