"""A judged change with its pack: made once for many tests, which each look at a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

from gatekeeper.evidence.pack import Pack
from gatekeeper.report.write import write_reports
from tests.support.cli import Done, gatekeeper
from tests.support.repository import Repository
from tests.support.story import STORIES


def changed_service(folder: Path) -> Repository:
    """The stories' service, with a commit that changes its code."""
    made = Repository(folder)
    shutil.copytree(STORIES / "common", made.folder, dirs_exist_ok=True)
    made.commit({".gitignore": "__pycache__/\n"}, "before")
    made.branch("change")
    made.commit({"extra.py": "x = 1\n"}, "after")
    return made


def judged(repository: Repository, *more: str, **environment: str) -> Done:
    """`gatekeeper run` on the branch's commit; its pack is `evidence`."""
    return gatekeeper("run", "--runtime", "process", "--head", "HEAD", *more,
                      cwd=repository.folder, **environment)


def sealed_again(folder: Path) -> None:
    """Judge a pack again and seal it, digests and all, as a forger would."""
    write_reports(Pack.open(folder))
