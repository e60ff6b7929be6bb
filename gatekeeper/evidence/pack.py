"""The evidence pack on disk: what was observed, streamed as it arrives, and read back to be judged.

Observation and judgement are kept apart: `eval_results.jsonl` holds every attempt as it came and is
only ever appended to; `judgement.jsonl`, `verdict.json` and the reports are derived from it.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from gatekeeper.errors import UsageError
from gatekeeper.evidence.attempts import (
    AttemptReader,
    AttemptWriter,
    Places,
    line_of_attempt,
)
from gatekeeper.evidence.files import (
    FOLDERS,
    MANIFEST,
    OURS,
    OWN_FILES,
    POLICY,
    PROMPTS,
    RESULTS,
    RUN,
    SOURCES,
)
from gatekeeper.evidence.folder import PART, new_folder, same_folder
from gatekeeper.evidence.record import RunRecord, read_record
from gatekeeper.evidence.seal import digests, pack_digest
from gatekeeper.formats.canonical import digest, to_json
from gatekeeper.model import Side

DAMAGE = (AttributeError, KeyError, RecursionError, TypeError, ValueError, OverflowError)
"""What judging a pack raises where something in it is not as gatekeeper writes it."""
JUDGED_WHOLE = "a pack is judged as it was written, or not at all"


@contextlib.contextmanager
def undamaged(name: object, help: str) -> Iterator[None]:
    """UsageError where reading the pack of this name comes upon damage."""
    try:
        yield
    except DAMAGE as error:
        raise UsageError(f"{name} is damaged: {type(error).__name__}: {error}", help) from None


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
        return cls(folder, new_folder(folder, frozenset((*OURS, *FOLDERS))))

    @classmethod
    def open(cls, folder: Path) -> Pack:
        """An existing pack, also one whose run was cut off."""
        if not cls(folder).is_there:
            raise UsageError(f"{folder} is not an evidence pack: it has no {RUN}",
                             "name the folder that `gatekeeper run --evidence` wrote")
        return cls(folder)

    @classmethod
    def reopen(cls, folder: Path) -> Pack:
        """An existing pack, to be written to; it is locked while it is open."""
        cls.open(folder)
        return cls(folder, same_folder(folder))

    @property
    def is_there(self) -> bool:
        """Whether the folder holds a pack."""
        return (self.folder / RUN).is_file()

    def write(self, name: str, content: bytes | str) -> None:
        """One file, whole or not at all."""
        place = self.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode("utf-8") if isinstance(content, str) else content
        beside = self.folder / f"{threading.get_ident()}{PART}"
        beside.write_bytes(data)
        os.replace(beside, place)

    def write_parts(self, name: str, parts: Iterable[str]) -> None:
        """One file out of its parts, whole or not at all; no more than one part is in memory."""
        beside = self.folder / f"{threading.get_ident()}{PART}"
        with beside.open("w", encoding="utf-8", newline="") as file:
            file.writelines(parts)
        os.replace(beside, self.folder / name)

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
        except DAMAGE as error:
            raise UsageError(f"{self.folder / RUN} is not a record of a run: {error}") from None

    @contextlib.contextmanager
    def appending(self, name: str = RESULTS) -> Iterator[AttemptWriter]:
        """Attempts are written as they arrive; each line is on its way to disk when it returns."""
        (self.folder / name).parent.mkdir(exist_ok=True)
        with (self.folder / name).open("ab") as file:
            yield AttemptWriter(file.write, file.flush, self._lock)

    def index(self, name: str = RESULTS) -> Places:
        """Where each case's attempts start in the results; a line cut off by a kill is left out."""
        places = Places()
        if not (self.folder / name).is_file():
            return places
        with (self.folder / name).open("rb") as file:
            offset = 0
            for line in file:
                if line.endswith(b"\n"):
                    data = line_of_attempt(line)
                    if data is not None:
                        places.add(data["case"], Side(data["side"]), offset)
                offset += len(line)
        places.sort()
        return places

    @contextlib.contextmanager
    def attempts(self, name: str = RESULTS) -> Iterator[AttemptReader]:
        """Attempts by case and side, read one case at a time."""
        places = self.index(name)
        if not len(places):
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

    def write_instructions(self, side: Side, texts: Mapping[str, str]) -> None:
        """What one side's service is told, by where it stands: a name may hold anything."""
        names = {f"{number}.txt": where for number, where in enumerate(texts, start=1)}
        for name, where in names.items():
            self.write(f"{PROMPTS}/{side}/{name}", texts[where].encode())
        if names:
            self.write_json(f"{PROMPTS}/{side}/index.json", names)

    def instructions(self, side: Side) -> tuple[str, ...]:
        """What one side's service is told before it is asked."""
        files = sorted((self.folder / PROMPTS / side).glob("*.txt"))
        return tuple(path.read_text("utf-8", "replace") for path in files)

    def altered(self, now: Mapping[str, str] | None = None) -> tuple[str, ...]:
        """Files that are not as they were sealed; `manifest.json` itself where there is none. `now`
        are the files' digests, where they are known already."""
        sealed = self.read_json(MANIFEST)
        if not isinstance(sealed, dict) or not isinstance(sealed.get("files"), dict):
            return (MANIFEST,)
        if sealed.get("pack_digest") != pack_digest(sealed["files"]):
            return (MANIFEST,)
        before, now = sealed["files"], digests(self.folder) if now is None else now
        return tuple(name for name in sorted({*before, *now}) if before.get(name) != now.get(name))

    def seal(self, inputs: Mapping[str, str]) -> None:
        """Write `manifest.json`, sha256 of every file; the digest over it names this pack, the one
        over `inputs` what went into it."""
        files = digests(self.folder)
        self.write_json(MANIFEST, {"files": files, "pack_digest": pack_digest(files),
                                   "inputs": inputs, "inputs_digest": digest(inputs)})
