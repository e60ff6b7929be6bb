"""A service that is already up, somewhere else: asked, never started and never stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gatekeeper.drill.ports import Vitals
from gatekeeper.errors import CouldNotMeasure
from gatekeeper.manifest.service import Service
from gatekeeper.model import Side
from gatekeeper.ports import URL_RUNTIME, Again, Exposure, Life, StopProof

_NOT_OURS = "the service was not started by gatekeeper, and is not broken by it"


class ServiceElsewhere:
    """One service by its URL; see `ports.RunningService`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def life(self) -> Life:
        return Life(True)

    def logs(self) -> str:
        return ""

    def identity(self) -> dict[str, Any]:
        return {"url": self.url}

    def exposure(self) -> Exposure:
        return Exposure(None, "the service is not ours, and who reaches it is not seen from here")

    def stop(self, grace: float) -> StopProof | None:
        return None

    def vitals(self) -> Vitals:
        return Vitals()

    def pause(self) -> None:
        raise CouldNotMeasure(_NOT_OURS)

    def kill(self) -> None:
        raise CouldNotMeasure(_NOT_OURS)

    def disconnect(self) -> None:
        raise CouldNotMeasure(_NOT_OURS)

    def memory_used(self) -> int:
        raise CouldNotMeasure(_NOT_OURS)


class Elsewhere:
    """The runtime of `--url`; see `ports.Runtime`."""

    name = URL_RUNTIME

    def __init__(self, url: str) -> None:
        self._url = url

    def start(self, side: Side, tree: Path, service: Service, again: Again | None = None
              ) -> ServiceElsewhere:
        return ServiceElsewhere(self._url)

    def describe(self) -> dict[str, Any]:
        return {"runtime": URL_RUNTIME, "url": self._url}

    def cancel(self) -> None:
        return None

    def close(self) -> None:
        return None
