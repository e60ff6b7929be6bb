"""Git, read-only and without running anything of the repository's: no hooks, filters, textconv.

Objects that a run makes (the tree of a dirty working copy, a test merge, a fetched base) go to a
folder of the run's own, so that the user's repository stays as it was.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from gatekeeper.adapters.confined import confined
from gatekeeper.adapters.objects import ObjectStore
from gatekeeper.adapters.origin import Origin
from gatekeeper.errors import CouldNotMeasure, UsageError
from gatekeeper.formats.tags import TagPattern
from gatekeeper.formats.versions import newest_version
from gatekeeper.ports import SUBMODULE, SYMLINK, DiffEntry, TreeEntry, Unfetched

_QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_AUTHOR_NAME": "gatekeeper",
    "GIT_AUTHOR_EMAIL": "gatekeeper@localhost",
    "GIT_COMMITTER_NAME": "gatekeeper",
    "GIT_COMMITTER_EMAIL": "gatekeeper@localhost",
    "LC_ALL": "C",
}


class GitFailed(CouldNotMeasure):
    """A git command did not succeed; the message is git's own."""


def _quoted(folder: Path) -> str:
    """A folder for git's list of alternates, also one with the list's separator in its name."""
    text = str(folder).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


class Git:
    """One repository, read. `scratch` takes the objects a run makes."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self._scratch = scratch / "git"
        self._scratch.mkdir()
        self._env = {**os.environ, **_QUIET}
        for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
            self._env.pop(name, None)
        self.top = folder
        try:
            self.top = Path(self._text("rev-parse", "--show-toplevel"))
        except GitFailed:
            raise UsageError(f"{folder} is not in a git repository",
                             "run gatekeeper inside the service's repository, or `git init` "
                             "it first") from None
        self.folder = folder
        objects = (self.top / self._text("rev-parse", "--git-path", "objects")).resolve()
        self._objects = self._scratch / "objects"
        self._objects.mkdir()
        self._env["GIT_OBJECT_DIRECTORY"] = str(self._objects)
        self._env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = _quoted(objects)
        self.origin = Origin(self._run, self.top, self._scratch / "fetched", self._objects)

    def _command(self, *args: str) -> list[str]:
        # The folder is often another user's (a container action is root): command-scope
        # safe.directory is the one place where git accepts the exception without touching files.
        return ["git", "-c", f"safe.directory={self.top}", "-c", "safe.directory=*", "-c",
                "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c",
                "core.autocrlf=false", "-c", "core.quotePath=false", "-c", "color.ui=false",
                "-c", "color.grep=false", *args]

    def _run(self, *args: str, env: dict[str, str] | None = None, cwd: Path | None = None,
             check: bool = True) -> subprocess.CompletedProcess[bytes]:
        try:
            done = subprocess.run(
                self._command(*args), cwd=cwd or self.top, env={**self._env, **(env or {})},
                stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False,
            )
        except FileNotFoundError:
            raise CouldNotMeasure("git is not installed", "install git 2.38 or newer") from None
        except subprocess.TimeoutExpired:
            raise GitFailed(f"git {args[0]} did not end within 300 s") from None
        if check and done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise GitFailed(f"git {args[0]} failed: {said}")
        return done

    def _text(self, *args: str, env: dict[str, str] | None = None) -> str:
        return self._run(*args, env=env).stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def commit(self, ref: str) -> str | None:
        """The commit a ref names, or None; a ref never reads as an option."""
        done = self._run("rev-parse", "--verify", "--quiet", "--end-of-options",
                         f"{ref}^{{commit}}", check=False)
        return done.stdout.decode().strip() or None if done.returncode == 0 else None

    def has(self, sha: str) -> bool:
        """Whether an object is here."""
        return self._run("cat-file", "-e", sha, check=False).returncode == 0

    def tree(self, commit: str) -> str:
        """The tree of a commit."""
        return self._text("rev-parse", "--verify", f"{commit}^{{tree}}")

    def parents(self, commit: str) -> list[str]:
        """The parents a commit names, also those a shallow clone does not have."""
        raw = self._run("cat-file", "commit", commit).stdout.decode("utf-8", "replace")
        head = raw.split("\n\n", 1)[0]
        return [line[7:] for line in head.splitlines() if line.startswith("parent ")]

    def is_shallow(self) -> bool:
        """Whether history is cut off."""
        return self._text("rev-parse", "--is-shallow-repository") == "true"

    def default_branch(self) -> str | None:
        """The ref whose tip is base when nothing else is said."""
        head = self._run("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD", check=False)
        named = head.stdout.decode().strip()
        configured = self._run("config", "init.defaultBranch", check=False).stdout.decode().strip()
        names = [name for name in (configured, "main", "master") if name]
        candidates = [named, *(f"refs/remotes/origin/{name}" for name in names),
                      *(f"refs/heads/{name}" for name in names)]
        return next((ref for ref in candidates if ref and self.commit(ref)), None)

    def working_tree(self) -> str:
        """Tracked and untracked-not-ignored files as one tree, whatever the index says."""
        index = {"GIT_INDEX_FILE": str(self._scratch / "index")}
        # A fresh index, and no copy of the user's: a copy is younger than the files it vouches for,
        # and git would believe it of one that has changed since.
        if self.commit("HEAD"):
            self._run("read-tree", "HEAD", env=index)
        self._run("add", "--all", "--", ".", env=index)
        forced = self._run("ls-files", "-z", "--cached", "--ignored", "--exclude-standard").stdout
        for name in forced.decode("utf-8", "surrogateescape").split("\0"):
            if name and os.path.lexists(self.top / name):  # tracked although it is ignored
                self._run("add", "--force", "--", name, env=index)
        return self._text("write-tree", env=index)

    def commit_tree(self, tree: str, parent: str) -> str:
        """A commit object for a tree, in the run's own folder."""
        return self._text("commit-tree", tree, "-p", parent, "-m", "gatekeeper: working tree")

    def is_ancestor(self, one: str, other: str) -> bool:
        """Whether `other` has everything `one` has."""
        return self._run("merge-base", "--is-ancestor", one, other, check=False).returncode == 0

    def merged(self, ours: str, theirs: str) -> str | None:
        """The tree of a test merge, or None where it does not merge cleanly."""
        done = self._run("merge-tree", "--write-tree", ours, theirs, check=False)
        return done.stdout.decode().split("\n", 1)[0].strip() if done.returncode == 0 else None

    def fetch(self, sha: str) -> bool:
        """Bring one commit from origin into the run's own folder; False where it cannot be."""
        return self.origin.fetch(sha) and self.has(sha)

    def empty_tree(self) -> str:
        """The tree without files."""
        return self._text("hash-object", "-t", "tree", "--stdin")

    def last_release(self, commit: str, pattern: TagPattern | None = None
                     ) -> tuple[str, str] | None:
        """Name and commit of the newest version tag before a commit; None where there is none.

        A shallow clone holds neither the tags nor what they come before: origin is asked whether
        there is a release at all, and CouldNotMeasure says so where that is not enough.
        """
        shallow = self.is_shallow()
        tags = self.origin.tags() if shallow else self._tags_before(commit)
        if tags is None:
            raise CouldNotMeasure("whether there is an earlier release cannot be told: the clone "
                                  "is shallow and origin does not answer",
                                  "check out with `fetch-depth: 0`")
        newest = (pattern.newest if pattern else newest_version)(tags, commit)
        if newest and shallow:
            raise CouldNotMeasure("which release came before cannot be told: the clone is shallow",
                                  "check out with `fetch-depth: 0`")
        return newest

    def _borrow(self, submodule: Path) -> bool:
        """Read a checked-out submodule's objects too; False where it is not checked out."""
        place = submodule / ".git"
        if place.is_file():
            place = (submodule / place.read_text().removeprefix("gitdir:").strip()).resolve()
        objects = place / "objects"
        if objects.is_dir():
            self._env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] += os.pathsep + _quoted(objects)
        return objects.is_dir()

    def _tags_before(self, commit: str) -> dict[str, str]:
        lines = self._text("for-each-ref", "--merged", commit, "refs/tags",
                           "--format=%(refname:strip=2) %(objectname) %(*objectname)")
        rows = (line.split() for line in lines.splitlines())
        return {name: shas[-1] for name, *shas in rows}  # an annotated tag's commit comes last

    def naming(self, tree: str, words: tuple[str, ...]) -> list[str]:
        """Text files of a tree in which every one of some words occurs."""
        wanted = [part for word in words for part in ("-e", word)]
        done = self._run("grep", "-lzI", "--fixed-strings", "--full-name", "--all-match", *wanted,
                         tree, "--", check=False)
        if done.returncode > 1 or done.stderr:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise GitFailed(f"the files of {tree[:12]} cannot be searched: {said}",
                            "check out with neither `filter` nor `sparse-checkout`")
        names = done.stdout.decode("utf-8", "surrogateescape").split("\0")
        return sorted(name.partition(":")[2] for name in names if name)

    def diff(self, before: str, after: str) -> list[DiffEntry]:
        """Every path that differs between two trees."""
        raw = self._run("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-ext-diff",
                        "--ignore-submodules=none",
                        "--full-index", before, after).stdout
        fields = raw.decode("utf-8", "surrogateescape").split("\0")
        entries = []
        for meta, path in zip(fields[0::2], fields[1::2], strict=False):
            old_mode, new_mode, old, new, status = meta.lstrip(":").split(" ")
            entries.append(DiffEntry(path, status[0], (old_mode, new_mode), (old, new)))
        return entries

    def files(self, tree: str, folder: str = "") -> list[TreeEntry]:
        """Every file of a tree, below a folder, with repository paths."""
        where = ["--", folder + "/"] if folder else []
        raw = self._run("ls-tree", "-r", "-z", "--full-tree", tree, *where).stdout
        out = []
        for line in raw.decode("utf-8", "surrogateescape").split("\0"):
            if line:
                meta, path = line.split("\t", 1)
                mode, _, sha = meta.split(" ")
                out.append(TreeEntry(mode, sha, path))
        return out

    def read(self, tree: str, path: str) -> bytes | None:
        """One file of a tree as bytes; None where it is not there or not a file."""
        done = self._run("cat-file", "blob", f"{tree}:{path}", check=False)
        if done.returncode == 0:
            return done.stdout
        # Absent, or not to be had? What cannot be read must not look as if it were not there.
        entry = self._run("ls-tree", "-z", "--full-tree", tree, "--", path).stdout
        if entry.split(b" ")[1:2] == [b"blob"]:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise GitFailed(f"{path} of {tree[:12]} cannot be read: {said}",
                            "check out with neither `filter` nor `sparse-checkout`")
        return None

    def _blobs(self, shas: list[str]) -> Iterator[bytes]:
        with subprocess.Popen(self._command("cat-file", "--batch"), cwd=self.top, env=self._env,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            if process.stdin is None or process.stdout is None:
                raise GitFailed("git cat-file has no pipes")
            for sha in shas:
                process.stdin.write(sha.encode() + b"\n")
                process.stdin.flush()
                head = process.stdout.readline().split()
                if len(head) != 3:
                    raise GitFailed(f"git has no object {sha}")
                yield process.stdout.read(int(head[2]))
                process.stdout.read(1)
            process.stdin.close()

    def export(self, tree: str, folder: str, into: Path, wanted: Callable[[str], bool]
               ) -> tuple[Unfetched, ...]:
        """The wanted files of a tree below a folder, byte for byte: no filters, no attributes.
        What they point to is put in their place; what is not here is returned."""
        missing = list(self._lay(tree, PurePosixPath(folder), PurePosixPath(), into, wanted))
        common = (self.top / self._text("rev-parse", "--git-common-dir")).resolve()
        return (*(Unfetched(inside, "submodule") for inside in missing),
                *ObjectStore(common, self.top).complete(folder, into, wanted))

    def _lay(self, tree: str, folder: PurePosixPath, below: PurePosixPath, into: Path,
             wanted: Callable[[str], bool]) -> Iterator[str]:
        """Write the wanted files of a tree's folder to `into / below`; the paths of submodules
        whose commit is not here. A submodule is wanted by its own path or by a file's in it."""
        found = [(entry, below / PurePosixPath(entry.path).relative_to(folder))
                 for entry in self.files(tree, "" if folder == PurePosixPath() else str(folder))]
        for entry, inside in found:
            if entry.mode == SUBMODULE:
                if self._borrow(self.top / folder / inside) and self.has(entry.sha):
                    yield from self._lay(entry.sha, PurePosixPath(), inside, into, wanted)
                elif wanted(str(inside)) or wanted(f"{inside}/x"):  # a rule may let files back in
                    yield str(inside)
        files = [(entry, inside) for entry, inside in found
                 if entry.mode != SUBMODULE and wanted(str(inside))]
        contents = self._blobs([entry.sha for entry, _ in files])
        for (entry, inside), content in zip(files, contents, strict=True):
            if ".." in inside.parts or ".git" in inside.parts:
                raise GitFailed(f"the tree holds the path {entry.path}")
            place = confined(into.joinpath(*inside.parts), into)
            try:
                if entry.mode == SYMLINK:
                    place.symlink_to(os.fsdecode(content))
                else:
                    place.write_bytes(content)
                    place.chmod(0o755 if entry.mode == "100755" else 0o644)
            except (OSError, ValueError) as error:
                raise GitFailed(f"{entry.path} cannot be written: {error}") from None
