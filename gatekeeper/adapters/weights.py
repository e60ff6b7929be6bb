"""Weights on this machine: fetched once, checked as they come in, kept by digest.

A file has its digest's name only when it is whole; a transfer that broke off is taken up where it
was. Runs at the same time wait for one another. What is taken from the cache is read again, because
what runs must be what was declared, and a model that is loaded next is in memory then anyway.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO

from gatekeeper.manifest.models import Kind, Model
from gatekeeper.model import Fault, Side
from gatekeeper.ports import CANCELLED, Progress, StartFailed, StartFailure

PIECE = 1 << 20
CACHE_VARIABLE = "GATEKEEPER_MODEL_CACHE"
TRIES = 3
MARGIN = 256 * 1024**2
"""Bytes of disk that are left to others."""
FETCH_SECONDS = 2 * 3600.0
"""How long one file may take. One that comes in byte by byte would never be there."""
_SAY_SECONDS = 30.0
_LOOK_SECONDS = 0.2
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class NotFetched(Exception):
    """Why there is no file, whose doing that is, and whether to ask once more is of use."""

    def __init__(self, words: str, fault: Fault = Fault.WORLD, *, again: bool = False) -> None:
        super().__init__(words)
        self.words = words
        self.fault = fault
        self.again = again


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is being read from where it comes."""

    start: int
    """Offset of the first byte that comes; 0 where the other end would not begin later."""
    total: int | None
    """Bytes of the whole file, where the other end says."""
    pieces: Iterator[bytes]
    """Its bytes as they come; NotFetched where they end early."""
    close: Callable[[], None]


Open = Callable[[Model, int], Opened]
"""Opens a file from an offset on, or from its beginning; NotFetched where it is not to be had."""


def cache_folder(named: str, environment: Mapping[str, str] = os.environ) -> Path:
    """Where weights are kept between runs."""
    base = environment.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(named or environment.get(CACHE_VARIABLE) or Path(base) / "gatekeeper" / "models")


def told_of(models: tuple[Model, ...]) -> dict[str, Any]:
    """What the evidence says of a service's weights."""
    told = [{"mount": one.mount, "from": one.from_, "sha256": one.sha256} for one in models]
    return {"models": told} if told else {}


class Weights:
    """The cache of one run."""

    def __init__(
        self, folder: Path, open_: Open, progress: Progress, *, trusted: bool,
        seconds: float = FETCH_SECONDS,
    ) -> None:
        self.folder = folder
        self._open = open_
        self._progress = progress
        self._trusted = trusted
        self._seconds = seconds
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Let transfers that are under way give up."""
        self._cancelled.set()

    def fetch_all(self, side: Side, models: tuple[Model, ...]) -> dict[Model, Path]:
        """Every file, whole and as declared; StartFailed for the first that is not to be had."""
        return {model: self._fetch(side, model) for model in models}

    def _fetch(self, side: Side, model: Model) -> Path:
        try:
            if model.origin.kind is Kind.PATH:
                return self._own(side, model)
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._alone(side, model):
                return self._cached(side, model)
        except NotFetched as error:
            raise _failed(model, error.words, error.fault) from None
        except OSError as error:
            full = error.errno in _FULL
            words = f"the disk of {self.folder} is full" if full else \
                f"{error.strerror}: {error.filename or self.folder}"
            raise _failed(model, f"{words} → look at `--model-cache` and {CACHE_VARIABLE}",
                          Fault.WORLD) from None

    def _own(self, side: Side, model: Model) -> Path:
        """A file of this machine, used where it is."""
        place = Path(model.origin.place)
        if not self._trusted:
            raise NotFetched("a file of this machine is not given to a fork's change")
        try:
            mode = place.stat().st_mode
        except OSError as error:
            raise NotFetched(f"{place}: {error.strerror} → look for it on this machine") from None
        if not stat.S_ISREG(mode):
            raise NotFetched(f"{place} is no file")
        size = place.stat().st_size
        _same_size(model, size)
        found = self._digest(side, model, place)
        if found != model.sha256:
            raise _another(found, model)
        return place.resolve()

    @contextlib.contextmanager
    def _alone(self, side: Side, model: Model) -> Iterator[None]:
        """One at a time for one file, on this machine."""
        with (self.folder / f"{model.sha256}.lock").open("w") as lock:
            told = False
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if not told:
                        self._progress.say(f"{side}: {model.name} is being fetched already")
                    told = True
                    if self._cancelled.wait(_LOOK_SECONDS):
                        raise StartFailed(CANCELLED) from None
            yield

    def _cached(self, side: Side, model: Model) -> Path:
        place = self.folder / model.sha256
        if place.exists():
            if self._digest(side, model, place) == model.sha256:
                _same_size(model, place.stat().st_size)
                self._progress.say(f"{side}: {model.name} is in the cache")
                return place
            self._progress.say(f"{side}: {model.name} is damaged in the cache, fetching it again")
            place.unlink()
        part = self.folder / f"{model.sha256}.part"
        self._progress.say(f"{side}: fetching {model.name} from {model.from_}")
        for left in reversed(range(TRIES)):
            try:
                self._take_in(side, model, part)
                break
            except NotFetched as error:
                if not (left and error.again):
                    raise
                self._progress.say(f"{side}: {model.name}: {error.words}; once more")
                if self._cancelled.wait(1.0):
                    raise StartFailed(CANCELLED) from None
        part.chmod(0o444)
        part.replace(place)
        return place

    def _take_in(self, side: Side, model: Model, part: Path) -> None:
        """The rest of a file, to its end and with the declared digest, into its part."""
        have = part.stat().st_size if part.exists() else 0
        if model.size is not None and have >= model.size:
            have = 0
        opened = self._open(model, have)
        with contextlib.closing(opened), part.open("r+b" if opened.start else "w+b") as file:
            total = opened.total
            if total is not None:
                _same_size(model, total)
            free = shutil.disk_usage(self.folder).free - MARGIN
            if (total or model.size or 0) - opened.start > free:
                raise NotFetched(f"{_size(total or model.size or 0)} are needed in {self.folder}, "
                                 f"and {_size(max(free, 0))} are free → look at `--model-cache`")
            hashed = hashlib.sha256()
            for piece in iter(lambda: file.read(min(PIECE, max(opened.start - file.tell(), 0))),
                              b""):
                hashed.update(piece)
            file.truncate(opened.start)
            count = self._pour(side, model, opened, file, hashed)
        if total is not None and count != total:
            raise NotFetched(f"{count} of {total} bytes came", again=True)
        if hashed.hexdigest() != model.sha256:
            part.unlink()
            if opened.start:  # what was here before may have been another file's beginning
                raise NotFetched("the part that was here does not fit", again=True)
            raise _another(hashed.hexdigest(), model)
        _same_size(model, count)

    def _pour(self, side: Side, model: Model, opened: Opened, file: BinaryIO, hashed: hashlib._Hash
              ) -> int:
        count, began = opened.start, monotonic()
        told = began
        for piece in opened.pieces:
            count += len(piece)
            if model.size is not None and count > model.size:
                raise NotFetched(f"more came than the {model.size} bytes that `size` declares",
                                 Fault.CHANGE)
            file.write(piece)
            hashed.update(piece)
            if self._cancelled.is_set():
                raise StartFailed(CANCELLED)
            now = monotonic()
            if now - began > self._seconds:
                raise NotFetched(f"it is not here within {self._seconds / 60:g} min")
            of = f" of {_size(opened.total)}" if opened.total else ""
            words = f"{side}: fetching {model.name}: {_size(count)}{of}"
            if now - told > _SAY_SECONDS:
                told = now
                self._progress.say(words)
            else:
                self._progress.tick(words)
        return count

    def _digest(self, side: Side, model: Model, place: Path) -> str:
        hashed, count = hashlib.sha256(), 0
        with place.open("rb") as file:
            while piece := file.read(PIECE):
                hashed.update(piece)
                count += len(piece)
                if self._cancelled.is_set():
                    raise StartFailed(CANCELLED)
                self._progress.tick(f"{side}: checking {model.name}: {_size(count)}")
        return hashed.hexdigest()


def _failed(model: Model, words: str, fault: Fault) -> StartFailed:
    return StartFailed(StartFailure(f"its model {model.mount} cannot be had: {words}", fault,
                                    model.from_))


def _another(found: str, model: Model) -> NotFetched:
    return NotFetched(f"the file has sha256 {found[:12]}…, the manifest declares "
                      f"{model.sha256[:12]}… → look at `sha256`", Fault.CHANGE)


def _same_size(model: Model, found: int) -> None:
    if model.size is not None and found != model.size:
        raise NotFetched(f"the file has {found} bytes, `size` says {model.size} → look at `size`",
                         Fault.CHANGE)


def _size(count: int) -> str:
    for unit, name in ((1024**3, "GiB"), (1024**2, "MiB"), (1024, "KiB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} B"
