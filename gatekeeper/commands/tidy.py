"""The action's post step: what its run has left on the engine goes, and nothing of another run.

GitHub runs it after the job's other steps, also when the job was cancelled and when the client of
the action's container was killed: that container then still runs, with everything it has started.
What to remove is in the run's journal. Leftovers are no verdict, so they are a warning and never an
exit code: a passed gate stays passed, and the runner's owner reads which label to remove.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
from docker.errors import DockerException
from requests.exceptions import RequestException

from gatekeeper.adapters.docker_cleanup import (
    LABEL_RUN,
    connect,
    count_of_run,
    end_container,
    forget_layers,
    remove_run,
)
from gatekeeper.adapters.journal import read_journal
from gatekeeper.adapters.waiting import wait_until
from gatekeeper.adapters.workflow import hand_over
from gatekeeper.errors import CouldNotMeasure, ExitCode
from gatekeeper.neutral import for_log

TIDY_SECONDS = 20.0
"""What the action's own container gets to end by itself: it tidies up within 7."""
_LAYERS_SECONDS = 10.0
_LOOKS = (0.0, 1.0, 2.0, 4.0)
"""Seconds between one look for leftovers and the next. The engine goes on for a moment with what it
was asked to build or create."""


def tidy_command() -> ExitCode:
    """Remove what is left, and say it in one line."""
    words = read_journal(os.environ)
    started = next((word for word in words if "run" in word), None)
    try:
        if started is None:
            print("nothing was started on an engine: there is nothing to remove")
        else:
            _tidy(started, words)
    except (CouldNotMeasure, DockerException, RequestException) as error:
        _warn(f"what is left of this run cannot be looked for: {error}")
    for word in words:
        _give_back(str(word.get("pack", "")))
    return ExitCode.PASS


def _tidy(started: dict[str, Any], words: list[dict[str, Any]]) -> None:
    client, run = connect(str(started["docker"])), str(started["run"])
    own = str(started.get("own") or "")
    ran_on = bool(own) and end_container(client, own, TIDY_SECONDS)
    released = not ran_on and any("released" in word for word in words)
    removed = list(_removed(client, run, _LOOKS[:1] if released else _LOOKS))
    layers = [str(word["layer"]) for word in words if "layer" in word]
    # A build that was cut off holds its layers until the engine has ended its step.
    wait_until(lambda: not forget_layers(client, layers), _LAYERS_SECONDS)
    stopped = "the action's container still ran and was stopped; " if ran_on else ""
    what = ", ".join(removed)
    print(for_log(stopped + (f"removed what this run had left: {what}" if what
                             else "this run has left nothing")))
    if left := count_of_run(client, run):
        _warn(f"{left} things of this run could not be removed; they carry the label "
              f"{LABEL_RUN}={run}")


def _removed(client: docker.DockerClient, run: str, looks: tuple[float, ...]) -> Iterator[str]:
    for pause in looks:
        wait_until(lambda: False, pause)
        found = remove_run(client, run)
        yield from found
        if pause and not found:
            return


def _give_back(place: str) -> None:
    """The pack of a run that was cut off is still root's, and the next checkout must remove it."""
    pack, workspace = Path(place), Path.cwd()
    if place and pack.is_dir() and pack.resolve().is_relative_to(workspace.resolve()):
        hand_over(pack, like=workspace)


def _warn(words: str) -> None:
    told = " ".join(for_log(words).split()).replace("%", "%25")
    print(f"::warning title=gatekeeper::{told}")
