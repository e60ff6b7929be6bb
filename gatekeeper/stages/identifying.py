"""What runs, beside what was asked: images, files, models, and what each service says of itself."""

from __future__ import annotations

from functools import partial
from typing import Any

from gatekeeper.evidence.files import ENVIRONMENT
from gatekeeper.formats.canonical import digest
from gatekeeper.judging.identity import SERVICES
from gatekeeper.model import Side
from gatekeeper.ports import Repository
from gatekeeper.service.identity import likenesses, models_of
from gatekeeper.stages.run import Run
from gatekeeper.trees.context import context_of


def identify(run: Run, git: Repository) -> None:
    """Every side that is ready, in `environment.json`."""
    found = {str(side): _service(run, git, side) for side in run.ready()}
    environment = run.pack.read_json(ENVIRONMENT, {})
    run.pack.write_json(ENVIRONMENT, {**environment, SERVICES: found})


def _service(run: Run, git: Repository, side: Side) -> dict[str, Any]:
    up, ready = run.ready()[side]
    assert up.service is not None
    base, subject = run.survey.base, run.survey.subject
    declared, tree = (run.survey.head, subject.head_tree) if side is Side.HEAD or base is None \
        else (base, subject.base_tree)
    service = run.plan.services[side]

    def read(path: str) -> bytes | None:
        return git.read(tree, declared.path(path))

    connection = run.starter.connect(side, up.service.url)
    try:
        rows = likenesses(connection, service.identity, read, run.world.redact)
        listed = run.survey.policy.contracts[side].preset == "openai-chat"
        models = models_of(connection, run.world.redact) if listed else ()
    finally:
        connection.close()
    context = context_of(service, declared.folder, partial(git.read, tree))
    files = sorted((one.path, one.mode, one.sha) for one in git.files(tree)
                   if context is not None and context.holds(one.path))
    return {
        **up.service.identity(),
        "tree": tree,
        "files": {"count": len(files), "digest": digest(files)} if context is not None else None,
        "model": ready.model,
        "models": list(models),
        "identity": [{"reported": one.reported, "declared": one.declared,
                      "expected": one.expected, "got": one.got, "reason": one.reason,
                      "unmeasured": one.unmeasured, "holds": one.holds} for one in rows],
    }
