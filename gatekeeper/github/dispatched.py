"""The pull request that a run started by hand stands for, looked up on GitHub."""

from __future__ import annotations

from dataclasses import replace

from gatekeeper.errors import CouldNotMeasure
from gatekeeper.github.event import Event
from gatekeeper.github.forge import Forge


def with_base(event: Event, owner: str, forge: Forge | None) -> Event:
    """The event with base: the branch of its pull request, else the default branch, as it is now.
    Any event but one that was started by hand on a branch comes back as it is."""
    if event.name != "workflow_dispatch" or event.rooted:
        return event
    if forge is None:
        raise CouldNotMeasure("without a token it cannot be told what this branch would be merged "
                              "into", "set the input `github-token`")
    pulls = [pull for pull in forge.pulls_from(owner, event.ref)
             if pull.head_sha == event.head_sha]
    pull = pulls[0] if pulls else None
    base_ref = pull.base_ref if pull else forge.default_branch()
    return replace(event, number=pull.number if pull else 0, base_ref=base_ref,
                   base_sha=forge.tip(base_ref))
