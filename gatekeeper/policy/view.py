"""A policy as data: what it is digested over, and the leaves that two of them are compared by.

The digest covers what judges and nothing else: moving a line, a comment, the name of the cases
file, or a word of `expected_behavior` changes no digest; a threshold, a prompt or an approver does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from gatekeeper.cases.file import DEFAULT_CHECKS
from gatekeeper.cases.reducers import Rule
from gatekeeper.cases.requirements import read_requirement
from gatekeeper.formats.canonical import Hashed, first_listed, plain, rest_of
from gatekeeper.judging.conditions import without_implied
from gatekeeper.manifest.service import Service
from gatekeeper.manifest.types import POLICY_KEYS, Eval, Gate, Manifest
from gatekeeper.model import Case, Requirement
from gatekeeper.policy.own_files import digests
from gatekeeper.service.contract import spelled_out

_USUAL = {risk: tuple(map(read_requirement, texts)) for risk, texts in DEFAULT_CHECKS.items()}
_SAID_OTHERWISE = frozenset({"cases", "version"})
"""Policy keys that say where something is, not how it judges."""
_WHERE_DECLARED = frozenset({
    "drill", "history", "release", "route.kind", "service.build_secrets", "service.identity",
    "service.secrets", "service.start", "service.stop.command"})
"""Policy keys that are part of it only where they are declared: the digest of a policy without them
is what it was before there were such keys."""



def effective(manifest: Manifest, service: Service) -> Manifest:
    """The manifest with its shorthands and presets spelled out, so that equals look equal."""
    contract = spelled_out(replace(manifest, service=service))
    return replace(manifest, cases="", contract=replace(contract, preset="none"),
                   eval=replace(manifest.eval, cases=""))


def view(manifest: Manifest) -> dict[str, Any]:
    """Dotted policy key -> its value as JSON data."""
    everything = plain(effective(manifest, manifest.service))
    everything["gates"] = {name: _gate(gate) for name, gate in manifest.gates.items()}
    everything["eval"]["checks"] = {
        str(risk): _held(manifest.eval.checks.get(risk, usual)) for risk, usual in _USUAL.items()}
    everything["eval"]["by_risk"] = _asked(manifest.eval)
    if manifest.eval.budget is None:  # so that policies of before it keep their digest
        del everything["eval"]["budget"]
    everything["eval"]["sources"] = manifest.eval.sources.rstrip("/")
    everything["waivers"] = sorted(everything["waivers"], key=lambda waiver: str(waiver["case"]))
    approvers = {name.removeprefix("@").lower() for name in manifest.policy.approvers}
    everything["policy"]["approvers"] = sorted(approvers)
    if everything["contract"]["auth"] is None:  # as in every policy of before there was such a key
        del everything["contract"]["auth"]
    if not manifest.history.github:
        del everything["history"]["github"]
    if not manifest.service.resources.gpus:
        del everything["service"]["resources"]["gpus"]
    found = {key: at_key(everything, key) for key in sorted(POLICY_KEYS - _SAID_OTHERWISE)}
    return {key: value for key, value in found.items()
            if _said(value) or key not in _WHERE_DECLARED}


def _said(value: Any) -> bool:
    return any(value.values()) if isinstance(value, dict) else bool(value)


def _gate(gate: Gate) -> Any:
    """What it asks, however that is written and in whatever order."""
    asked = {(one.measure, *one.bound()) for one in without_implied(gate.until)}
    return {"blocks": sorted(set(gate.blocks)), "until": sorted(asked)}


def _asked(declared: Eval) -> dict[str, str]:
    """Risks whose rows are asked or reduced otherwise than the rest."""
    usual = Rule(declared.repeats, declared.reducer)
    return {str(risk): f"{rule.reducer} of {rule.repeats}"
            for risk, rule in declared.rules.items() if rule != usual}


@lru_cache(maxsize=1024)
def _held(requirements: tuple[Requirement, ...]) -> list[list[str]]:
    """Checks, however they are ordered: all of the lists, one of each."""
    texts = {tuple(sorted(map(str, one.alternatives))) for one in requirements}
    return [list(one) for one in sorted(texts)]


def at_key(value: Any, dotted: str) -> Any:
    """The value at a dotted key of JSON data."""
    for name in dotted.split("."):
        value = value[name]
    return value


def policy_digest(
    manifest: Manifest, cases: tuple[Case, ...], own_files: Mapping[str, bytes]
) -> str:
    """`sha256:…` over everything that judges: the policy's keys, what is watched, the cases, and
    the own checks that they name."""
    watch = {kind: sorted(patterns) for kind, patterns in manifest.watch.items()}
    return _hashed(cases).with_(rest_of({
        "policy": view(manifest), "watch": watch, "own_files": digests(own_files)}))


@lru_cache(maxsize=4)
def _hashed(cases: tuple[Case, ...]) -> Hashed:
    """The same rows are hashed once: two sides mostly have the same."""
    rows = ((case.case_id, case.prompt, case.risk, _held(case.requirements))
            for case in sorted(cases, key=lambda case: case.case_id))
    return Hashed(first_listed("cases", rows))
