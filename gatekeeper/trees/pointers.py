"""Files that stand for other content: Git LFS and DVC pointers, and contents named by digest. Pure.

Sources: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md,
https://dvc.org/doc/user-guide/project-structure/dvc-files
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from gatekeeper.formats.structured import Unparsable, parse_structured

MAX_LFS_POINTER = 1024
"""Bytes; the specification's limit."""
SHOWN = 12
"""Hexadecimal digits of a digest that a person is shown."""
_LFS = re.compile(rb"version https://(?:git-lfs\.github\.com/spec|hawser\.github\.com/spec)/v1\n"
                  rb"(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize (\d{1,18})\n?")
_MD5 = re.compile(r"[0-9a-f]{32}(?:\.dir)?")


@dataclass(frozen=True, slots=True)
class Pointer:
    """What a pointer file stands for."""

    kind: str
    """`Git LFS` or `DVC`."""
    digest: str
    """`sha256:…`, or `md5:…`, with `.dir` at its end for a folder of DVC's."""
    size: int | None
    path: str = ""
    """DVC: where the content belongs, relative to the pointer's folder."""

    @property
    def hexadecimal(self) -> str:
        """The digest without its algorithm."""
        return self.digest.partition(":")[2]

    def __str__(self) -> str:
        return f"{self.kind} {_short(self.digest)}" + ("" if self.size is None else
                                                      f", {self.size} bytes")


def _short(digest: str) -> str:
    name, _, value = digest.partition(":")
    return f"{name}:{value[:SHOWN]}"


def lfs_pointer(content: bytes) -> Pointer | None:
    """The pointer a file is, if it is one."""
    match = _LFS.fullmatch(content) if len(content) <= MAX_LFS_POINTER else None
    return Pointer("Git LFS", f"sha256:{match[1].decode()}", int(match[2])) if match else None


def dvc_pointers(path: str, content: bytes) -> tuple[Pointer, ...]:
    """The outputs that a `.dvc` file names; none where it is not one."""
    if not path.endswith(".dvc"):
        return ()
    try:
        value = parse_structured("dvc.yaml", content)
    except Unparsable:
        return ()
    outs = value.get("outs") if isinstance(value, dict) else None
    found = (_out(one) for one in outs) if isinstance(outs, list) else ()
    return tuple(one for one in found if one is not None)


def _out(out: Any) -> Pointer | None:
    if not isinstance(out, dict):
        return None
    md5, path, size = (str(out.get(name, "")) for name in ("md5", "path", "size"))
    parts = PurePosixPath(path).parts
    if not _MD5.fullmatch(md5) or not parts or ".." in parts or path.startswith("/"):
        return None
    longest = max(len(part.encode("utf-8", "replace")) for part in parts)
    if "\0" in path or len(size) > 19 or longest > 255:
        return None
    return Pointer("DVC", f"md5:{md5}", int(size) if size.isdecimal() else None, path)


def dvc_folder(listing: bytes) -> tuple[Pointer, ...] | None:
    """The files of a folder of DVC's, from its listing; None where it is not one."""
    try:
        entries = json.loads(listing)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        return None
    files = tuple(_out({"md5": one.get("md5"), "path": one.get("relpath")}) for one in entries)
    return tuple(one for one in files if one) if all(files) else None


def named_by_digest(path: str, content: bytes) -> str:
    """What a file holds that is not text a person would read, by digest; empty for such text."""
    pointer = lfs_pointer(content)
    if pointer is not None:
        return str(pointer)
    outs = dvc_pointers(path, content)
    if outs:
        return ", ".join(map(str, outs))
    if b"\0" in content[:8000]:  # as git tells binary from text
        return f"{_short('sha256:' + hashlib.sha256(content).hexdigest())}, {len(content)} bytes"
    return ""
