"""gatekeeper beside others, as whole programs doing the same work: docs/performance.md.

    make bench                                  # everything, some fifteen minutes on two idle cores
    python -m benchmarks.against --only gatekeeper,promptfoo --cases 1,200 --rounds 1   # a taste

Contestants take turns within a round; what is told are medians. All of it is on 127.0.0.1: what is
measured are the programs. Writes benchmarks/out/against.json, plots, and the tables in
docs/performance.md and README.md (`--write`).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.contenders import (
    CONNECTIONS,
    CONTENDERS,
    GATEKEEPER,
    PEERS,
    VERSIONS,
    Job,
    environment,
    install_size,
)
from benchmarks.moments import nothing_changed, noticed_ms
from benchmarks.running import OUT, Target, machine_seconds, our_seconds, quantiles, turned
from benchmarks.streaming import CONTESTANTS as STREAMING
from benchmarks.streaming import errors, served

RESULTS = OUT / "against.json"
PACE_MS = 50.0
PACED_CASES = 1000
MEMORY = (1_000, 10_000, 100_000)
LONGEST = 300.0
"""Seconds after which a run is ended by force."""
Figures = dict[str, Any]


def run_once(job: Job) -> Figures:
    """One whole process: seconds, processor seconds, peak MB, exit code."""
    log = job.folder.parent / "last.log"
    began = perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(job.command, cwd=job.folder, env=environment(job), stdout=out,
                                   stderr=out, stdin=subprocess.DEVNULL, start_new_session=True)
        timer = threading.Timer(LONGEST, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        _, status, used = os.wait4(process.pid, 0)
        timer.cancel()
    wall = perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        print(f"  exit code {process.returncode}: {log.read_text('utf-8', 'replace')[-600:]}",
              file=sys.stderr)
    return {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "mb": used.ru_maxrss / 1024,
            "code": process.returncode}


def rounds(
    names: Sequence[str], cases: int, target: Target, number: int, timed: bool, folder: Path
) -> Figures:
    """Everybody in turn, so many times; what the server saw is held against the cases."""
    found: Figures = {name: [] for name in names}
    for turn in range(number):
        for name in turned(list(found), turn) if found else ():
            place = folder / f"{name.replace(' ', '-')}-{cases}-{int(target.delay_ms)}"
            place.mkdir(exist_ok=True)
            job = CONTENDERS[name].job(place, cases, target.port, timed)
            target.stats()
            one = run_once(job)
            stats = target.stats()
            one["requests"] = stats["requests"]
            one["served"] = quantiles(stats["served_ms"])
            if timed and job.times is not None and one["code"] == 0:
                one["reported"] = quantiles(job.times(job.folder))
            if one["code"] or stats["requests"] < cases:
                del found[name]  # what did not do the work is not compared with what did
                continue
            found[name].append(one)
            print(f"  {cases:>6} cases  {name:<17} {one['wall']:8.2f} s  {one['cpu']:8.2f} s CPU "
                  f"{one['mb']:7.1f} MB  {one['requests']} requests", flush=True)
    return found


def wanted(names: Sequence[str], cases: int) -> list[str]:
    """Those for whom so many cases are not too many."""
    return [name for name in names if CONTENDERS[name].most >= cases]


def on_an_instant_service(names: Sequence[str], sizes: Sequence[int], number: int,
                          folder: Path) -> Figures:
    """Wall time, processor time and memory by number of cases."""
    target = Target(0.0)
    try:
        return {str(cases): rounds(wanted(names, cases), cases, target, number, False, folder)
                for cases in sizes}
    finally:
        target.close()


def on_a_paced_service(names: Sequence[str], cases: int, number: int, folder: Path) -> Figures:
    """Wall time against the ideal, and the times that are reported against the truth."""
    target = Target(PACE_MS)
    try:
        found = rounds(wanted(names, cases), cases, target, number, True, folder)
    finally:
        target.close()
    return {"cases": cases, "ideal": cases / CONNECTIONS * PACE_MS / 1000, "runs": found}


def memory(sizes: Sequence[int], folder: Path) -> Figures:
    """gatekeeper's peak by number of cases."""
    target = Target(0.0)
    try:
        return {str(cases): rounds([GATEKEEPER], cases, target, 1, False, folder)[GATEKEEPER]
                for cases in sizes}
    finally:
        target.close()


def first_text() -> Figures:
    """How far the stamp of a stream's first text is from the server's own, 32 streams at once."""
    with served() as port:
        kept: dict[str, list[float]] = {name: [] for name in STREAMING}
        for turn in range(3):
            for name in turned(list(STREAMING), turn):
                kept[name] += errors(STREAMING[name], port, CONNECTIONS)[0]
    return {name: quantiles(values) for name, values in kept.items()}


def machine() -> Figures:
    """Where the figures are from."""
    return {"system": platform.system(), "cores": os.cpu_count(), "python":
            platform.python_version(), "versions": VERSIONS, "connections": CONNECTIONS}


def measure(args: argparse.Namespace) -> Figures:
    """Everything, part by part; a part that was not asked for is left out."""
    names = [name for name in args.only if name in CONTENDERS]
    parts: dict[str, Callable[[Path], Any]] = {
        "instant": lambda folder: on_an_instant_service(names, args.cases, args.rounds, folder),
        "paced": lambda folder: on_a_paced_service(names, args.paced_cases, args.rounds, folder),
        "memory": lambda folder: memory(args.memory, folder),
        "first_text": lambda folder: first_text(),
        "nothing_changed": lambda folder: nothing_changed(folder),
        "noticed": lambda folder: noticed_ms(folder),
        "size": lambda folder: install_size(),
    }
    began, used, ours = perf_counter(), machine_seconds(), our_seconds()
    found: Figures = {"machine": machine()}
    for name, part in parts.items():
        if name in args.parts:
            print(f"{name}:", flush=True)
            with tempfile.TemporaryDirectory(dir=OUT) as folder:
                found[name] = part(Path(folder))
    spent = machine_seconds() - used
    found["machine"]["seconds"] = round(perf_counter() - began)
    found["machine"]["others_busy"] = round(
        max(spent - (our_seconds() - ours), 0.0) / max(spent, 1e-9), 3)
    return found


def make_parser() -> argparse.ArgumentParser:
    """The arguments."""
    parts = ("instant", "paced", "memory", "first_text", "nothing_changed", "noticed", "size")
    parser = argparse.ArgumentParser(prog="python -m benchmarks.against", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    several: Callable[[str], list[str]] = lambda text: text.split(",")  # noqa: E731
    numbers: Callable[[str], list[int]] = lambda text: list(map(int, text.split(",")))  # noqa: E731
    parser.add_argument("--only", type=several, default=list(CONTENDERS), metavar="NAMES")
    parser.add_argument("--parts", type=several, default=list(parts), metavar="PARTS",
                        help=f"of {', '.join(parts)}")
    parser.add_argument("--cases", type=numbers, default=[1, 200, 1000, 4000], metavar="N,…")
    parser.add_argument("--paced-cases", type=int, default=PACED_CASES, metavar="N")
    parser.add_argument("--memory", type=numbers, default=list(MEMORY), metavar="N,…")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--write", action="store_true",
                        help="write the tables of docs/performance.md and README.md, and the plots")
    return parser


def main() -> None:
    """Install, measure, write, print."""
    from benchmarks.telling import plot, table, write_pages  # noqa: PLC0415 - reads what this made

    args = make_parser().parse_args()
    PEERS.mkdir(parents=True, exist_ok=True)
    for name in args.only:
        CONTENDERS[name].install()
    found = measure(args)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    print(f"\n{table(found)}")
    if args.write:
        plot(RESULTS)
        write_pages(found)


if __name__ == "__main__":
    main()
