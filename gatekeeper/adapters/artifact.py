"""Unpacking what an untrusted run uploaded: files of an evidence pack and nothing else."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from gatekeeper.errors import CouldNotMeasure
from gatekeeper.evidence.files import FOLDERS, OURS
from gatekeeper.evidence.folder import IGNORE

MAX_ZIP = 50_000_000
"""Bytes of the artifact as GitHub keeps it."""
MAX_BYTES = 400_000_000
"""Of all files together, as they are counted while they are written: a zip can say anything."""
MAX_FILES = 2000
_CHUNK = 1 << 16


def unpack(content: bytes, into: Path) -> None:
    """Write the files of a pack below a new folder; CouldNotMeasure for anything that is no pack:
    another name, a way out, too much. Links are written as files, which they then are."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            if len(members) > MAX_FILES:
                raise CouldNotMeasure(f"the artifact holds more than {MAX_FILES} files")
            left = MAX_BYTES
            for member in members:
                place = into / inside(member.filename)
                place.parent.mkdir(parents=True, exist_ok=True)
                left = _write(archive, member, place, left)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError,
            RuntimeError, OSError, ValueError) as error:
        raise CouldNotMeasure(f"the artifact cannot be unpacked: {error}") from None


def inside(name: str) -> PurePosixPath:
    """The place of a file in a pack: one of its own, or anything in one of its folders."""
    path = PurePosixPath(name)
    in_folder = len(path.parts) > 1 and path.parts[0] in FOLDERS
    if ".." in path.parts or "\\" in name or not (name in (*OURS, IGNORE) or in_folder):
        raise CouldNotMeasure(f"the artifact holds {name!r}, which is no part of an evidence pack")
    return path


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: Path, left: int) -> int:
    with archive.open(member) as source, place.open("xb") as target:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise CouldNotMeasure(f"the artifact holds more than {MAX_BYTES} bytes")
            target.write(chunk)
    return left
