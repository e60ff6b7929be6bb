"""The digests that name a pack: of every file, and over them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from gatekeeper.evidence.files import MANIFEST, STATEMENT
from gatekeeper.evidence.folder import IGNORE, PART
from gatekeeper.formats.canonical import to_json

NO_FILE = "not a file"
"""In place of a digest: a link, or whatever else a pack does not hold."""


def digests(folder: Path) -> dict[str, str]:
    """File of a pack, relative -> sha256, or `NO_FILE`. The seal itself and
    what is said of it are left out."""
    files = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        unfinished = name.endswith(PART) and "/" not in name
        if name in (MANIFEST, STATEMENT, IGNORE) or unfinished or (
                path.is_dir() and not path.is_symlink()):
            continue
        whole = path.is_file() and not path.is_symlink()
        files[name] = _digest(path) if whole else NO_FILE
    return files


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pack_digest(files: dict[str, str]) -> str:
    """The digest over the files' digests: it names one pack."""
    return "sha256:" + hashlib.sha256(to_json({"files": files}).encode()).hexdigest()
