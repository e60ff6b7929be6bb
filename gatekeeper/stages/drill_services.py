"""The services of one drill: copies that nobody else asks, started here and gone at its end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from gatekeeper.drill.ports import Breakable, FaultProxy
from gatekeeper.manifest.contract import Contract
from gatekeeper.manifest.service import Service
from gatekeeper.model import Side
from gatekeeper.ports import Again, RunningService, Runtime
from gatekeeper.service.sides import SideUp, Starter
from gatekeeper.service.watching import Asked, Watch
from gatekeeper.stages.run import Run
from gatekeeper.stages.stopping import CANCEL_SECONDS


class DrillServices:
    """Everything that one drill starts. Leaving it stops all of it at once, whatever happens."""

    def __init__(self, run: Run, runtime: Runtime, trees: Mapping[Side, Path], name: str) -> None:
        self._run = run
        self._runtime = runtime
        self._trees = trees
        self._name = name
        self._running: list[tuple[str, RunningService]] = []
        self._proxies: list[FaultProxy] = []
        self._watches: list[Watch] = []
        self.left: list[str] = []
        """What was still there after it was stopped, in words."""

    def __enter__(self) -> DrillServices:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        for watch in self._watches:
            watch.end()
        for proxy in self._proxies:
            proxy.close()
        for _, service in reversed([*self._running]):
            self.stop(service)

    def start(
        self, what: str, side: Side, service: Service, contract: Contract, *,
        command: tuple[str, ...] = (), beside: RunningService | None = None, awaits: bool = True,
        tree: Side | None = None,
    ) -> SideUp:
        """One service more of a side, from its own files or another's. In a thread of its own: an
        interrupt does not wait for it."""
        run = self._run
        again = Again(f"{self._name}-{what}", command, beside)
        starter = Starter({side: self._runtime}, {side: contract}, run.starter.credentials,
                          run.world.connect, run.world.redact, run.world.progress, again, awaits)
        try:
            starter.start_all({side: service}, {side: self._trees[tree or side]}, {})
        except BaseException:
            run.cut_off = not starter.cancel(CANCEL_SECONDS) or run.cut_off
            self._keep(what, starter.ups.get(side))
            raise
        self._keep(what, starter.ups[side])
        return starter.ups[side]

    def has(self, side: Side) -> bool:
        """Whether a side's files are here."""
        return side in self._trees

    def _keep(self, what: str, up: SideUp | None) -> None:
        if up is not None and up.service is not None:
            self._running.append((what, up.service))

    def proxy(self, url: str) -> FaultProxy:
        """A proxy before a service."""
        made = self._run.world.proxy(url)
        self._proxies.append(made)
        return made

    def watch(self, asked: Asked, bound: float) -> Watch:
        """Callers that look whether a service is well."""
        made = Watch(lambda url: self._run.starter.connect(Side.HEAD, url), asked,
                     self._run.world.redact, bound)
        self._watches.append(made)
        return made

    def stop(self, service: RunningService) -> None:
        """At once, and look whether it is gone. One that is not ours is left alone."""
        named = [(what, one) for what, one in self._running if one is service]
        self._running = [(what, one) for what, one in self._running if one is not service]
        for what, one in named:
            proof = one.stop(0.0)
            if proof is not None:
                self.left += [f"{thing} of {what}" for thing, gone in proof.gone.items()
                              if not gone]


def breakable(up: SideUp) -> Breakable:
    """The started service, which every runtime of ours can break."""
    assert isinstance(up.service, Breakable)
    return up.service
