"""What a drill does to a container: freeze it, kill it, cut it off, look at it; and a container
that is started where another one holds its port."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from typing import Any

import docker
from docker.errors import APIError, NotFound
from docker.models.containers import Container
from requests.exceptions import RequestException

from gatekeeper.adapters.docker_faults import words_of
from gatekeeper.drill.ports import Vitals
from gatekeeper.errors import CouldNotMeasure
from gatekeeper.ports import Again

_HELD = ("total_rss", "rss", "anon")
"""What an engine calls memory that cannot be given back: on cgroup v1 the first two, on v2 the
last ("Get container stats" in the engine's API)."""


@contextlib.contextmanager
def _asked() -> Iterator[None]:
    try:
        yield
    except APIError as error:
        raise CouldNotMeasure(f"the engine would not do it: {words_of(error)[:200]}") from None
    except RequestException as error:
        raise CouldNotMeasure(f"the engine did not answer: {error}") from None


class Breaking:
    """The verbs of `drill.ports.Breakable` on a container."""

    _client: docker.DockerClient
    _container: Container
    _network: str

    def vitals(self) -> Vitals:
        with contextlib.suppress(APIError, NotFound, RequestException):
            self._container.reload()
            attrs = self._container.attrs
            return Vitals(
                state=str(attrs["State"].get("Status") or ""),
                memory_limit=attrs["HostConfig"].get("Memory") or None,
                networks=_networks(attrs),
                disk_free=self._disk_free(),
            )
        return Vitals()

    def _disk_free(self) -> int | None:
        """Where the engine keeps containers, which is seen from here only on its own machine."""
        with contextlib.suppress(OSError):
            return shutil.disk_usage(str(self._client.info().get("DockerRootDir") or "")).free
        return None

    def pause(self) -> None:
        with _asked():
            self._container.pause()

    def kill(self) -> None:
        with _asked():
            self._container.kill()

    def disconnect(self) -> None:
        with _asked():
            self._client.networks.get(self._network).disconnect(self._container, force=True)

    def memory_used(self) -> int:
        with _asked():
            stats: Any = self._client.api.stats(str(self._container.id), stream=False,
                                                one_shot=True)
        told = (stats.get("memory_stats") or {}).get("stats") or {}
        found = [int(told[name]) for name in _HELD if told.get(name)]
        if not found:
            raise CouldNotMeasure("the engine does not say how much memory it holds")
        return found[0]


def _networks(attrs: dict[str, Any]) -> tuple[str, ...]:
    if str(attrs["HostConfig"].get("NetworkMode")).startswith("container:"):
        return ("the network of another container",)
    return tuple(sorted(attrs["NetworkSettings"].get("Networks") or {}))


def start_beside(
    client: docker.DockerClient, image: str, holder: str, name: str, labels: dict[str, str],
    further: dict[str, Any],
) -> Container:
    """A container in the network of another one, which holds the port that this one wants."""
    container = client.containers.create(image, name=name, detach=True, labels=labels,
                                         network_mode=f"container:{holder}", **further)
    container.start()
    return container


def own_command(again: Again | None) -> dict[str, Any]:
    """What the engine is told where a command is given in place of the image's own. The image's
    arguments go with its entrypoint."""
    return {"entrypoint": [*again.command]} if again and again.command else {}
