"""The action in mode `release`: what the event names is released, and what came of it is said."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from gatekeeper.adapters.console import Console
from gatekeeper.adapters.history import History
from gatekeeper.commands.guest import Guest
from gatekeeper.errors import CouldNotMeasure, ExitCode, UsageError
from gatekeeper.judging.verdict import EXIT_CODES
from gatekeeper.options import Options

if TYPE_CHECKING:
    from gatekeeper.adapters.github_releases import ReleasingGitHub

TAGS = "refs/tags/"


def release_action(
    guest: Guest, options: Options, secrets: tuple[str, ...], console: Console,
    note: Callable[[Mapping[str, object]], None], ref: str,
) -> ExitCode:
    """Release the commit or tag of the event; the exit code is that of the verdict it rests on."""
    from gatekeeper.commands.release import (  # noqa: PLC0415 - HTTP, not needed to judge
        Place,
        release_here,
        told,
    )

    if not options.event.rooted:
        raise UsageError(f"mode `release` does not run on `{options.event.name}`",
                         "run it on pushes to the default branch and of tags, or by hand there")
    if guest.forge is None:
        raise CouldNotMeasure("there is no token to release with", "set the input `github-token`")
    place = Place(cast("ReleasingGitHub", guest.forge), guest.here.repository,
                  guest.manners.artifact, secrets, guest.here.url,
                  guest.manners.logins, note)
    with tempfile.TemporaryDirectory(prefix="gatekeeper-") as scratch, \
            guest.workflow.group("gatekeeper: what is done"):
        folder = Path(scratch)
        outcome = release_here(History(options.folder, folder), options, place, console, folder,
                               ref.removeprefix(TAGS) if ref.startswith(TAGS) else "")
    code = EXIT_CODES[outcome.conclusion]
    if outcome.judgement is not None:
        guest.report(outcome.judgement, options.evidence)
    guest.released(outcome.words, code)
    guest.workflow.log("\n".join(told(outcome)))
    release, proof = outcome.release, outcome.proof
    guest.workflow.put({
        "release-tag": outcome.tag if release else "",
        "release-url": release.url if release else "",
        "image": proof.image if proof else ""})
    return code
