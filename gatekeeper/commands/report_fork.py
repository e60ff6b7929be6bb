"""The action on `workflow_run`: what a fork's own run could not say, said for it and headed so.

It runs on the default branch with a token that may write, so it runs nothing of the fork's,
believes nothing of what its run left but the replies, and turns no check green.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gatekeeper.adapters.artifact import MAX_ZIP, unpack
from gatekeeper.commands.guest import Guest
from gatekeeper.errors import CouldNotMeasure, ExitCode, GatekeeperError
from gatekeeper.github.event import Event
from gatekeeper.github.forge import Forge, Pull
from gatekeeper.github.reported import JUDGED, Reported, pull_of, read_reported, reports_itself
from gatekeeper.judging.judgement import Judgement
from gatekeeper.judging.rejudging import Trusted, judge_again
from gatekeeper.policy.declared import read_declared


def report_fork(guest: Guest, payload: Mapping[str, Any], manifest: str) -> ExitCode:
    """Judge again what a fork's run measured, and comment. The exit code says whether the report
    was made; it is no verdict."""
    forge, reported = guest.forge, read_reported(payload)
    if forge is None:
        raise CouldNotMeasure("there is no token to read the run with",
                              "set the input `github-token`")
    if reported.event not in JUDGED:
        guest.workflow.log(f"the run was started by `{reported.event}`: nothing to report")
        return ExitCode.PASS
    pull = pull_of(reported, forge.pulls_from(reported.owner, reported.head_ref))
    if pull is None:
        guest.workflow.log(f"no open pull request has commit {reported.head_sha[:12]} as its head "
                           "any more: nothing to report")
        return ExitCode.PASS
    if reports_itself(pull, guest.here.repository):
        guest.workflow.log(f"pull request {pull.number} is this repository's own: its run reports "
                           "by itself")
        return ExitCode.PASS
    guest = replace(guest, event=_event(pull), reported=True, here=replace(
        guest.here, run=reported.run, attempt=reported.attempt, began=reported.began))
    try:
        judgement = _judged(forge, reported, pull, manifest, guest.manners.artifact)
    except GatekeeperError as error:
        guest.complain(error)
        return ExitCode.PASS
    guest.relay(judgement)
    return ExitCode.PASS


def _event(pull: Pull) -> Event:
    return Event("workflow_run", head_sha=pull.head_sha, base_sha=pull.base_sha,
                 number=pull.number, fork=True, base_ref=pull.base_ref, actor=pull.author)


def _judged(forge: Forge, reported: Reported, pull: Pull, manifest: str, artifact: str
            ) -> Judgement:
    # A run that was run again lists an artifact of every attempt, all of one name.
    found = [one.id for one in forge.artifacts(reported.run) if one.name == artifact]
    if not found:
        raise CouldNotMeasure(f"the fork's run left no artifact named {artifact}",
                              "upload the evidence folder with actions/upload-artifact and "
                              "`if: always()`")
    tip = forge.tip(pull.base_ref)
    base = read_declared(manifest, functools.partial(_read, forge, tip), "base:")
    with tempfile.TemporaryDirectory(prefix="gatekeeper-") as scratch:
        folder = Path(scratch)
        unpack(forge.artifact(max(found), MAX_ZIP), folder)
        return judge_again(folder, Trusted(
            base, tip, pull.head_sha, f"{pull.head_sha[:12]} against {pull.base_ref} ({tip[:12]})",
            datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")))


def _read(forge: Forge, commit: str, path: str) -> bytes | None:
    return forge.file(path, commit)
