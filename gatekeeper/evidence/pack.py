"""The evidence pack on disk: what was observed, streamed as it arrives, and read back to be judged.

Observation and judgement are kept apart: `eval_results.jsonl` holds every attempt as it came and is
only ever appended to; `judgement.jsonl`, `verdict.json` and the reports are derived from it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import math
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from gatekeeper.errors import UsageError
from gatekeeper.evidence.folder import IGNORE, PART, new_folder
from gatekeeper.evidence.record import RunRecord, read_record
from gatekeeper.formats.canonical import plain, to_json, to_line
from gatekeeper.model import Attempt, Reply, Side, Timing

RUN = "run.json"
RESULTS = "eval_results.jsonl"
WARMUP = "warmup.jsonl"
"""Requests of before the clock counted: as the results, and no case's."""
TESTIMONY = "testimony.jsonl"
"""What a judge model, embeddings and own checks said of the replies."""
JUDGEMENT = "judgement.jsonl"
VERDICT = "verdict.json"
CASES = "eval_cases.csv"
CONTRACT = "api_contract.json"
SMOKE = "api_smoke_test.json"
SHUTDOWN = "shutdown_proof.json"
DRILL = "failure_drill.json"
RECOVERY = "recovery.md"
"""What a person does when it happens, out of the drill."""
ROLLBACKS = "rollbacks"
"""Folder of the replies of each drill's rollback, as the results; a file a failure."""
ENVIRONMENT = "environment.json"
TABLE = "failure_table.md"
JUNIT = "junit.xml"
MANIFEST = "manifest.json"
POLICY = "policy"
OWN_FILES = "own_checks"
"""Below a side's policy: its own checks' files."""
SOURCES = "sources"
OURS = (RUN, RESULTS, WARMUP, TESTIMONY, JUDGEMENT, VERDICT, CASES, CONTRACT, SMOKE, SHUTDOWN,
        ENVIRONMENT, DRILL, RECOVERY,
        TABLE, JUNIT, MANIFEST)
MAX_SOURCE = 2_000_000
"""Bytes of one source file; larger ones are not text that an answer quotes."""


class Pack:
    """One evidence pack. Appending is safe from many threads."""

    def __init__(self, folder: Path, held: int | None = None) -> None:
        self.folder = folder
        self._held = held
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let another run write here."""
        if self._held is not None:
            os.close(self._held)
            self._held = None

    @classmethod
    def create(cls, folder: Path) -> Pack:
        """An empty pack; an earlier pack at that place is replaced, anything else is refused.

        The folder is always a new one: in a checkout the old may be the pull request's own, with
        links in it that lead elsewhere. It is locked while this pack is open, so that two runs
        cannot write into one pack.
        """
        return cls(folder, new_folder(folder, frozenset((*OURS, POLICY, SOURCES, ROLLBACKS))))

    @classmethod
    def open(cls, folder: Path) -> Pack:
        """An existing pack, also one whose run was cut off."""
        if not (folder / RUN).is_file():
            raise UsageError(f"{folder} is not an evidence pack: it has no {RUN}",
                             "name the folder that `gatekeeper run --evidence` wrote")
        return cls(folder)

    def write(self, name: str, content: bytes | str) -> None:
        """One file, whole or not at all."""
        place = self.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode("utf-8") if isinstance(content, str) else content
        beside = self.folder / f"{threading.get_ident()}{PART}"
        beside.write_bytes(data)
        os.replace(beside, place)

    def write_json(self, name: str, value: Any) -> None:
        """One JSON document in its canonical form."""
        self.write(name, to_json(value))

    def read(self, name: str) -> bytes:
        """One file of the pack; UsageError when it is not there."""
        try:
            return (self.folder / name).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise UsageError(f"{self.folder / name} is missing from the pack") from None

    def read_json(self, name: str, default: Any = None) -> Any:
        """One JSON document; the default when the file is not there."""
        if not (self.folder / name).is_file():
            return default
        try:
            return json.loads(self.read(name))
        except (ValueError, RecursionError):
            raise UsageError(f"{self.folder / name} is not JSON") from None

    def write_record(self, record: RunRecord) -> None:
        """The facts of the run so far; rewritten as stages are passed."""
        self.write_json(RUN, record)

    def read_record(self) -> RunRecord:
        """The facts of the run; UsageError where they are not what gatekeeper writes."""
        try:
            return read_record(self.read_json(RUN))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UsageError(f"{self.folder / RUN} is not a record of a run: {error}") from None

    @contextlib.contextmanager
    def appending(self, name: str = RESULTS) -> Iterator[AttemptWriter]:
        """Attempts are written as they arrive; each line is on its way to disk when it returns."""
        (self.folder / name).parent.mkdir(exist_ok=True)
        with (self.folder / name).open("ab") as file:
            yield AttemptWriter(file.write, file.flush, self._lock)

    def index(self, name: str = RESULTS) -> dict[tuple[str, Side], list[int]]:
        """Where each case's attempts start in the results; a line cut off by a kill is left out."""
        places: dict[tuple[str, Side], list[int]] = {}
        if not (self.folder / name).is_file():
            return places
        with (self.folder / name).open("rb") as file:
            offset = 0
            for line in file:
                if line.endswith(b"\n"):
                    data = _loads(line)
                    if data is not None:
                        places.setdefault((data["case"], Side(data["side"])), []).append(offset)
                offset += len(line)
        return places

    @contextlib.contextmanager
    def attempts(self, name: str = RESULTS) -> Iterator[AttemptReader]:
        """Attempts by case and side, read one case at a time."""
        places = self.index(name)
        if not places:
            yield AttemptReader(places, None)
            return
        with (self.folder / name).open("rb") as file:
            yield AttemptReader(places, file)

    def write_policy(
        self, side: Side, manifest: bytes, cases: bytes, own_files: Mapping[str, bytes]
    ) -> None:
        """What one side declared, as its own bytes; `own_files` by path relative to the manifest,
        as own checks name them: plain, and below it."""
        self.write(f"{POLICY}/{side}/manifest.yaml", manifest)
        self.write(f"{POLICY}/{side}/cases.csv", cases)
        for path, content in own_files.items():
            self.write(f"{POLICY}/{side}/{OWN_FILES}/{path}", content)

    def write_source(self, side: Side, name: str, content: bytes) -> None:
        """One source that grounding is held against."""
        parts = PurePosixPath(name).parts
        if ".." not in parts and not name.startswith("/"):
            self.write(f"{SOURCES}/{side}/{name}", content)

    def sources(self, side: Side) -> dict[str, str]:
        """Stem of each source file -> its text; those of one stem are one source."""
        folder = self.folder / SOURCES / side
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        texts: dict[str, str] = {}
        for path in files:
            text = path.read_text("utf-8", "replace")
            texts[path.stem] = f"{texts[path.stem]}\n\n{text}" if path.stem in texts else text
        return texts

    def _digests(self) -> dict[str, str]:
        files = {}
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder).as_posix()
            unfinished = name.endswith(PART) and "/" not in name
            if name in (MANIFEST, IGNORE) or unfinished or (path.is_dir()
                                                            and not path.is_symlink()):
                continue
            whole = path.is_file() and not path.is_symlink()
            files[name] = hashlib.sha256(path.read_bytes()).hexdigest() if whole else "not a file"
        return files

    def altered(self) -> tuple[str, ...]:
        """Files that are not as they were sealed; `manifest.json` itself where there is none."""
        sealed = self.read_json(MANIFEST)
        if not isinstance(sealed, dict) or not isinstance(sealed.get("files"), dict):
            return (MANIFEST,)
        if sealed.get("pack_digest") != _pack_digest(sealed["files"]):
            return (MANIFEST,)
        before, now = sealed["files"], self._digests()
        return tuple(name for name in sorted({*before, *now}) if before.get(name) != now.get(name))

    def seal(self) -> None:
        """Write `manifest.json`, sha256 of every file; the digest over it names this pack."""
        files = self._digests()
        self.write_json(MANIFEST, {"files": files, "pack_digest": _pack_digest(files)})


def _pack_digest(files: dict[str, str]) -> str:
    return "sha256:" + hashlib.sha256(to_json({"files": files}).encode()).hexdigest()


def _loads(line: bytes) -> dict[str, Any] | None:
    try:
        data = json.loads(line)
    except ValueError:
        return None
    return data if isinstance(data, dict) and "case" in data and "side" in data else None


def _timing(data: dict[str, Any]) -> Timing:
    """Stamps out of a pack, which may be anybody's: what is no time is damage."""
    for name, value in data.items():
        optional = name not in ("started", "total")
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not ((value is None and optional) or (is_number and 0 <= value < math.inf)):
            raise ValueError(f"{name} is {value!r}")
    return Timing(**data)


@dataclasses.dataclass(frozen=True, slots=True)
class AttemptWriter:
    """Appends attempts, one line each."""

    _write: Any
    _flush: Any
    _lock: threading.Lock

    def append(self, attempt: Attempt) -> None:
        """Write one attempt."""
        line = to_line(
            {
                "case": attempt.case_id,
                "side": attempt.side.value,
                "number": attempt.number,
                "request": attempt.request,
                "reply": plain(attempt.reply),
                "timing": plain(attempt.timing),
            }
        ).encode()
        with self._lock:
            self._write(line)
            self._flush()


class AttemptReader:
    """Attempts of one case and side at a time, in order of their numbers."""

    def __init__(self, places: dict[tuple[str, Side], list[int]], file: Any) -> None:
        self._places = places
        self._file = file

    def of(self, case_id: str, side: Side) -> tuple[Attempt, ...]:
        """All attempts of a case on a side."""
        return tuple(sorted(self._read(self._places.get((case_id, side), ())),
                            key=lambda attempt: attempt.number))

    def _read(self, places: Iterable[int]) -> Iterator[Attempt]:
        for place in places:
            self._file.seek(place)
            data = json.loads(self._file.readline())
            try:
                yield Attempt(data["case"], Side(data["side"]), int(data["number"]),
                              data["request"], Reply(**data["reply"]), _timing(data["timing"]))
            except (KeyError, TypeError, ValueError, OverflowError) as error:
                damage = f"an attempt of {data.get('case')!r} is damaged: {error}"
                raise UsageError(damage) from None
