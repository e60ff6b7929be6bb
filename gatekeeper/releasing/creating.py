"""Making a release stand on GitHub: what is missing is made, and then looked at again.

Nothing is believed that GitHub did not show: after a write whose answer was lost, and after a run
that was killed, what stands is read anew, and whatever is there already is not made twice.
"""

from __future__ import annotations

from typing import NamedTuple

from gatekeeper.errors import CouldNotMeasure
from gatekeeper.github.forge import ForgeError, Unsure
from gatekeeper.github.releases import Releases
from gatekeeper.releasing.steps import (
    Conflict,
    Done,
    Edit,
    MakeDraft,
    MakeTag,
    RemoveAsset,
    RemoveDraft,
    Standing,
    Step,
    Upload,
    Wanted,
    next_step,
    of_tag,
)

LOOKED_AT = 200
"""Releases that are looked through for those of a tag; drafts are among the newest."""
MOST_STEPS = 60
PATIENCE = 4
"""Writes of one release whose answers may be lost."""
WORKFLOWS = "where the commit changes workflows that the default branch does not have, a " \
            "workflow's own token may not tag it: tag a commit of the default branch"


class Refused(NamedTuple):
    """A step that GitHub refused."""

    step: Step | None
    error: ForgeError | None


def create(forge: Releases, wanted: Wanted) -> Done | Conflict:
    """Make it stand; what was in the way where it cannot. ForgeError where GitHub does not do it:
    the same call then goes on from there."""
    unsure, refused = 0, Refused(None, None)
    for _ in range(MOST_STEPS):
        step = next_step(wanted, look(forge, wanted.tag))
        if isinstance(step, (Done, Conflict)):
            return step
        if refused.error is not None and step == refused.step:
            raise refused.error
        refused = Refused(None, None)  # somebody was quicker, and what they made is there now
        try:
            _do(forge, wanted, step)
        except Unsure:
            unsure += 1
            if unsure == PATIENCE:
                raise
        except ForgeError as error:
            refused = Refused(step, error)
    raise CouldNotMeasure(f"release {wanted.tag} does not come to stand: somebody else seems to "
                          "write it at the same time", "run the job again")


def look(forge: Releases, tag: str) -> Standing:
    """What stands under a tag."""
    return Standing(forge.tag(tag), of_tag(forge.releases(LOOKED_AT), tag))


def _do(forge: Releases, wanted: Wanted, step: Step) -> None:
    match step:
        case MakeTag():
            _tag(forge, wanted)
        case MakeDraft(body):
            forge.add_release(body)
        case RemoveDraft(release):
            forge.remove_release(release)
        case Edit(release, body):
            forge.edit_release(release, body)
        case RemoveAsset(asset):
            forge.remove_asset(asset)
        case Upload(release, asset):
            forge.add_asset(release.upload_url, asset.name, asset.content)


def _tag(forge: Releases, wanted: Wanted) -> None:
    try:
        forge.add_tag(wanted.tag, wanted.mark.commit, wanted.message, wanted.at)
    except ForgeError as error:
        error.help = error.help or WORKFLOWS
        raise
