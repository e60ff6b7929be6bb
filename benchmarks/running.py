"""Running contestants, each in a fresh process, alternating; figures as frozen values."""

from __future__ import annotations

import http.client
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NamedTuple

from benchmarks.clients import CONTESTANTS, WARM_UPS
from benchmarks.formats import ARRIVING, ENDING, FORMATS, PROGRESS, Progress
from benchmarks.server import HOST

TOP = Path(__file__).parent.parent
OUT = TOP / "benchmarks" / "out"
PROCESS_SECONDS = 40.0
"""After which a contestant is ended by force; its own limit is far lower."""
RUN_SECONDS = 4.0
"""After which a contestant begins no further request or row."""
FEW_ROWS = 1000
"""Rows of the small run that memory is held against."""
DUMPED_ROWS = 40_000
"""Rows of a run that is killed while json.dump writes: the writing must outlast the wait."""
KILL_AFTER = {ARRIVING: (0.2, 0.3, 0.4, 0.5, 0.6), ENDING: (0.04, 0.08, 0.12, 0.16, 0.2)}
"""Seconds into a phase at which the contestant is killed, one each run."""


class Quantiles(NamedTuple):
    """Milliseconds, nearest rank."""

    p50: float
    p99: float


def quantiles(values: Sequence[float]) -> Quantiles | None:
    """None where there are no values."""
    if not values:
        return None
    ordered = sorted(values)
    return Quantiles(*(ordered[min(int(len(ordered) * share), len(ordered) - 1)]
                       for share in (0.50, 0.99)))


@dataclass(frozen=True, slots=True)
class ClientRun:
    """One contestant against one server in one round."""

    round: int
    name: str
    delay_ms: float
    requests: int
    per_second: float
    cpu_per_1000: float
    """Processor seconds of the client's process for 1000 requests, imports not counted."""
    peak_mb: float
    import_ms: float
    around: Quantiles | None
    """By a clock round the call."""
    own: Quantiles | None
    """By the client's own account."""
    served: Quantiles
    """What the server took from the whole request to the sent reply, by its own clock."""
    server_busy: float
    """Share of one processor that the server used meanwhile."""
    surplus: int
    """Requests the server saw beyond those that were counted; 0 unless a client sent some twice."""
    others_busy: float
    """Share of the machine that was used meanwhile by what is no part of this benchmark."""


@dataclass(frozen=True, slots=True)
class FormatRun:
    """One evidence format in one round."""

    round: int
    name: str
    rows: int
    per_second: float
    end_seconds: float
    """Seconds after the last row until all is written."""
    cpu_per_1000: float
    peak_mb: float
    peak_mb_few: float
    """The same with `FEW_ROWS` rows."""
    bytes_per_row: float
    readable: int


@dataclass(frozen=True, slots=True)
class KillRun:
    """One run ended by SIGKILL."""

    name: str
    phase: str
    appended: int
    """Rows whose append had returned when the kill came; one more may have been written."""
    readable: int

    @property
    def lost(self) -> int:
        """Rows that were taken and are gone."""
        return max(self.appended - self.readable, 0)


class Target:
    """A load target in a process of its own."""

    def __init__(self, delay_ms: float, *flags: str) -> None:
        self.delay_ms = delay_ms
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.server", "--delay", str(delay_ms), *flags],
            cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input = self._process.stdin
        self.port = int(self._process.stdout.readline())

    def stats(self) -> dict[str, Any]:
        """What it saw since it was last asked."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=10)
        connection.request("GET", "/stats")
        found: dict[str, Any] = json.loads(connection.getresponse().read())
        connection.close()
        return found

    def close(self) -> None:
        """It ends when its input does."""
        self._input.close()
        self._process.wait(10)


def processor_flags(pin: bool) -> tuple[list[str], list[str]]:
    """What holds the server to the first processor and the client to the last; empty for no pin."""
    usable = sorted(os.sched_getaffinity(0))
    return (["--processor", str(usable[0])], ["--processor", str(usable[-1])]) if pin else ([], [])


@contextmanager
def targets(delays: Sequence[float], pin: bool) -> Iterator[list[Target]]:
    """One load target for each delay, in milliseconds."""
    up: list[Target] = []
    try:
        for delay in delays:
            up.append(Target(delay, *processor_flags(pin)[0]))
        yield up
    finally:
        for target in up:
            target.close()


def in_fresh_process(module: str, *args: object) -> dict[str, Any]:
    """The figures one contestant prints."""
    done = subprocess.run([sys.executable, "-m", f"benchmarks.{module}", *map(str, args)],
                          cwd=TOP, capture_output=True, text=True, timeout=PROCESS_SECONDS)
    if done.returncode:
        raise SystemExit(f"{module} {' '.join(map(str, args))} failed:\n{done.stderr}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def present() -> tuple[list[str], list[str]]:
    """Names of the clients that can run here, and a sentence for each that cannot."""
    here, absent = [], []
    for name, contestant in CONTESTANTS.items():
        if contestant.package and find_spec(contestant.package) is None:
            absent.append(f"{name} was left out: {contestant.package} is not installed "
                          "(pip install '.[bench]')")
        else:
            here.append(name)
    return here, absent


def machine_seconds() -> float:
    """Processor seconds that the whole machine has used, by all processes and the kernel."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _, _, irq, softirq, stolen = map(int, fields[:8])
    return (user + nice + system + irq + softirq + stolen) / os.sysconf("SC_CLK_TCK")


def our_seconds() -> float:
    """Processor seconds of this process and of its contestants that have ended."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def run_client(
    number: int, name: str, target: Target, requests: int, connections: int, pin: bool
) -> ClientRun:
    """One contestant against one server."""
    target.stats()
    began, machine, ours = monotonic(), machine_seconds(), our_seconds()
    got = in_fresh_process("clients", name, "--port", target.port, "--requests", requests,
                           "--connections", connections, "--limit", RUN_SECONDS,
                           *processor_flags(pin)[1])
    stats = target.stats()
    others = machine_seconds() - machine - (our_seconds() - ours) - stats["cpu_seconds"]
    capacity = (monotonic() - began) * (os.cpu_count() or 1)
    served = quantiles(stats["served_ms"])
    assert served is not None
    done, seconds = got["requests"], got["seconds"]
    share = stats["cpu_seconds"] * done / stats["requests"] / seconds
    return ClientRun(
        number, name, target.delay_ms, done, done / seconds, got["cpu_seconds"] / done * 1000,
        got["peak_mb"], got["import_ms"], quantiles(got["around_ms"]), quantiles(got["own_ms"]),
        served, share, stats["requests"] - done - WARM_UPS * connections,
        max(others / capacity, 0.0))


def turned(names: Sequence[str], number: int) -> list[str]:
    """The order of one round: each begins elsewhere, and every other goes backwards."""
    start = number % len(names)
    order = [*names[start:], *names[:start]]
    return order if number % 2 == 0 else order[::-1]


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder on the disk the repository is on."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=OUT) as folder:
        yield Path(folder)


def run_format(number: int, name: str, rows: int) -> FormatRun:
    """One format, with few rows and with many."""
    with scratch() as folder:
        few = in_fresh_process("formats", name, "--folder", folder, "--rows", FEW_ROWS)
    with scratch() as folder:
        got = in_fresh_process("formats", name, "--folder", folder, "--rows", rows,
                               "--limit", RUN_SECONDS)
    done, seconds = got["rows"], got["seconds"]
    return FormatRun(number, name, done, done / seconds, got["end_seconds"],
                     got["cpu_seconds"] / done * 1000, got["peak_mb"], few["peak_mb"],
                     got["bytes_on_disk"] / done, got["readable"])


def run_killed(name: str, phase: int, after: float, rows: int) -> KillRun | None:
    """Start a format, wait for a phase and `after` seconds more, SIGKILL it, read what is left.
    None when it was through with the phase before the kill."""
    with scratch() as folder, tempfile.NamedTemporaryFile(dir=OUT) as page:
        page.write(bytes(PROGRESS.size))
        page.flush()
        progress = Progress(Path(page.name))
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.formats", name, "--folder", str(folder),
             "--rows", str(rows), "--progress", page.name], cwd=TOP)
        until = monotonic() + PROCESS_SECONDS
        while progress.told() < (1, 0) or progress.told()[1] < phase:
            if process.poll() is not None or monotonic() > until:
                break
            sleep(0.005)
        sleep(after)
        process.kill()
        process.wait()
        appended, reached = progress.told()
        if appended == 0 or reached != phase:
            return None
        words = "json.dump writes" if phase == ENDING else "rows arrive"
        return KillRun(name, words, appended, FORMATS[name].readable(folder))
