"""When each step of a stop was done."""

from __future__ import annotations

from time import monotonic


class StopClock:
    """Started with the stop; see `ports.StopProof.steps`."""

    def __init__(self) -> None:
        self._began = monotonic()
        self.steps: dict[str, float] = {}
        self.signalled_at: float | None = None

    def did(self, step: str) -> None:
        """A step is done now."""
        self.steps[step] = round(monotonic() - self._began, 3)

    def signalled(self) -> None:
        """The signal is out."""
        self.signalled_at = monotonic()
        self.did("signalled")
