"""Which commit gatekeeper itself is: told by git in a checkout, else by what was stamped into it
when it was built. Stands on the standard library alone: the build reads it too (`hatch_build.py`).
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

STAMP = "COMMIT"
"""File in the package of a wheel, an sdist or an image: one line, as `stamp_of` writes it."""
_STAMPED = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})( with changes)?\n?")
_UNKNOWN = "unknown, as this is no checkout and was not built from one"
_SECONDS = 10


def commit_of(package: Path) -> str:
    """The commit of an installed package, whole, with what was changed since; in words where it is
    not known."""
    try:
        stamped = _STAMPED.fullmatch((package / STAMP).read_text("ascii"))
    except (OSError, ValueError):
        stamped = None
    return stamped[0].strip() if stamped else stamp_of(package.parent) or _UNKNOWN


def stamp_of(checkout: Path) -> str:
    """The commit that is checked out here, and whether the package differs from it; empty where
    this is no checkout of its own. A repository further up is somebody else's."""
    if not (checkout / ".git").exists():
        return ""
    commit = _git(checkout, "rev-parse", "--verify", "HEAD")
    if not _STAMPED.fullmatch(commit):
        return ""
    changed = _git(checkout, "status", "--porcelain", "--", "gatekeeper", "pyproject.toml")
    return commit.strip() + (" with changes" if changed else "")


def _git(folder: Path, *args: str) -> str:
    """What git prints; empty where there is no git, or it fails."""
    # A hook's GIT_DIR is the repository that is being committed to.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", *args], cwd=folder,
            env={**kept, "GIT_OPTIONAL_LOCKS": "0"}, capture_output=True, text=True,
            timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
