"""What a build is sent: the files of one side's tree, `.dockerignore` honoured, as one stream.

No bind mount, so it works against any engine, and no file of the host can get in: what is followed
on the way to the context is the change's to write, so it must stay in the tree.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from gatekeeper.formats.globs import DockerIgnore
from gatekeeper.manifest.service import Build
from gatekeeper.model import Fault
from gatekeeper.ports import StartFailed, StartFailure


def _refused(words: str) -> StartFailed:
    return StartFailed(StartFailure(words, Fault.CHANGE))


def _inside(root: Path, place: Path, what: str, whole: str) -> Path:
    """Where a path of the manifest leads, links followed; StartFailed where that is not the root.

    A link to `/github` or `/home` is a few bytes in a pull request, and what it leads to would be
    sent to the engine for the change's own Dockerfile to read."""
    try:
        found = place.resolve()
    except (OSError, RuntimeError, ValueError):  # a loop, a name too long, a NUL
        raise _refused(f"{what} leads nowhere") from None
    if not found.is_relative_to(root.resolve()):
        raise _refused(f"{what} leads out of {whole}; nothing outside it is built")
    return found


def build_folder(tree: Path, build: Build) -> Path:
    """The build context as a folder of the exported tree; StartFailed where it is none.

    Neither the context nor `.dockerignore` may be reached through a link even inside the tree: what
    counts as a change is decided by their paths in git, where a link is not followed."""
    what = f"the build context {build.context}"
    folder = _inside(tree, tree / build.context, what, "the tree that is judged")
    if folder != Path(os.path.normpath(tree.resolve() / build.context)):
        raise _refused(f"{what} is reached through a link; name the folder itself")
    dockerfile = folder / build.dockerfile
    _inside(folder, dockerfile, f"the Dockerfile {build.dockerfile}", what)
    if os.path.islink(folder / ".dockerignore"):
        raise _refused(f"{what} has a link as .dockerignore; put the file itself there")
    if not os.path.isfile(dockerfile):
        raise _refused(f"there is no {build.dockerfile} in the build context")
    return folder


def context_files(folder: Path, dockerfile: str) -> Iterator[tuple[str, Path]]:
    """Name and path of every file of the build context, sorted."""
    rules = folder / ".dockerignore"
    ignore = DockerIgnore(rules.read_text("utf-8", "replace") if rules.is_file() else "")
    always = {".dockerignore", posixpath.normpath(dockerfile)}
    for root, folders, names in os.walk(folder):
        folders.sort()
        links = [name for name in folders if Path(root, name).is_symlink()]
        for name in sorted(names + links):
            path = Path(root, name)
            inside = path.relative_to(folder).as_posix()
            if inside in always or not ignore.ignores(inside):
                yield inside, path


def pack_context(folder: Path, dockerfile: str) -> IO[bytes]:
    """The build context as a tar archive in a file without a name, at its beginning.

    Ownership and times are the same everywhere, so that equal trees make equal layers."""
    out = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    with tarfile.open(fileobj=out, mode="w") as archive:
        # The docker client looks at the first 512 bytes, and takes what begins with an extended
        # header, as a long name or one in Japanese needs, for a Dockerfile.
        top = tarfile.TarInfo("./")
        top.type, top.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(top)
        for name, path in context_files(folder, dockerfile):
            info = archive.gettarinfo(str(path), name)
            info.uid = info.gid = info.mtime = 0
            info.uname = info.gname = ""
            with path.open("rb") if info.isreg() else contextlib.nullcontext() as content:
                archive.addfile(info, content)
    out.seek(0)
    return out
