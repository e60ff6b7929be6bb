"""Before anything starts: the trees, what both sides declare, whose policy judges, what changed."""

from __future__ import annotations

import contextlib
import functools
import os
import posixpath
from collections.abc import Callable
from dataclasses import replace

from gatekeeper.cases.file import decode
from gatekeeper.errors import FilesNeedMending, Problem, UsageError
from gatekeeper.manifest.parse import NAME, parse_manifest
from gatekeeper.manifest.types import Manifest
from gatekeeper.model import Side
from gatekeeper.options import Options
from gatekeeper.plan import Survey
from gatekeeper.policy.acceptance import Authority, Proposal
from gatekeeper.policy.declared import Declared, read_declared
from gatekeeper.policy.resolve import Policy, own_digest, resolve
from gatekeeper.ports import SUBMODULE, SYMLINK, Repository
from gatekeeper.routes.claims import claims_in, claims_in_manifest
from gatekeeper.routes.documents import documents_among
from gatekeeper.trees.changes import classify
from gatekeeper.trees.pointers import lfs_pointer
from gatekeeper.trees.subject import Subject, find_subject


def manifest_path(git: Repository, subject: Subject, options: Options) -> str:
    """The manifest's repository path. A name is taken as it is written: a link that the change puts
    there must not choose the judge.

    Without a name it is the one in this folder, where either side has one, else the one at the top.
    A name counts from this folder, or else from the top, as the reports write it."""
    here, top = options.folder.resolve(), git.top.resolve()
    wanted = options.manifest or NAME
    places = [os.path.relpath(os.path.normpath(folder / wanted), top) for folder in (here, top)]
    for place in places:
        if place.startswith(".."):
            raise UsageError(f"{wanted} is outside the repository {top}",
                             "the manifest is part of what is judged; keep it in the repository")
        if any(git.read(tree, place) is not None
               for tree in (subject.head_tree, subject.base_tree)):
            return place
    return places[0] if options.manifest else places[1]


def take_survey(git: Repository, options: Options, authority: Authority) -> Survey:
    """Look at everything, start nothing."""
    subject = find_subject(git, options.event, options.base, options.head, options.tags)
    path = manifest_path(git, subject, options)
    head = read_declared(path, lambda name: git.read(subject.head_tree, name))
    _look_at_sources(git, subject, head)
    base_path, untold = _base_manifest(git, subject, head)
    base, unreadable = (None, untold) if untold else _base_declared(git, subject, base_path)
    rooted, event = options.event.rooted, options.event
    if not (base_path or untold or rooted) and authority.governed(path):
        unreadable = f"{event.base_ref} has no manifest, and {event.default_ref} has one"
    policy = resolve(base, head, unreadable, rooted=rooted)
    found = authority.lookup(Proposal(
        digest=policy.own_digests[Side.HEAD],
        approvers=base.manifest.policy.approvers if base else (),
        needed=bool(policy.waiting or policy.unaccepted),
        digests_at=lambda commit: _digests_at(git, subject, path, commit),
        digest_in=lambda read: _digest_in(path, read),
    ))
    if found.acceptance is not None:
        policy = resolve(base, head, unreadable, found.acceptance, rooted)

    def read(side: Side, name: str) -> bytes | None:
        return git.read(subject.base_tree if side is Side.BASE else subject.head_tree, name)

    arrival = "adopted"
    if unreadable and base_path:
        arrival = f"in place of {base_path}, which cannot be used"
    changes = classify(git.diff(subject.base_tree, subject.head_tree), base, head, policy.edits,
                       read, arrival)
    return Survey(subject, head, base, base_path, unreadable, policy, found, changes,
                  _overclaims(git, subject, head, policy))


def _overclaims(git: Repository, subject: Subject, head: Declared, policy: Policy) -> str:
    """The first document that head edits and that claims what its route cannot know: words are no
    change of the service, and must not pass unread all the same."""
    route = replace(policy.head.route, kind=policy.manifest.route.kind)
    if not route.kind:
        return ""
    edited = {entry.path for entry in git.diff(subject.base_tree, subject.head_tree)}
    for path in documents_among(sorted(edited), head.folder):
        text = (git.read(subject.head_tree, path) or b"").decode("utf-8", "replace")
        if any(claims_in(route, path, text)):
            return path
    told = head.manifest_text.decode("utf-8", "replace")
    if head.manifest_path in edited and any(claims_in_manifest(route, head.manifest_path, told)):
        return head.manifest_path
    return ""


def _digests_at(git: Repository, subject: Subject, path: str, commit: str) -> frozenset[str]:
    """What a commit's policy is, by itself and merged with base: a reviewer of a stale branch has
    looked at all of a policy that base does not have already."""
    if not git.has(commit) and not git.fetch(commit):
        return frozenset()
    merged = git.merged(subject.base_commit, commit) if subject.base_commit else None
    trees = filter(None, (git.tree(commit), merged))
    return frozenset(filter(None, (_digest_in(path, functools.partial(git.read, tree))
                                   for tree in trees)))


def _digest_in(path: str, read: Callable[[str], bytes | None]) -> str:
    with contextlib.suppress(FilesNeedMending):
        return own_digest(read_declared(path, read))
    return ""


def _look_at_sources(git: Repository, subject: Subject, head: Declared) -> None:
    """Head's sources, which every quote will be looked for in: there, and readable."""
    if not head.manifest.eval.sources:
        return
    folder = head.path(head.manifest.eval.sources)
    files = git.files(subject.head_tree, folder)
    problems = [] if files else [Problem(head.manifest_path, 0, 0,
                                         f"`eval.sources` names `{head.manifest.eval.sources}`, "
                                         "and there is no file below it")]
    for entry in files:
        content = git.read(subject.head_tree, entry.path) or b""
        if entry.mode in (SUBMODULE, SYMLINK) or lfs_pointer(content) is not None:
            problems.append(Problem(entry.path, 0, 0, "a source that only points to its text",
                                    "put the text itself below `eval.sources`"))
        elif b"\0" not in content:
            problems += decode(content, entry.path)[1]
    if problems:
        raise FilesNeedMending(problems)


def _base_manifest(git: Repository, subject: Subject, head: Declared) -> tuple[str, str]:
    """Where base has the manifest that judges this service, empty on adoption; and why it cannot be
    told, empty where it can.

    A manifest that head moved, renamed or put a second one beside still judges: first one of the
    same folder, then one that is gone from wherever it was. One that head leaves where it is, in
    another folder, is another service's.
    """
    if git.read(subject.base_tree, head.manifest_path) is not None:
        return head.manifest_path, ""
    beside, gone = [], []
    for path in git.naming(subject.base_tree, ("version", "contract", "gates")):
        named = posixpath.splitext(posixpath.basename(path))[0] == posixpath.splitext(NAME)[0]
        if _parsed(git.read(subject.base_tree, path), path) is None and not named:
            continue
        if posixpath.dirname(path) == head.folder:
            beside.append(path)
        elif _parsed(git.read(subject.head_tree, path), path) is None:
            gone.append(path)
    found = beside or gone
    if len(found) > 1:
        return found[0], f"which of {', '.join(found)} judged this service cannot be told"
    return (found[0] if found else ""), ""


def _parsed(content: bytes | None, path: str) -> Manifest | None:
    return parse_manifest((content or b"").decode("utf-8-sig", "replace"), path)[0]


def _base_declared(git: Repository, subject: Subject, path: str) -> tuple[Declared | None, str]:
    if not path:
        return None, ""
    try:
        return read_declared(path, lambda name: git.read(subject.base_tree, name), "base:"), ""
    except FilesNeedMending as error:
        return None, str(error.problems[0]).splitlines()[0]
