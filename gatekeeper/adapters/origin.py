"""What can be had from the repository's origin: one commit by its id, and the names of its tags."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

Run = Callable[..., "CompletedProcess[bytes]"]


class Origin:
    """The remote named origin, asked with whatever actions/checkout left to authenticate with.

    `run` runs one git command; `store` is made and takes what is fetched, into the folder
    `objects`."""

    def __init__(self, run: Run, top: Path, store: Path, objects: Path) -> None:
        self._run = run
        self._top = top
        self._store = store
        self._objects = objects

    def url(self) -> str:
        """Where origin is, as it is configured; empty where there is none."""
        found = self._run("config", "remote.origin.url", check=False).stdout
        return str(found.decode("utf-8", "replace").strip())

    def _place(self) -> str:
        url = self.url()
        folder = self._top / url
        return str(folder.resolve()) if url and folder.is_dir() else str(url)

    def _headers(self) -> list[str]:
        headers = self._run("config", "--get-regexp", r"^http\..*extraheader$", check=False)
        options = []
        for line in headers.stdout.decode("utf-8", "replace").splitlines():
            name, _, value = line.partition(" ")
            options += ["-c", f"{name}={value}"]
        return options

    def fetch(self, sha: str) -> bool:
        """Bring one commit; whether origin gave it."""
        place = self._place()
        if not place:
            return False
        self._run("init", "--quiet", "--bare", str(self._store))
        # Without the clone's own objects: git would offer its refs as had, also those of which a
        # shallow clone has no history, and be sent nothing.
        env = {"GIT_OBJECT_DIRECTORY": str(self._objects), "GIT_DIR": str(self._store),
               "GIT_ALTERNATE_OBJECT_DIRECTORIES": ""}
        done = self._run(*self._headers(), "fetch", "--quiet", "--no-tags", "--depth=1",
                         "--end-of-options", place, sha, env=env, check=False)
        return done.returncode == 0

    def tags(self) -> dict[str, str] | None:
        """Name of each tag -> the commit it names; None where origin does not answer."""
        place = self._place()
        if not place:
            return None
        done = self._run(*self._headers(), "ls-remote", "--tags", "--end-of-options", place,
                         check=False)
        if done.returncode:
            return None
        tags: dict[str, str] = {}
        for line in done.stdout.decode("utf-8", "replace").splitlines():
            sha, _, ref = line.partition("\t")
            tags[ref.removeprefix("refs/tags/").removesuffix("^{}")] = sha  # peeled ones come last
        return tags
