"""The image that was tested goes to the declared registry, before it is removed from the engine.

Only in runs whose evidence may make a release; under a tag that says its tree and is nobody's
version. What was pushed is written down by its digest: that is what a release later names.
"""

from __future__ import annotations

from gatekeeper.errors import CouldNotMeasure
from gatekeeper.evidence.files import ENVIRONMENT
from gatekeeper.model import Side
from gatekeeper.releasing.proof import PUSHED
from gatekeeper.stages.run import Run

PUSH_FAILED = "push_failed"
"""In `environment.json`: why it did not."""


def push(run: Run) -> None:
    """Push head's image, where one was built and a registry is declared. That it cannot be pushed
    says nothing of the change: it is written down, and no release names that image."""
    declared = run.survey.policy.manifest.release
    image = run.record.head.identity.get("image")
    if run.world.push is None or declared is None or not declared.image or not image:
        return
    if run.record.shard is not None:  # each shard tests an image of its own build
        return
    up = run.ready().get(Side.HEAD)
    if run.plan.services[Side.HEAD].build is None or up is None or run.record.head.died:
        return
    if up[0].service is None or not up[0].service.life().running:  # it ended under a probe
        return
    run.world.progress.say(f"head: pushing the tested image to {declared.image}")
    try:
        found = {PUSHED: run.world.push(image, declared.image,
                                        f"tree-{run.record.head.tree[:12]}")}
    except CouldNotMeasure as error:
        found = {PUSH_FAILED: run.world.redact(error.message)}
        run.world.progress.say(found[PUSH_FAILED])
    run.pack.write_json(ENVIRONMENT, {**run.pack.read_json(ENVIRONMENT, {}), **found})
