"""Looking for evidence that this very tree has passed already, in what trusted runs have left."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gatekeeper.errors import CouldNotMeasure, UsageError
from gatekeeper.evidence.pack import Pack
from gatekeeper.github.forge import ForgeError
from gatekeeper.github.releases import ArtifactSeen, RunSeen
from gatekeeper.releasing.believing import Shelf, believed, may_be_ours, tree_of
from gatekeeper.releasing.claim import Claim, Proof
from gatekeeper.releasing.proof import prove

NEWEST = 100
"""Artifacts that are looked at."""


@dataclass(frozen=True, slots=True)
class Found:
    """Evidence that proves the claim."""

    proof: Proof
    run: RunSeen
    folder: Path


def find_evidence(shelf: Shelf, claim: Claim, say: Callable[[str], None]) -> Found | None:
    """The newest evidence that proves it; None where there is none, or GitHub does not let us look:
    then the release measures by itself."""
    try:
        for artifact in _candidates(shelf, claim.tree):
            found = _looked_at(shelf, claim, artifact)
            if isinstance(found, Found):
                return found
            say(f"evidence of run {artifact.run} is not used: {found}")
    except ForgeError as error:
        say(f"earlier evidence cannot be looked for: {error.message}")
    return None


def _candidates(shelf: Shelf, tree: str) -> Iterator[ArtifactSeen]:
    """Artifacts of runs on the default branch or in its queue, whose commit has this tree."""
    trees: dict[str, str] = {}
    for one in shelf.forge.artifacts_named(shelf.artifact, NEWEST):
        if one.expired or not may_be_ours(shelf, one):
            continue
        if one.head_sha not in trees:
            trees[one.head_sha] = tree_of(shelf, one.head_sha)
        if trees[one.head_sha] == tree:
            yield one


def _looked_at(shelf: Shelf, claim: Claim, artifact: ArtifactSeen) -> Found | str:
    run = believed(shelf, artifact)
    if isinstance(run, str):
        return run
    folder = shelf.scratch / f"evidence-{artifact.id}"
    folder.mkdir()
    try:
        shelf.unpack(shelf.forge.artifact(artifact.id, shelf.largest), folder)
        proof = prove(Pack.open(folder), claim)
    except (CouldNotMeasure, UsageError) as error:
        proof = error.message
    if isinstance(proof, str):
        shutil.rmtree(folder, ignore_errors=True)
        return proof
    return Found(proof, run, folder)
