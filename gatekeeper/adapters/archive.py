"""An evidence pack as one file, and back: a gzipped tar with nothing in it of whoever made it.

The same pack gives the same bytes: names in order, one owner, one mode, no times. What deflates
them is the machine's zlib, of which there are several; what names a pack anywhere is
`manifest.json`.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from gatekeeper.adapters.artifact import MAX_BYTES, MAX_FILES, inside, unpack
from gatekeeper.errors import UsageError
from gatekeeper.evidence.files import MANIFEST, STATEMENT
from gatekeeper.evidence.seal import digests

TOP = "evidence"
"""The one folder of an archive."""
MAX_ARCHIVE = 200_000_000
"""Bytes of an archive as it is kept or fetched."""
_CHUNK = 1 << 16
_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"


def write_archive(folder: Path, target: IO[bytes]) -> None:
    """The files that a sealed pack lists, its seal, and its statement where it has one."""
    names = [*digests(folder), MANIFEST]
    names += [STATEMENT] if (folder / STATEMENT).is_file() else []
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=target, mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name in sorted(names):
                content = (folder / name).read_bytes()
                member = tarfile.TarInfo(f"{TOP}/{name}")
                member.size, member.mode, member.mtime = len(content), 0o644, 0
                tar.addfile(member, io.BytesIO(content))


def read_archive(content: bytes, into: Path) -> None:
    """Lay an archive's pack into a new folder, also one that GitHub zipped as an artifact;
    UsageError for anything that is none: another name, a way out, a link, too much."""
    if content.startswith(_ZIP):
        unpack(content, into)
        return
    if not content.startswith(_GZIP):
        raise UsageError("this is no archive of an evidence pack",
                         "`gatekeeper pack` makes one, a .tar.gz")
    try:
        with tarfile.open(fileobj=io.BytesIO(_inflated(content)), mode="r:") as tar:
            for member in _members(tar):
                place = into / member.name.removeprefix(f"{TOP}/")
                place.parent.mkdir(parents=True, exist_ok=True)
                source = tar.extractfile(member)
                assert source is not None
                with place.open("xb") as target:
                    target.write(source.read())
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError) as error:
        raise UsageError(f"the archive cannot be unpacked: {error}") from None


def _inflated(content: bytes) -> bytes:
    """All of it, and not one byte more than a pack may hold: a few of these can say very much."""
    found, left = bytearray(), content
    while left:
        inflater = zlib.decompressobj(wbits=31)
        found += inflater.decompress(left, MAX_BYTES + 1 - len(found))
        if len(found) > MAX_BYTES:
            raise UsageError(f"the archive holds more than {MAX_BYTES} bytes")
        if not inflater.eof:
            raise UsageError("the archive breaks off")
        left = inflater.unused_data
    return bytes(found)


def _members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    for number, member in enumerate(tar):
        if number >= MAX_FILES:
            raise UsageError(f"the archive holds more than {MAX_FILES} files")
        if not member.isreg() or member.issparse():
            raise UsageError(f"the archive holds {member.name!r}, which is no plain file")
        top, slash, name = member.name.partition("/")
        if top != TOP or not slash or str(PurePosixPath(name)) != name:
            raise UsageError(f"the archive holds {member.name!r}, which is not below {TOP}/")
        inside(name)
        yield member
