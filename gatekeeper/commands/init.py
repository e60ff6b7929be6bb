"""`gatekeeper init`: the first gate of a repository, written from what is in it. Asks nothing,
starts nothing, and overwrites nothing."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.adapters.console import emit
from gatekeeper.adapters.git import Git
from gatekeeper.adapters.working_files import check_place, files_named, write_new
from gatekeeper.commands.scratch import scratch_folder
from gatekeeper.errors import ExitCode, UsageError
from gatekeeper.neutral import visible
from gatekeeper.ports import SUBMODULE, SYMLINK
from gatekeeper.report.started import started_lines
from gatekeeper.starting.drafts import Around, Drafts, draft_all


def init_command(here: Path, given: Path, dry_run: bool) -> ExitCode:
    """Write what is missing and tell of it; UsageError where nothing sound can be written."""
    folder = here / given
    if not folder.is_dir():
        raise UsageError(f"{given} is no folder", "name the service's own folder")
    with scratch_folder() as scratch:
        top, drafts = _drafted(Git(folder, scratch), folder)
    for draft in drafts.new:
        check_place(top, draft.path)
    for draft in drafts.new:
        if dry_run:
            emit(f"── {visible(draft.path)}\n"
                 + "".join(f"{visible(line)}\n" for line in draft.content.splitlines()) + "\n")
        else:
            write_new(top, draft.path, draft.content)
    emit("\n".join(started_lines(drafts, dry_run)) + "\n")
    return ExitCode.PASS


def _drafted(git: Git, folder: Path) -> tuple[Path, Drafts]:
    top = git.top.resolve()
    inside = folder.resolve().relative_to(top).as_posix()
    inside = "" if inside == "." else inside
    tree = git.working_tree()
    names = [entry.path for entry in git.files(tree)
             if entry.mode not in (SYMLINK, SUBMODULE)]
    below = [name.removeprefix(inside + "/") for name in names
             if not inside or name.startswith(inside + "/")]
    around = Around(files_named(top, names), inside, _release(git, tree), _branch(git))
    return top, draft_all(files_named(top / inside, below), around)


def _release(git: Git, tree: str) -> tuple[str, ...]:
    """The newest release's tag up to HEAD, where there is one that can be seen here."""
    head = git.commit("HEAD")
    if head is None or git.is_shallow():
        return ()
    newest = git.last_release(git.commit_tree(tree, head))
    return (newest[0],) if newest else ()


def _branch(git: Git) -> str:
    ref = git.default_branch() or ""
    return ref.removeprefix("refs/remotes/origin/").removeprefix("refs/heads/")
