"""`--verbose`: every request told as it is answered, on a line of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from gatekeeper.ports import Connection, Progress, Received
from gatekeeper.redaction import Redactor


class TellingConnection:
    """A connection that says what was asked of whom and what came; see `ports.Connection`. Bodies
    and headers are not told: that is where secrets are. One and the same fault is told once."""

    def __init__(
        self, inner: Connection, url: str, progress: Progress, redact: Redactor
    ) -> None:
        parts = urlsplit(url)
        self._where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
        self._inner = inner
        self._progress = progress
        self._redact = redact
        self._last: tuple[str, ...] = ()

    def exchange(
        self, method: str, path: str, body: bytes | None, timeout: float, *, stream: bool = False,
        leave_after: int = 0,
    ) -> Received:
        """See `ports.Connection`."""
        got = self._inner.exchange(method, path, body, timeout, stream=stream,
                                   leave_after=leave_after)
        fault = (method, path, got.error) if got.error else ()
        if not fault or fault != self._last:  # whoever waits asks many times a second
            self._progress.say(self._redact(f"{method} {self._where}{path} {_words(got)}"))
        self._last = fault
        return got

    def close(self) -> None:
        """See `ports.Connection`."""
        self._inner.close()


def _words(got: Received) -> str:
    status = str(got.status) if got.status is not None else "no status"
    fault = f" {got.error}" if got.error else ""
    if got.events is None:
        size = f"{len(got.body)} bytes"
    else:
        size = f"{len(got.events)} events, {sum(len(one.data) for one in got.events)} bytes"
    return f"{status}{fault}, {got.total_ms:.1f} ms, {size}"


def telling(
    connect: Callable[[str, Mapping[str, str]], Connection], progress: Progress, redact: Redactor
) -> Callable[[str, Mapping[str, str]], Connection]:
    """Connections like those of `connect` that tell what they do."""
    return lambda url, headers: TellingConnection(connect(url, headers), url, progress, redact)
