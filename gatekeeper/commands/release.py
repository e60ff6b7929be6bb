"""`gatekeeper release`: tag and release a proven commit, at a desk and in the action."""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.adapters.archive import write_archive
from gatekeeper.adapters.artifact import MAX_ZIP, unpack
from gatekeeper.adapters.console import Console, emit
from gatekeeper.adapters.history import History
from gatekeeper.adapters.registry import tag_manifest
from gatekeeper.commands.earlier import on_github as earlier_on_github
from gatekeeper.commands.origin import at_origin, token_here
from gatekeeper.commands.run import judge_repository
from gatekeeper.commands.scratch import scratch_folder
from gatekeeper.errors import ExitCode, UsageError
from gatekeeper.evidence.files import FOLDERS, OURS, STATEMENT, VERDICT
from gatekeeper.evidence.folder import new_folder
from gatekeeper.github.accepting import on_github
from gatekeeper.github.event import Event
from gatekeeper.github.logins import Logins
from gatekeeper.github.releases import evidence_asset
from gatekeeper.judging.verdict import EXIT_CODES
from gatekeeper.neutral import for_terminal
from gatekeeper.options import Options
from gatekeeper.redaction import Redactor
from gatekeeper.releasing.believing import Shelf
from gatekeeper.releasing.claim import Claim, Proof
from gatekeeper.releasing.finding import find_evidence
from gatekeeper.releasing.provenance import Home
from gatekeeper.releasing.release import Means, Outcome, release
from gatekeeper.releasing.steps import Asset
from gatekeeper.survey import take_survey

if TYPE_CHECKING:
    from gatekeeper.adapters.github_releases import ReleasingGitHub


@dataclass(frozen=True, slots=True)
class Wanted:
    """The command's arguments."""

    tag: str
    """A tag that was pushed; empty for the commit that is checked out."""
    repository: str
    artifact: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a release is made, and with what."""

    forge: ReleasingGitHub
    repository: str
    artifact: str
    secrets: tuple[str, ...]
    page: str
    logins: Logins
    note: Callable[[Mapping[str, object]], None] = lambda word: None


def release_command(options: Callable[[Event], Options], wanted: Wanted) -> ExitCode:
    """Release the commit that is checked out, or the tag that is named; the exit code is that of
    the verdict it rests on."""
    token = token_here("`contents: write` and `actions: read`")
    with scratch_folder() as scratch, at_origin(Path.cwd(), scratch, wanted.repository,
                                                token) as (git, forge, name):
        ref = f"refs/tags/{wanted.tag}" if wanted.tag else "HEAD"
        commit = git.commit(ref)
        if commit is None:
            raise UsageError(f"{wanted.tag or 'HEAD'} names no commit here",
                             "`git fetch --tags` brings tags")
        event = Event("push", blocks="release", head_sha=commit, rooted=True, base_ref=ref)
        place = Place(forge, name, wanted.artifact, (token,), "", Logins(token=token))
        given = options(event)
        outcome = release_here(git, given, place, Console(), scratch, wanted.tag)
        emit("\n".join(told(outcome)) + "\n")
        return EXIT_CODES[outcome.conclusion]


def release_here(
    git: History, options: Options, place: Place, console: Console, scratch: Path, pushed: str
) -> Outcome:
    """Release what the options' event names."""
    authority = on_github(options, place.forge)
    shelf = Shelf(
        place.forge, Home(place.repository, place.forge.default_branch()), place.artifact,
        MAX_ZIP, unpack, git.tree_here, scratch)
    means = Means(
        forge=place.forge,
        survey=lambda given: take_survey(git, given, authority),
        measure=lambda given: judge_repository(
            given, console, authority, earlier_on_github(place.forge, place.repository),
            place.secrets, place.note, place.logins),
        find=lambda claim: _found(shelf, claim, options.evidence, console.say),
        labels=lambda base, head: tuple(
            label for commit in git.commits(base, head)
            for label in place.forge.labels_of(commit)),
        messages=git.messages,
        assets=assets_of,
        tag_image=lambda image, tag: tag_manifest(
            image, _image_tag(tag), place.logins.of(image)),
        redact=Redactor(place.secrets),
        say=console.say,
        now=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        page=place.page,
    )
    try:
        return release(means, options, pushed)
    finally:
        console.done()


def _found(
    shelf: Shelf, claim: Claim, evidence: Path, say: Callable[[str], None]
) -> tuple[Proof, str] | None:
    found = find_evidence(shelf, claim, say)
    if found is None:
        return None
    os.close(new_folder(evidence, frozenset((*OURS, *FOLDERS))))
    shutil.copytree(found.folder, evidence, dirs_exist_ok=True)
    return found.proof, found.run.url


def assets_of(folder: Path, tag: str) -> tuple[Asset, ...]:
    """What a release carries: the whole pack, its verdict, and what may be signed."""
    packed = io.BytesIO()
    write_archive(folder, packed)
    files = [Asset(evidence_asset(tag), packed.getvalue())]
    files += [Asset(name, (folder / name).read_bytes()) for name in (VERDICT, STATEMENT)
              if (folder / name).is_file()]
    return tuple(files)


def _image_tag(tag: str) -> str:
    """A registry takes fewer characters than git."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", tag)[:128]


def told(outcome: Outcome) -> Iterator[str]:
    """What came of it, for a terminal or a log."""
    yield f"{outcome.conclusion}: {for_terminal(outcome.words, 2000)}"
    if outcome.proof is not None:
        yield f"evidence pack: {outcome.proof.pack_digest}"
        if outcome.proof.image:
            yield f"image: {for_terminal(outcome.proof.image)}"
    if outcome.release is not None:
        yield for_terminal(outcome.release.url)
