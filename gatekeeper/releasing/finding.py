"""Looking for evidence that this very tree has passed already, in what trusted runs have left."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gatekeeper.errors import CouldNotMeasure, UsageError
from gatekeeper.evidence.pack import Pack
from gatekeeper.github.forge import ForgeError
from gatekeeper.github.releases import ArtifactSeen, Releases, RunSeen
from gatekeeper.releasing.believing import believed, may_be_ours, tree_of
from gatekeeper.releasing.claim import Claim, Proof
from gatekeeper.releasing.proof import prove
from gatekeeper.releasing.provenance import Home

NEWEST = 100
"""Artifacts that are looked at."""


@dataclass(frozen=True, slots=True)
class Search:
    """Where is looked, and how."""

    forge: Releases
    home: Home
    artifact: str
    """Name under which workflows keep their evidence."""
    largest: int
    """Bytes of an artifact."""
    unpack: Callable[[bytes, Path], None]
    tree_here: Callable[[str], str]
    """The tree of a commit that is in the checkout; empty for others."""
    say: Callable[[str], None]
    scratch: Path


@dataclass(frozen=True, slots=True)
class Found:
    """Evidence that proves the claim."""

    proof: Proof
    run: RunSeen
    folder: Path


def find_evidence(search: Search, claim: Claim) -> Found | None:
    """The newest evidence that proves it; None where there is none, or GitHub does not let us look:
    then the release measures by itself."""
    try:
        for artifact in _candidates(search, claim.tree):
            found = _looked_at(search, claim, artifact)
            if isinstance(found, Found):
                return found
            search.say(f"evidence of run {artifact.run} is not used: {found}")
    except ForgeError as error:
        search.say(f"earlier evidence cannot be looked for: {error.message}")
    return None


def _candidates(search: Search, tree: str) -> Iterator[ArtifactSeen]:
    """Artifacts of runs on the default branch or in its queue, whose commit has this tree."""
    trees: dict[str, str] = {}
    for one in search.forge.artifacts_named(search.artifact, NEWEST):
        if one.expired or not may_be_ours(one, search.home):
            continue
        if one.head_sha not in trees:
            trees[one.head_sha] = tree_of(search.forge, search.tree_here, one.head_sha)
        if trees[one.head_sha] == tree:
            yield one


def _looked_at(search: Search, claim: Claim, artifact: ArtifactSeen) -> Found | str:
    run = believed(search.forge, search.home, artifact)
    if isinstance(run, str):
        return run
    folder = search.scratch / f"evidence-{artifact.id}"
    folder.mkdir()
    try:
        search.unpack(search.forge.artifact(artifact.id, search.largest), folder)
        proof = prove(Pack.open(folder), claim)
    except (CouldNotMeasure, UsageError) as error:
        proof = error.message
    if isinstance(proof, str):
        shutil.rmtree(folder, ignore_errors=True)
        return proof
    return Found(proof, run, folder)
