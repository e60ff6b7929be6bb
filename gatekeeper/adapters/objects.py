"""Contents that git only points to, from where they lie on this machine: the Git LFS store, the DVC
cache, the working copy. Nothing is fetched, and nothing is taken whose digest is another."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from gatekeeper.adapters.confined import confined
from gatekeeper.errors import CouldNotMeasure
from gatekeeper.ports import Unfetched
from gatekeeper.trees.pointers import (
    MAX_LFS_POINTER,
    Pointer,
    dvc_folder,
    dvc_pointers,
    lfs_pointer,
)

_CHUNK = 1 << 20


class ObjectStore:
    """The stores of one repository; `git_folder` is the common one, `top` the working copy's."""

    def __init__(self, git_folder: Path, top: Path) -> None:
        self._lfs = git_folder / "lfs" / "objects"
        self._dvc = top / ".dvc" / "cache"
        self._top = top

    def complete(self, folder: str, into: Path, wanted: Callable[[str], bool]
                 ) -> tuple[Unfetched, ...]:
        """Put the contents in place of their pointers, below `into`, which holds the repository's
        `folder`; `wanted` says which paths, relative to it, count. What is not here is returned."""
        missing: list[Unfetched] = []
        for place in _files(into):
            inside = place.relative_to(into).as_posix()
            if wanted(inside):
                missing += self._follow(place, PurePosixPath(folder), into, wanted)
        return tuple(missing)

    def _follow(self, place: Path, folder: PurePosixPath, into: Path,
                wanted: Callable[[str], bool]) -> Iterator[Unfetched]:
        inside = place.relative_to(into).as_posix()
        own = folder / inside
        if place.stat().st_size <= MAX_LFS_POINTER:
            pointer = lfs_pointer(place.read_bytes())
            if pointer is not None and not self._put(pointer, own, place, into):
                yield Unfetched(inside, pointer.kind)
        if not inside.endswith(".dvc"):
            return
        for out in dvc_pointers(inside, place.read_bytes()):
            target = place.parent / out.path
            if (wanted(target.relative_to(into).as_posix()) and not target.exists()
                    and not self._put(out, own.parent / out.path, target, into)):
                yield Unfetched(inside, out.kind)

    def _put(self, pointer: Pointer, own: PurePosixPath, place: Path, into: Path) -> bool:
        if pointer.hexadecimal.endswith(".dir"):
            return self._put_folder(pointer, own, place, into)
        for found in (*self._stored(pointer), self._top / own):
            if found.is_file() and not found.is_symlink() and _is(found, pointer):
                self._copy(found, place, into)
                return True
        return False

    @staticmethod
    def _copy(found: Path, place: Path, into: Path) -> None:
        try:
            mode = place.stat().st_mode if place.exists() else 0o644
            shutil.copyfile(found, confined(place, into))
            place.chmod(mode)
        except OSError as error:
            raise CouldNotMeasure(f"{place.relative_to(into)} cannot be written: {error}",
                                  "two outputs of one name, or one below a file?") from None

    def _put_folder(self, pointer: Pointer, own: PurePosixPath, place: Path, into: Path) -> bool:
        listing = next((found for found in self._stored(pointer)
                        if found.is_file() and _is(found, pointer)), None)
        files = dvc_folder(listing.read_bytes()) if listing else None
        return files is not None and all(
            self._put(one, own / one.path, place / one.path, into) for one in files)

    def _stored(self, pointer: Pointer) -> tuple[Path, ...]:
        name = pointer.hexadecimal
        if pointer.kind == "Git LFS":
            return (self._lfs / name[:2] / name[2:4] / name,)
        return (self._dvc / "files" / "md5" / name[:2] / name[2:], self._dvc / name[:2] / name[2:])


def _files(folder: Path) -> list[Path]:
    return sorted(Path(root, name) for root, _, names in os.walk(folder) for name in names
                  if not Path(root, name).is_symlink())


def _is(place: Path, pointer: Pointer) -> bool:
    algorithm = pointer.digest.partition(":")[0]
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with place.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == pointer.hexadecimal.removesuffix(".dir")
