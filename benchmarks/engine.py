"""The measurement behind docs/design/0002-engine.md: HTTP clients, and ways to keep evidence.

    pip install -e '.[bench]'        # optional: clients that are not installed are left out
    python -m benchmarks.engine      # about two and a half minutes on two cores

Everything runs on 127.0.0.1, each contestant in a fresh process, in alternating order. Prints
tables with ratios (gatekeeper = 1.00) and writes every run to benchmarks/out/engine.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from time import monotonic
from typing import Any

from benchmarks import tables
from benchmarks.clients import CONTESTANTS
from benchmarks.formats import ARRIVING, ENDING, FORMATS
from benchmarks.running import (
    DUMPED_ROWS,
    KILL_AFTER,
    OUT,
    RUN_SECONDS,
    ClientRun,
    FormatRun,
    KillRun,
    present,
    run_client,
    run_format,
    run_killed,
    targets,
    turned,
)

CLIENT_SECONDS = 95.0
FORMAT_SECONDS = 65.0
"""No round is begun that would probably end after this many seconds of its part."""
DELAYS_MS = (0.0, 50.0)
DISTURBED = 0.1
"""Share of the machine used by other work beyond which a run is made once more."""
ENDLESS = 10_000_000
"""Rows of a run that is killed while rows arrive."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What was asked for."""

    requests: int
    paced_requests: int
    connections: int
    rows: int
    rounds: int
    pin: bool


def say(text: str) -> None:
    """Progress, apart from the tables."""
    print(text, file=sys.stderr, flush=True)


def in_time(rounds: int, seconds: float, what: str) -> Iterator[int]:
    """Numbers of rounds, for as long as another one fits."""
    began = monotonic()
    for number in range(rounds):
        spent = monotonic() - began
        if number and spent * (number + 1) / number > seconds:
            say(f"{what}: no time for more than {number} of {rounds} rounds")
            return
        say(f"{what}: round {number + 1} of {rounds}")
        yield number


def quieter(run: Callable[[], ClientRun]) -> ClientRun:
    """A run that other work disturbed is made once more, and the less disturbed one counts."""
    first = run()
    if first.others_busy <= DISTURBED:
        return first
    return min(first, run(), key=lambda one: one.others_busy)


def client_rounds(settings: Settings, names: Sequence[str]) -> list[ClientRun]:
    """Every client against every server, once a round."""
    runs = []
    with targets(DELAYS_MS, settings.pin) as up:
        for number in in_time(settings.rounds, CLIENT_SECONDS, "clients"):
            for name in turned(names, number):
                for target in up:
                    count = settings.paced_requests if target.delay_ms else settings.requests
                    runs.append(quieter(partial(run_client, number, name, target, count,
                                                settings.connections, settings.pin)))
    return runs


def format_rounds(settings: Settings) -> list[FormatRun]:
    """Every evidence format, once a round."""
    return [
        run_format(number, name, settings.rows)
        for number in in_time(settings.rounds, FORMAT_SECONDS, "evidence")
        for name in turned(list(FORMATS), number)
    ]


def kill_runs() -> list[KillRun]:
    """Every format killed while rows arrive; the one that writes at the end also then."""
    say("evidence: killing")
    kept = [name for name in FORMATS if name != "nothing"]
    runs = [run_killed(name, ARRIVING, after, ENDLESS)
            for after in KILL_AFTER[ARRIVING] for name in kept]
    runs += [run_killed("json", ENDING, after, DUMPED_ROWS) for after in KILL_AFTER[ENDING]]
    hit = [run for run in runs if run is not None]
    if len(hit) < len(runs):
        say(f"{len(runs) - len(hit)} kills came too late and do not count")
    return sorted(hit, key=lambda run: kept.index(run.name))


def versions(names: Sequence[str]) -> dict[str, str]:
    """Versions of the packages that were measured."""
    found = {}
    for package in {CONTESTANTS[name].package for name in names} - {""}:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return dict(sorted(found.items()))


def machine() -> dict[str, Any]:
    """As much of the machine as matters, and nothing that names it."""
    return {"system": platform.system(), "cores": os.cpu_count(),
            "python": platform.python_version(), "load": round(os.getloadavg()[0], 2)}


def settings_from(args: Sequence[str] | None) -> tuple[Settings, str]:
    """The command line; the second is the part to run, empty for both."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    whole: list[tuple[str, int, str]] = [
        ("--requests", 4000, "requests a run against the server that answers at once"),
        ("--paced-requests", 960, "requests a run against the server that takes 50 ms"),
        ("--connections", 32, "connections"),
        ("--rows", 100_000, "rows of evidence"),
        ("--rounds", 3, "rounds; fewer if they do not fit into the time"),
    ]
    for name, default, words in whole:
        parser.add_argument(name, type=int, default=default, help=f"{words} ({default})")
    parser.add_argument("--part", choices=("clients", "evidence"), default="",
                        help="one part alone")
    parser.add_argument("--pin", action="store_true",
                        help="hold every client to one processor and the servers to another")
    got = parser.parse_args(args)
    return Settings(got.requests, got.paced_requests, got.connections, got.rows,
                    got.rounds, got.pin), got.part


def measure_clients(settings: Settings) -> tuple[str, dict[str, Any]]:
    """The first part: its tables, and its runs as JSON data."""
    names, absent = present()
    runs = client_rounds(settings, names)
    shown = [
        tables.saturated([run for run in runs if not run.delay_ms], settings.connections),
        tables.paced([run for run in runs if run.delay_ms], settings.connections),
        tables.disturbance(runs),
        *absent,
        *(f"{run.name}: the server saw {run.surplus} requests more than the client counted"
          for run in runs if run.surplus),
    ]
    return "\n".join(shown), {"versions": versions(names), "left_out": absent,
                              "clients": [asdict(run) for run in runs]}


def measure_formats(settings: Settings) -> tuple[str, dict[str, Any]]:
    """The second part: its tables, and its runs as JSON data."""
    runs, killed = format_rounds(settings), kill_runs()
    shown = [
        tables.formats(runs, settings.rows),
        f"A run ends after {RUN_SECONDS:g} s, with as many rows as it then has.\n",
        tables.kills(killed),
    ]
    return "\n".join(shown), {
        "evidence": [asdict(run) for run in runs],
        "kills": [{**asdict(run), "lost": run.lost} for run in killed],
    }


def main(args: Sequence[str] | None = None) -> None:
    """Measure, print, write."""
    settings, part = settings_from(args)
    parts: dict[str, Callable[[Settings], tuple[str, dict[str, Any]]]] = {
        "clients": measure_clients, "evidence": measure_formats}
    began = monotonic()
    say("{system}, {cores} cores, Python {python}, load average {load}".format(**machine()))
    result: dict[str, Any] = {"machine": machine(), "settings": asdict(settings)}
    for name, measure in parts.items():
        if part in ("", name):
            shown, data = measure(settings)
            print(shown, flush=True)
            result |= data
    result["seconds"] = round(monotonic() - began, 1)
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "engine.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    say(f"{result['seconds']:g} s; every run is in benchmarks/out/engine.json")


if __name__ == "__main__":
    main()
