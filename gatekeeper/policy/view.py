"""A policy as data: what it is digested over, and the leaves that two of them are compared by.

The digest covers what judges and nothing else: moving a line, a comment, the name of the cases
file, or a word of `expected_behavior` changes no digest; a threshold, a prompt or an approver does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gatekeeper.canonical import digest, plain
from gatekeeper.contract import spelled_out
from gatekeeper.manifest.service import Service
from gatekeeper.manifest.types import POLICY_KEYS, Manifest
from gatekeeper.model import Case

_SAID_OTHERWISE = frozenset({"cases", "version"})
"""Policy keys that say where something is, not how it judges."""


def effective(manifest: Manifest, service: Service) -> Manifest:
    """The manifest with its shorthands and presets spelled out, so that equals look equal."""
    contract = spelled_out(replace(manifest, service=service))
    return replace(manifest, cases="", contract=replace(contract, preset="none"),
                   eval=replace(manifest.eval, cases=""))


def view(manifest: Manifest) -> dict[str, Any]:
    """Dotted policy key -> its value as JSON data."""
    everything = plain(effective(manifest, manifest.service))
    return {key: at_key(everything, key) for key in sorted(POLICY_KEYS - _SAID_OTHERWISE)}


def at_key(value: Any, dotted: str) -> Any:
    """The value at a dotted key of JSON data."""
    for name in dotted.split("."):
        value = value[name]
    return value


def policy_digest(manifest: Manifest, cases: tuple[Case, ...]) -> str:
    """`sha256:…` over everything that judges: the policy's keys, what is watched, the cases."""
    rows = [(case.case_id, case.prompt, case.risk, case.requirements) for case in cases]
    return digest({"policy": view(manifest), "watch": manifest.watch, "cases": rows})
