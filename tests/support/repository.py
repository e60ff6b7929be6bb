"""Git repositories for stories: commits of dictionaries, branches, test merges, shallow clones."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_ENVIRONMENT = {
    "GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "ann@example.com",
    "GIT_COMMITTER_NAME": "Ann", "GIT_COMMITTER_EMAIL": "ann@example.com",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
}


class Repository:
    """One repository on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *args: str) -> str:
        """One git command; its output."""
        done = subprocess.run(["git", *args], cwd=self.folder, capture_output=True, text=True,
                              env={**os.environ, **_ENVIRONMENT}, check=False)
        if done.returncode:
            raise AssertionError(f"git {' '.join(args)}: {done.stderr}")
        return done.stdout.strip()

    def write(self, files: dict[str, str | bytes | None]) -> None:
        """Write or (None) remove files."""
        for name, content in files.items():
            place = self.folder / name
            if content is None:
                place.unlink()
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(self, files: dict[str, str | bytes | None], message: str = "change") -> str:
        """Write files and commit everything; the commit."""
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def branch(self, name: str, at: str = "main") -> None:
        """Start a branch and switch to it."""
        self.git("switch", "--quiet", "--create", name, at)

    def test_merge(self, branch: str) -> str:
        """What GitHub checks out for a pull request: a merge of the branch into main."""
        self.git("switch", "--quiet", "--detach", "main")
        self.git("merge", "--quiet", "--no-ff", "--message", "test merge", branch)
        return self.git("rev-parse", "HEAD")

    def replace(self, name: str, before: str, after: str) -> dict[str, str | bytes | None]:
        """An edit of one file, for `commit`; fails when there is nothing to replace."""
        text = (self.folder / name).read_text("utf-8")
        assert before in text, f"{name} does not hold {before!r}"
        return {name: text.replace(before, after)}
