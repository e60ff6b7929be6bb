"""A streamed reply as the reply it would have been without streaming, and when its text came. Pure.

Everything that judges reads the joined form: it is redacted as a whole, so no secret hides in the
cut between two events, and it is read through the same pointers as any reply.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from gatekeeper.formats.structured import MISSING, at_pointer, pointer_parts
from gatekeeper.manifest.contract import Contract, ResponseShape
from gatekeeper.replies.sse import Event


class Joined(NamedTuple):
    """One stream, put together."""

    body: str
    """JSON of the contract's response shape."""
    error: str
    """One of `model.REPLY_ERRORS`, or empty."""
    detail: str
    """In the service's own words, however long."""
    first_token: float | None
    """Milliseconds since the request was sent; None where no text came."""
    last_token: float | None
    pieces: int


class _Joiner:
    def __init__(self, shape: ResponseShape) -> None:
        self._shape = shape
        self.text: list[str] = []
        self.stamps: list[float] = []
        self.kept: dict[str, Any] = {}
        """Pointer of the whole reply -> the last value that an event had there."""
        self.error, self.detail = "", ""
        self.taken = 0
        """Events that were looked at: none after an error."""

    def take(self, event: Event) -> None:
        """Read one event."""
        if self.error:
            return
        self.taken += 1
        try:
            value = json.loads(event.data.decode("utf-8"))
        except UnicodeDecodeError as fault:
            self.error, self.detail = "not-utf8", f"byte {fault.start} of an event"
            return
        except (ValueError, RecursionError):
            said = event.data.decode("utf-8", "replace")
            self.error, self.detail = "not-an-event", f"not JSON: {said}"
            return
        if self._is_error(event, value):
            return
        piece = at_pointer(value, self._shape.delta)
        if isinstance(piece, str) and piece:
            self.text.append(piece)
            self.stamps.append(event.at_ms)
        for pointer in (self._shape.finish_reason, self._shape.tokens, self._shape.evidence):
            self._keep(pointer, value)

    def _is_error(self, event: Event, value: Any) -> bool:
        said = at_pointer(value, self._shape.error) if self._shape.error else MISSING
        if event.name == "error" or (said is not MISSING and said is not None):
            words = said if isinstance(said, str) else json.dumps(value)
            self.error, self.detail = "stream-error", " ".join(words.split())
        return bool(self.error)

    def _keep(self, pointer: str, value: Any) -> None:
        """An event of a chat has in `delta` what the whole reply has in `message`."""
        for place in (pointer, pointer.replace("/message/", "/delta/")) if pointer else ():
            found = at_pointer(value, place)
            if found is not MISSING and found is not None:
                self.kept[pointer] = found

    @property
    def is_finished(self) -> bool:
        """It has said why it ends."""
        return isinstance(self.kept.get(self._shape.finish_reason), str)


def joined(contract: Contract, events: Sequence[Event], done: bool, framed: bool) -> Joined:
    """The stream of a spelled-out contract. `done`: it said `[DONE]`; `framed`: HTTP said where its
    body ends.

    A stream is whole with `[DONE]`, or with a finish reason; where the contract knows of none, with
    an end of its body that HTTP has announced."""
    shape = contract.response_shape
    joiner = _Joiner(shape)
    for event in events:
        joiner.take(event)
    body: Any = None
    for pointer, value in ((shape.content, "".join(joiner.text)), *joiner.kept.items()):
        body = _placed(body, pointer_parts(pointer), value)
    error, detail = joiner.error, joiner.detail
    whole = done or joiner.is_finished or (framed and not shape.finish_reason)
    cut_off = error == "not-an-event" and joiner.taken == len(events) and not done and not framed
    if cut_off or not (error or whole):
        within = ", within an event" if cut_off else ""
        error, detail = "unfinished", f"after {len(joiner.stamps)} pieces of text{within}"
    stamps = joiner.stamps
    return Joined(json.dumps(body, ensure_ascii=False), error, detail,
                  stamps[0] if stamps else None, stamps[-1] if stamps else None, len(stamps))


def _placed(body: Any, names: list[str], value: Any) -> Any:
    """The body with a value at a place. `0` is the first of a list, as in `/choices/0`; no other
    list is made, for how long it would be is not ours to guess."""
    if not names:
        return value
    name, *rest = names
    if name == "0" and (body is None or isinstance(body, list)):
        return [_placed(body[0] if body else None, rest, value)]
    inside = body if isinstance(body, dict) else {}
    return {**inside, name: _placed(inside.get(name), rest, value)}
