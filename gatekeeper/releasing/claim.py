"""What has to be proven before a release, and what proves it. Frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from gatekeeper.judging.judgement import Judgement


@dataclass(frozen=True, slots=True)
class Claim:
    """What has to be proven."""

    tree: str
    policy_digest: str
    now: str
    """UTC, ISO 8601."""
    image: str
    """The declared repository of a service that is built; empty where no image is released."""
    builds: bool
    """The service is built from the tree, not pulled."""
    fresh: bool = False
    """The pack is this run's own: what it built need not be had from anywhere."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A pack that proves it."""

    judgement: Judgement
    """As of now, for a release."""
    pack_digest: str
    image: str
    """`repository@sha256:…` of what was tested; empty where no image is released."""
