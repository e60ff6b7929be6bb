"""Putting a run's results where people look: one comment of a pull request, one check run.

1. Results of a commit that is not the pull request's head any more, or of a job that began before
   the one whose results are there, are not written over newer ones.
2. The gate's comment is the first one with its mark by the very author that this token writes as.
   Anybody may write the mark, and nobody else's comment is touched.
3. Two runs may both find none and both write one: the older stays, and takes the newer's body.
4. What a token may not do, and what GitHub does not do, is a warning. The verdict is the job's exit
   code and stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gatekeeper.github.forge import Comment, Denied, Forge, ForgeError
from gatekeeper.report.check_run import CheckRun, bodies
from gatekeeper.report.comment import Mark, read_mark


@dataclass(frozen=True, slots=True)
class Published:
    """What became of one thing that was to be written."""

    url: str = ""
    """Where it can be seen; empty where it was not written."""
    warning: str = ""
    """Why not, where somebody should know."""
    note: str = ""
    """Why not, where that is as it should be."""
    permission: str = ""
    """What the token lacks, as a workflow grants it; empty where that is not the reason."""


def publish_comment(
    forge: Forge, number: int, body: str, author: str, create: bool, follows_head: bool
) -> Published:
    """Write the gate's comment; `body` begins with its mark. Without `create` only a comment that
    is there is brought up to date. `follows_head` is false where the results are of another commit
    than the pull request's own, as a merge group's are."""
    mark = read_mark(body)
    if mark is None:
        raise ValueError("the body of a comment begins with its mark")
    try:
        return _written(forge, number, body, mark, author, create, follows_head)
    except ForgeError as error:
        return _not_written(error, "the pull request's comment")


def _written(
    forge: Forge, number: int, body: str, mark: Mark, author: str, create: bool,
    follows_head: bool,
) -> Published:
    there = next(_ours(forge, number, mark.gate, author), None)
    if there is None and not create:
        return Published()
    if follows_head and forge.pull(number).head_sha != mark.head_sha:
        return Published(note=f"commit {mark.head_sha[:12]} is not the pull request's head any "
                              "more: its comment is left to the newer run")
    found = read_mark(there.body) if there else None
    if found is not None and found.is_newer_than(mark):
        return Published(note="a job that began later has written the comment: it is left as it is")
    edited = forge.edit_comment(there.id, body) if there else None
    if edited is not None:
        return Published(edited.url)
    return Published(_created(forge, number, body, mark).url)


def _created(forge: Forge, number: int, body: str, mark: Mark) -> Comment:
    """A new comment; or the oldest, where another run made one too, or `author` was wrong."""
    made = forge.add_comment(number, body, lambda one: read_mark(one.body) == mark)
    oldest = min(_ours(forge, number, mark.gate, made.author), key=lambda one: one.id, default=made)
    if oldest.id >= made.id:
        return made
    edited = forge.edit_comment(oldest.id, body)
    if edited is None:
        return made
    forge.remove_comment(made.id)
    return edited


def _ours(forge: Forge, number: int, gate: str, author: str) -> Iterator[Comment]:
    for comment in forge.comments(number):
        mark = read_mark(comment.body)
        if mark is not None and mark.gate == gate and comment.author.lower() == author.lower():
            yield comment


def publish_check(
    forge: Forge, check: CheckRun, head_sha: str, url: str, external_id: str
) -> Published:
    """Write the check run, completed from the first request on: one that is left in progress would
    block for ever."""
    try:
        first, *further = bodies(check, head_sha, url, external_id)
        made = forge.add_check(first)
        for body in further:
            forge.edit_check(made.id, body)
    except ForgeError as error:
        return _not_written(error, "the check run")
    return Published(made.url)


def _not_written(error: ForgeError, what: str) -> Published:
    permission = error.permission if isinstance(error, Denied) else ""
    return Published(warning=f"{what} could not be written: {error.message}",
                     permission=permission)


def one_warning(published: tuple[Published, ...], read_only: str) -> str:
    """All that was not written, in one sentence; empty where nothing is amiss. `read_only` says why
    a token may be expected to write nothing; empty where it is not."""
    warnings = [one.warning for one in published if one.warning]
    if not warnings:
        return ""
    lacking = list(dict.fromkeys(one.permission for one in published if one.permission))
    if read_only and lacking:
        return f"{read_only}: the results are in the job's summary and annotations only"
    grant = f"; grant the job {', '.join(f'`{one}`' for one in lacking)}" if lacking else ""
    return "; ".join(warnings) + grant
