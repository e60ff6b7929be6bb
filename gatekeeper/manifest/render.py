"""A manifest with everything spelled out, as YAML: what `gatekeeper plan --effective` prints."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import yaml

from gatekeeper.cases.file import DEFAULT_CHECKS, Standards
from gatekeeper.cases.requirements import read_requirement
from gatekeeper.formats.canonical import plain
from gatekeeper.formats.units import exact_duration, format_size
from gatekeeper.manifest.contract import Contract
from gatekeeper.manifest.types import Manifest
from gatekeeper.model import Risk

_DURATIONS = {"timeout", "latency_target", "first_token_target", "grace", "notice", "budget"}
_SIZES = {"memory"}
_OWN = {"request", "environment", "args", "wrong", "identity"}
"""Keys under which everything is the user's own: names mean nothing, and empty values count."""


def render_effective(manifest: Manifest, contract: Contract) -> str:
    """YAML that parses to the same policy and leaves nothing implied."""
    spelled = replace(manifest, contract=contract, cases="",
                      eval=replace(manifest.eval, cases=manifest.cases or manifest.eval.cases))
    value = readable(plain(spelled))
    value["gates"] = {
        name: {"blocks": list(gate.blocks), "until": [condition.text for condition in gate.until]}
        for name, gate in manifest.gates.items()
    }
    # What a default leans on may be undeclared; written out as one's own it would be refused.
    standards = Standards(manifest.eval.checks, bool(manifest.eval.sources),
                          contract.limits.latency_target, contract.limits.first_token_target,
                          contract.stream, manifest.witnesses)
    value["eval"]["checks"] = {str(risk): _checks(standards, risk) for risk in DEFAULT_CHECKS}
    value["service"].pop("built_with", None)
    secrets = value["service"].pop("secrets", {})
    if secrets:
        value["service"].setdefault("environment", {}).update(
            {variable: {"secret": name} for variable, name in secrets.items()})
    if manifest.route.ports is not None:
        value["route"]["ports"] = list(manifest.route.ports)
    tmpfs = manifest.service.sandbox.tmpfs
    value["service"]["sandbox"]["tmpfs"] = {path: format_size(n) for path, n in tmpfs.items()}
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100)
    return text


def _checks(standards: Standards, risk: Risk) -> list[str]:
    if risk in standards.checks:
        return [str(requirement) for requirement in standards.checks[risk]]
    usual = [read_requirement(text) for text in DEFAULT_CHECKS[risk]]
    return [str(requirement) for requirement in usual if not standards.missing(requirement)]


def readable(value: Any, name: str = "") -> Any:
    """JSON data as a manifest would say it: without what is unset, and with units."""
    if name in _OWN:
        return value
    if isinstance(value, dict):
        read = {key: readable(item, key) for key, item in value.items()}
        return {key: item for key, item in read.items() if item not in (None, "", {}, [])}
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if name in _DURATIONS:
            return exact_duration(value)
        if name in _SIZES:
            return format_size(int(value))
    return value
