"""The folder of an evidence pack: always a new one, and one run's alone."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

from gatekeeper.errors import UsageError

IGNORE = ".gitignore"
PART = ".part"
"""Ends the name of a file that is being written."""


def new_folder(folder: Path, ours: frozenset[str]) -> int:
    """Make the folder, in place of an earlier pack that holds nothing but `ours`; anything else is
    refused with UsageError. Returns a descriptor that keeps other runs out while it is open."""
    try:
        if folder.is_symlink() or folder.exists():
            _discard(folder, ours)
        folder.mkdir(parents=True)
        lock = _locked(folder)
        # A pack inside the repository must not become part of the tree that is judged next.
        (folder / IGNORE).write_text("*\n")
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}",
                         "name another folder with --evidence") from None
    return lock


def same_folder(folder: Path) -> int:
    """A descriptor that keeps other runs out of an earlier pack that is gone on with."""
    if folder.is_symlink() or not folder.is_dir():
        raise UsageError(f"{folder} is not a folder of its own", "name another with --evidence")
    return _locked(folder)


def _discard(folder: Path, ours: frozenset[str]) -> None:
    if folder.is_symlink() or not folder.is_dir():
        raise UsageError(f"{folder} is not a folder of its own", "name another with --evidence")
    lock = _locked(folder)
    try:
        names = {place.name for place in folder.iterdir() if not place.name.endswith(PART)}
        if names and not (names <= {*ours, IGNORE} and (folder / IGNORE).is_file()
                          and not (folder / IGNORE).is_symlink()
                          and (folder / IGNORE).read_text() == "*\n"):
            raise UsageError(f"{folder} is not empty and not an evidence pack",
                             "name another folder with --evidence")
        aside = Path(tempfile.mkdtemp(prefix=".gatekeeper-", dir=folder.parent))
        os.rename(folder, aside / "old")
        shutil.rmtree(aside, ignore_errors=True)
    finally:
        os.close(lock)


def _locked(folder: Path) -> int:
    """A descriptor that holds the folder; UsageError where another run does."""
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        raise _busy(folder) from None
    mine, there = os.fstat(held), os.lstat(folder)
    if (mine.st_dev, mine.st_ino) != (there.st_dev, there.st_ino):  # replaced in between
        os.close(held)
        raise _busy(folder)
    return held


def _busy(folder: Path) -> UsageError:
    return UsageError(f"another run is writing to {folder}",
                      "wait for it, or name another folder with --evidence")
