"""Which runtime each side runs on. Docker where an engine answers and the manifest can use one;
else the process runtime, at a desk; and it says which it took."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gatekeeper.adapters.commanded import Commanded
from gatekeeper.adapters.elsewhere import Elsewhere
from gatekeeper.adapters.processes import ProcessRuntime
from gatekeeper.adapters.reaper import Reaper
from gatekeeper.adapters.weights import Open, Opened, Weights, cache_folder
from gatekeeper.errors import CouldNotMeasure
from gatekeeper.manifest.models import Model
from gatekeeper.model import Side
from gatekeeper.options import Options
from gatekeeper.plan import Plan
from gatekeeper.ports import Progress, Runtime


def choose_runtimes(
    plan: Plan, options: Options, scratch: Path, reaper: Reaper, progress: Progress, run: str
) -> Mapping[Side, Runtime]:
    """The runtime of every side to start; CouldNotMeasure when there is none. `run` is what marks
    on an engine whatever is this run's."""
    reaper.watch_folder(scratch)
    chosen: dict[Side, Runtime] = {}
    if options.url:
        chosen[Side.HEAD] = Elsewhere(options.url)
    elif plan.services[Side.HEAD].url:
        chosen[Side.HEAD] = Commanded(scratch, reaper, progress, plan.commit, options.event.fork,
                                      plan.withheld)
    started = [side for side in plan.services if side not in chosen]
    if started:
        runtime = _runtime(plan, options, scratch, reaper, progress, run)
        chosen |= dict.fromkeys(started, runtime)
    return chosen


def _runtime(
    plan: Plan, options: Options, scratch: Path, reaper: Reaper, progress: Progress, run: str
) -> Runtime:
    # Base's, where head's own service runs elsewhere and base is held against it here.
    service = next(one for one in plan.services.values() if not one.url)
    trusted = not options.event.fork
    weights = Weights(cache_folder(options.model_cache), _open(trusted), progress,
                      trusted=trusted)
    for_docker = bool(service.build or service.image)
    if options.runtime == "process":
        return ProcessRuntime(scratch, reaper, progress, weights)
    try:
        return _docker(options, scratch, reaper, progress, run, weights)
    except CouldNotMeasure as error:
        if options.runtime == "docker" or not service.command:
            raise
        why = error.message if for_docker else "the manifest has nothing for Docker"
    progress.say(f"{why}: taking the process runtime")
    return ProcessRuntime(scratch, reaper, progress, weights)


def _open(trusted: bool) -> Open:
    def opened(model: Model, offset: int) -> Opened:
        from gatekeeper.adapters.weight_sources import (  # noqa: PLC0415 - 60 ms, seldom needed
            Sources,
        )

        return Sources(trusted).open(model, offset)

    return opened


def _docker(
    options: Options, scratch: Path, reaper: Reaper, progress: Progress, run: str,
    weights: Weights,
) -> Runtime:
    from gatekeeper.adapters.docker_cleanup import (  # noqa: PLC0415 - 100 ms, often not needed
        docker_host,
    )
    from gatekeeper.adapters.docker_engine import DockerRuntime  # noqa: PLC0415

    runtime = DockerRuntime(docker_host(), run, dict(options.build_args), scratch, reaper, progress,
                            weights)
    about = runtime.describe()
    progress.say(f"taking Docker {about['engine']}; what is built is built by {about['builder']}")
    return runtime
