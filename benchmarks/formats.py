"""The contestants of the evidence benchmark: ways of keeping 100,000 attempts on disk.

Each runs in a fresh process, is handed the same attempts one by one, and says afterwards what a
reader finds. With `--progress` it also tells a parent that means to kill it how far it has come.

    python -m benchmarks.formats gatekeeper --folder out --rows 100000    # figures as JSON
"""

from __future__ import annotations

import argparse
import contextlib
import json
import mmap
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time, sleep
from typing import Any, NamedTuple

from benchmarks.memory import peak_megabytes
from gatekeeper.evidence.pack import Pack
from gatekeeper.model import Attempt, Reply, Side, Timing

BATCH = 1000
"""Rows a commit in the batched contestant."""
PROGRESS = struct.Struct("<qq")
"""Shared with the parent: rows whose append has returned, and the phase below."""
ARRIVING, ENDING, DONE = 0, 1, 2

Append = Callable[[Attempt], None]


class Format(NamedTuple):
    """One way of keeping attempts. `readable` counts the rows a reader gets back."""

    title: str
    writing: Callable[[Path], AbstractContextManager[Append]]
    readable: Callable[[Path], int]


@dataclass(frozen=True, slots=True)
class Kept:
    """One run. `end_seconds` is the part of `seconds` after the last row had been handed over."""

    rows: int
    seconds: float
    end_seconds: float
    cpu_seconds: float
    peak_mb: float
    bytes_on_disk: int
    readable: int


def attempts(count: int) -> Iterator[Attempt]:
    """Attempts as a run makes them, about 650 bytes a row; no two are equal."""
    for number in range(count):
        request = {"messages": [{"role": "user", "content": f"Question {number}: who approves?"}],
                   "max_tokens": 512}
        body = json.dumps({
            "id": f"chatcmpl-{number}", "object": "chat.completion", "model": "fixed",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {
                "role": "assistant", "content": f"Answer {number}: a team lead. " * 6}}],
        })
        yield Attempt(f"case_{number}", Side.HEAD, 1, request,
                      Reply(200, body, "application/json"),
                      Timing(number / 1000, 50.123456, 51.234567))


def row_of(attempt: Attempt) -> dict[str, Any]:
    """One attempt as JSON data, made by hand: the cheapest way, for everybody but gatekeeper."""
    reply, timing = attempt.reply, attempt.timing
    return {
        "case": attempt.case_id, "side": attempt.side.value, "number": attempt.number,
        "request": attempt.request,
        "reply": {"status": reply.status, "body": reply.body, "content_type": reply.content_type,
                  "error": reply.error, "detail": reply.detail},
        "timing": {"started": timing.started, "first_byte": timing.first_byte,
                   "total": timing.total},
    }


@contextlib.contextmanager
def pack(folder: Path) -> Iterator[Append]:
    """The project's own writer."""
    with Pack.create(folder).appending() as writer:
        yield writer.append


def pack_rows(folder: Path) -> int:
    """The project's own reader."""
    return len(Pack(folder).index())


@contextlib.contextmanager
def bare_lines(folder: Path) -> Iterator[Append]:
    """JSON Lines with a flush a row, and nothing else: what the format itself costs."""
    with (folder / "rows.jsonl").open("w") as file:

        def append(attempt: Attempt) -> None:
            file.write(json.dumps(row_of(attempt)) + "\n")
            file.flush()

        yield append


def bare_line_rows(folder: Path) -> int:
    """Whole lines that are JSON."""
    with (folder / "rows.jsonl").open("rb") as file:
        return sum(1 for line in file if line.endswith(b"\n") and json.loads(line))


@contextlib.contextmanager
def one_dump(folder: Path) -> Iterator[Append]:
    """Every row kept in memory, one json.dump when the last has come."""
    rows: list[dict[str, Any]] = []
    yield lambda attempt: rows.append(row_of(attempt))
    with (folder / "rows.json").open("w") as file:
        json.dump(rows, file)


def one_dump_rows(folder: Path) -> int:
    """All or nothing."""
    try:
        return len(json.loads((folder / "rows.json").read_bytes()))
    except (OSError, ValueError):
        return 0


def sqlite(batch: int, *pragmas: str) -> Callable[[Path], AbstractContextManager[Append]]:
    """One table with a row an attempt, and `batch` rows a commit."""

    @contextlib.contextmanager
    def writing(folder: Path) -> Iterator[Append]:
        base = sqlite3.connect(folder / "rows.sqlite", isolation_level=None)
        for pragma in pragmas:
            base.execute(f"pragma {pragma}")
        base.execute("create table attempts (name text, side text, number integer, row text)")
        waiting = 0

        def append(attempt: Attempt) -> None:
            nonlocal waiting
            if waiting == 0 and batch > 1:
                base.execute("begin")
            base.execute("insert into attempts values (?, ?, ?, ?)",
                         (attempt.case_id, attempt.side.value, attempt.number,
                          json.dumps(row_of(attempt))))
            waiting = (waiting + 1) % batch
            if waiting == 0 and batch > 1:
                base.execute("commit")

        yield append
        if base.in_transaction:
            base.execute("commit")
        base.close()

    return writing


def sqlite_rows(folder: Path) -> int:
    """Rows of a database that is sound."""
    if not (folder / "rows.sqlite").is_file():
        return 0
    with contextlib.closing(sqlite3.connect(folder / "rows.sqlite")) as base:
        if base.execute("pragma quick_check").fetchone() != ("ok",):
            return 0
        count: int = base.execute("select count(*) from attempts").fetchone()[0]
        return count


@contextlib.contextmanager
def nothing(_: Path) -> Iterator[Append]:
    """Attempts are made and dropped: what every other figure has in it."""
    yield lambda attempt: None


FORMATS = {
    "gatekeeper": Format("gatekeeper's JSON Lines", pack, pack_rows),
    "jsonl": Format("JSON Lines, bare", bare_lines, bare_line_rows),
    "json": Format("json.dump at the end", one_dump, one_dump_rows),
    "sqlite-row": Format("sqlite, a commit a row", sqlite(1), sqlite_rows),
    "sqlite-row-unsynced": Format(
        "sqlite, a commit a row, unsynced",
        sqlite(1, "journal_mode = wal", "synchronous = off"), sqlite_rows),
    "sqlite-batch": Format(f"sqlite, a commit every {BATCH}", sqlite(BATCH), sqlite_rows),
    "nothing": Format("nothing kept", nothing, lambda _: 0),
}


class Progress:
    """A page shared with the parent; see `PROGRESS`."""

    def __init__(self, place: Path) -> None:
        with place.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), PROGRESS.size)

    def tell(self, rows: int, phase: int) -> None:
        """Called by the child."""
        PROGRESS.pack_into(self._page, 0, rows, phase)

    def told(self) -> tuple[int, int]:
        """Asked by the parent: rows appended, phase."""
        rows, phase = PROGRESS.unpack_from(self._page, 0)
        return rows, phase


def keep(name: str, folder: Path, rows: int, limit: float) -> Kept:
    """Keep so many attempts, or as many as `limit` seconds allow."""
    form = FORMATS[name]
    began, cpu, done = perf_counter(), process_time(), 0
    with form.writing(folder) as append:
        for attempt in attempts(rows):
            append(attempt)
            done += 1
            if perf_counter() - began > limit:
                break
        handed_over = perf_counter()
    ended, cpu_ended, peak = perf_counter(), process_time(), peak_megabytes()
    size = sum(path.stat().st_size for path in folder.iterdir())
    return Kept(done, ended - began, ended - handed_over, cpu_ended - cpu, peak, size,
                form.readable(folder))


def keep_until_killed(name: str, folder: Path, rows: int, progress: Progress) -> None:
    """Keep attempts and tell how far it has come; then wait for the parent."""
    done = 0
    with FORMATS[name].writing(folder) as append:
        for attempt in attempts(rows):
            append(attempt)
            done += 1
            progress.tell(done, ARRIVING)
        progress.tell(done, ENDING)
    progress.tell(done, DONE)
    sleep(30)


def main() -> None:
    """Run one contestant and print its figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.formats", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=FORMATS)
    parser.add_argument("--folder", type=Path, required=True, help="an empty folder")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--limit", type=float, default=6.0, help="seconds")
    parser.add_argument("--progress", type=Path, help="file shared with a parent that will kill")
    args = parser.parse_args()
    if args.progress:
        keep_until_killed(args.name, args.folder, args.rows, Progress(args.progress))
    else:
        print(json.dumps(asdict(keep(args.name, args.folder, args.rows, args.limit))))


if __name__ == "__main__":
    main()
