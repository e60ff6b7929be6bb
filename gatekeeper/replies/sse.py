"""Server-sent events out of bytes, however the network cut them. Pure.

Source: WHATWG HTML, section 9.2.6 (interpreting an event stream). Lines end with CR LF, LF or CR;
a blank line ends an event; lines that begin with a colon say nothing.
"""

from __future__ import annotations

from typing import NamedTuple

DONE = b"[DONE]"
"""The data with which OpenAI-style services say that a stream is over."""
_MARK = b"\xef\xbb\xbf"


class Event(NamedTuple):
    """One event."""

    data: bytes
    """Its data lines, joined by LF; still encoded, as only a whole event is sure to be UTF-8."""
    name: str = ""
    """What `event:` says; empty where it says nothing."""
    at_ms: float = 0.0
    """When its last byte was here, in milliseconds since the request was sent."""


class EventReader:
    """Takes the bytes of one stream piece by piece and gives the events they complete."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._data: list[bytes] = []
        self._name = ""
        self._first = True
        self._after_return = False
        """The last piece ended with CR: an LF that follows belongs to it."""

    def feed(self, piece: bytes, at_ms: float = 0.0) -> list[Event]:
        """The events that this piece completes, stamped with the moment it came."""
        if self._after_return and piece:
            piece = piece.removeprefix(b"\n")
            self._after_return = False
        self._after_return = self._after_return or piece.endswith(b"\r")
        lines = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        events = []
        for line in lines[:-1]:
            self._line += line
            event = self._end_of_line(bytes(self._line), at_ms)
            self._line.clear()
            if event is not None:
                events.append(event)
        self._line += lines[-1]
        return events

    def end(self, at_ms: float = 0.0) -> list[Event]:
        """What was left when the stream ended. The standard drops it; clients that services are
        tried with take it, and many a service forgets the last blank line."""
        return self.feed(b"\n\n", at_ms)

    def _end_of_line(self, line: bytes, at_ms: float) -> Event | None:
        if self._first:
            line, self._first = line.removeprefix(_MARK), False
        if not line:
            data, name = self._data, self._name
            self._data, self._name = [], ""
            return Event(b"\n".join(data), name, at_ms) if data else None
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
        elif field == b"event":
            self._name = value.decode("utf-8", "replace")
        return None
