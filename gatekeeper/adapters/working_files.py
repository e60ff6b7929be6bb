"""Files of a folder on disk: listed and read without following a link, written where nothing is."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from gatekeeper.errors import UsageError
from gatekeeper.redaction import Redactor
from gatekeeper.trees.working import MAX_BYTES, MAX_FILES, Files

_LEFT_OUT = {".git", ".hg", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".mypy_cache"}


def files_named(folder: Path, names: Iterable[str]) -> Files:
    """Those of some paths below a folder."""
    paths = tuple(sorted(names))[:MAX_FILES]
    known, redact = frozenset(paths), Redactor()

    def read(path: str) -> str | None:
        text = _text(folder, path) if path in known else None
        return None if text is None else redact(text)

    return Files(paths, read)


def files_below(folder: Path) -> Files:
    """All that lie below a folder, tools' own folders left out."""
    return files_named(folder, _walk(folder))


def _walk(folder: Path) -> Iterator[str]:
    count = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT)
        for name in names:
            count += 1
            if count > MAX_FILES:
                return
            yield (Path(place) / name).relative_to(folder).as_posix()


def _text(folder: Path, path: str) -> str | None:
    """The text of a plain file. Each part of the path is opened from its parent, so that no link on
    the way is followed, whoever swaps one in."""
    *parents, name = path.split("/")
    try:
        here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        for parent in parents:
            inner = os.open(parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = inner
        place = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)
        with os.fdopen(place, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError):
        return None
    finally:
        os.close(here)
    if len(content) > MAX_BYTES or b"\0" in content:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def is_taken(folder: Path, path: str) -> bool:
    """Whether something is there already, a link that leads nowhere included."""
    return os.path.lexists(folder / path)


def check_place(folder: Path, path: str) -> None:
    """UsageError where something is there already that is not to be overwritten, or where a folder
    on the way is a link."""
    on_the_way = [folder.joinpath(*path.split("/")[:count])
                  for count in range(1, path.count("/") + 1)]
    if linked := next((one for one in on_the_way if one.is_symlink()), None):
        raise UsageError(f"{path} cannot be written: {linked.relative_to(folder)} is a link, which "
                         "may lead outside of the repository", "put a folder in its place")
    if is_taken(folder, path):
        raise UsageError(f"{path} is there, and git does not see it: it is ignored, or a link",
                         "rename it, or let git see it; nothing is overwritten")


def write_new(folder: Path, path: str, content: str) -> None:
    """Write a file where nothing is; UsageError where something is, or where it cannot be done."""
    place = folder / path
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        target = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
        with os.fdopen(target, "w", encoding="utf-8", newline="") as file:
            file.write(content)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}",
                         "nothing that is there is ever overwritten") from None
