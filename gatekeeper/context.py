"""The build context: which files of a tree the service is made of. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass

from gatekeeper.globs import DockerIgnore
from gatekeeper.manifest.service import Service


@dataclass(frozen=True, slots=True)
class Context:
    """A folder and what is left out of it."""

    folder: str
    """Relative to whatever `read` was given for; empty for its top."""
    ignore: DockerIgnore

    def holds(self, path: str) -> bool:
        """Whether a path is in the folder and not ignored."""
        inside = path
        if self.folder:
            if not path.startswith(self.folder + "/"):
                return False
            inside = path[len(self.folder) + 1 :]
        return not self.ignore.ignores(inside)


def context_of(service: Service, folder: str, read: Callable[[str], bytes | None]
               ) -> Context | None:
    """The context of a service that is declared in a folder; None for one that is not built here.

    The process runtime's is the manifest's folder. `read` gives a file, or None."""
    if service.image and not service.command:
        return None
    place = posixpath.normpath(posixpath.join(folder, service.build.context
                                              if service.build else "."))
    place = "" if place == "." else place
    rules = read(posixpath.join(place, ".dockerignore")) or b""
    return Context(place, DockerIgnore(rules.decode("utf-8", "replace")))
