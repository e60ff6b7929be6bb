"""The build context: which files of a tree the service is made of. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass

from gatekeeper.formats.globs import DockerIgnore
from gatekeeper.manifest.service import Service


@dataclass(frozen=True, slots=True)
class Context:
    """A folder and what is left out of it."""

    folder: str
    """Relative to whatever `read` was given for; empty for its top."""
    ignore: DockerIgnore
    always: frozenset[str] = frozenset()
    """Paths in the folder that are part of the build whatever is ignored: the Dockerfile and
    `.dockerignore`."""

    def holds(self, path: str) -> bool:
        """Whether a path is in the folder and not ignored."""
        inside = path
        if self.folder:
            if not path.startswith(self.folder + "/"):
                return False
            inside = path[len(self.folder) + 1 :]
        return inside in self.always or not self.ignore.ignores(inside)

    def may_hold_below(self, path: str) -> bool:
        """Whether something below a folder may be in it: rules that let files back in cannot be
        asked about a folder whose files are not known."""
        return self.holds(path) or (self.ignore.lets_back_in and (
            not self.folder or f"{path}/".startswith(f"{self.folder}/")))


def context_of(service: Service, folder: str, read: Callable[[str], bytes | None]
               ) -> Context | None:
    """The context of a service that is declared in a folder; None for one that is not built here.

    A service that only has a command is made of all of the manifest's folder. `read` gives a file,
    or None."""
    build = service.build
    if build is None:
        place = posixpath.normpath(folder or ".")
        whole = Context("" if place == "." else place, DockerIgnore())
        return whole if service.command else None
    place = posixpath.normpath(posixpath.join(folder, build.context))
    place = "" if place == "." else place
    rules = read(posixpath.join(place, ".dockerignore")) or b""
    always = frozenset({".dockerignore", posixpath.normpath(build.dockerfile)})
    return Context(place, DockerIgnore(rules.decode("utf-8", "replace")), always)
