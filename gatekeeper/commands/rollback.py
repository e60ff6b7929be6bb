"""`gatekeeper rollback`: an earlier release is started and proven, and becomes the latest again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from gatekeeper.adapters.console import Console, emit
from gatekeeper.adapters.history import History
from gatekeeper.commands.earlier import at_desk as earlier_at_desk
from gatekeeper.commands.origin import at_origin, found_token
from gatekeeper.commands.run import judge_repository
from gatekeeper.commands.scratch import scratch_folder
from gatekeeper.errors import ExitCode, UsageError
from gatekeeper.evidence.pack import Pack
from gatekeeper.github.accepting import at_desk
from gatekeeper.github.event import Event
from gatekeeper.github.releases import Releases
from gatekeeper.judging.verdict import EXIT_CODES
from gatekeeper.manifest.release import Release
from gatekeeper.model import Side
from gatekeeper.neutral import for_terminal
from gatekeeper.options import Options
from gatekeeper.outcome import Conclusion
from gatekeeper.releasing.claim import Claim, Proof
from gatekeeper.releasing.creating import LOOKED_AT
from gatekeeper.releasing.proof import prove
from gatekeeper.releasing.rolling_back import (
    Because,
    Way,
    go_back,
    released_by_us,
    way_among,
)
from gatekeeper.survey import take_survey


@dataclass(frozen=True, slots=True)
class Wanted:
    """The command's arguments."""

    version: str
    """Tag to go back to; empty for the release before the latest."""
    reason: str
    repository: str


def rollback_command(options: Callable[[Event], Options], wanted: Wanted) -> ExitCode:
    """Prove an earlier release, and make it the latest where there is a token. PASS where it is
    proven; what does not pass changes nothing."""
    if not wanted.reason.strip():
        raise UsageError("a rollback needs a reason", "--reason TEXT; the notes of both say it")
    token = found_token()
    with scratch_folder() as scratch:
        if not token:
            return _back(History(Path.cwd(), scratch), None, options, wanted)
        with at_origin(Path.cwd(), scratch, wanted.repository, token) as (git, forge, _):
            return _back(git, forge, options, wanted)


def _back(
    git: History, forge: Releases | None, options: Callable[[Event], Options], wanted: Wanted
) -> ExitCode:
    head = git.commit("HEAD")
    if head is None:
        raise UsageError("the repository has no commit")
    here = _declared_at(git, options, head)
    tags = released_by_us(forge.releases(LOOKED_AT)) if forge else git.tags_here()
    pattern = here.pattern
    newest = pattern.newest(tags)
    left = forge.latest() if forge else (newest[0] if newest else "")
    if not left:
        raise UsageError("there is no latest release to go back from",
                         "`git fetch --tags` brings tags")
    way = way_among(tags, pattern, left, wanted.version)
    found = _proven(git, options, way, tags[way.to])
    if not isinstance(found, Proof):
        emit(f"{found[0]}: {for_terminal(way.to)} is not proven, and nothing is changed: "
             f"{for_terminal(found[1], 2000)}\n")
        return EXIT_CODES[found[0]]
    emit("\n".join(_told(forge, way, wanted.reason, found, tags[way.to])) + "\n")
    return ExitCode.PASS


def _declared_at(git: History, options: Callable[[Event], Options], commit: str) -> Release:
    """How releases are named, by the commit that is checked out."""
    given = options(Event("push", blocks="release", head_sha=commit, rooted=True))
    return take_survey(git, given, at_desk(given)).head.manifest.release or Release()


def _proven(
    git: History, options: Callable[[Event], Options], way: Way, commit: str
) -> Proof | tuple[Conclusion, str]:
    """The earlier release, measured now under its own policy as it was then."""
    if git.commit(commit) is None and not git.fetch(commit):
        raise UsageError(f"the commit of {way.to} is not here", "`git fetch --tags` brings it")
    event = Event("rollback", blocks="release", head_sha=commit, rooted=True)  # pushes no image
    given = replace(options(event), force=True)
    survey = take_survey(git, given, at_desk(given))
    given = replace(given, tags=(survey.head.manifest.release or Release()).pattern)
    survey = take_survey(git, given, at_desk(given))
    judgement = judge_repository(given, Console(), at_desk(given),
                                 earlier_at_desk(given.folder))
    if judgement.verdict.conclusion is not Conclusion.PASS:
        reasons = "; ".join(reason.text for reason in judgement.verdict.reasons)
        return judgement.verdict.conclusion, reasons
    proof = prove(Pack.open(given.evidence), Claim(
        survey.subject.head_tree, survey.policy.digest, _now(), "",
        survey.policy.services[Side.HEAD].build is not None, fresh=True))
    return proof if isinstance(proof, Proof) else (Conclusion.UNDECIDED, proof)


def _told(
    forge: Releases | None, way: Way, reason: str, proof: Proof, commit: str
) -> list[str]:
    lines = [f"pass: {for_terminal(way.to)} is proven again, by its own policy",
             f"evidence pack: {proof.pack_digest}"]
    if forge is not None:
        done = go_back(forge, way, Because(reason, _now()[:10], proof.pack_digest))
        return [*lines, f"it is the latest release again, in place of {for_terminal(way.left)}: "
                f"{for_terminal(done.url)}"]
    rollback = proof.judgement.policy.promise.stop_path.rollback
    return [*lines, "there is no token in GITHUB_TOKEN: no release is changed", "to roll back:",
            f"  git switch --detach {commit}", f"  {for_terminal(rollback)}" if rollback else
            "  (the contract declares no `stop_path.rollback`)"]


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
