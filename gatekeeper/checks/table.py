"""The one table from name to check. A new check is a line here."""

from __future__ import annotations

from gatekeeper.checks.comparison import COMPARISON_CHECKS
from gatekeeper.checks.counts import COUNT_CHECKS
from gatekeeper.checks.grounding import GROUNDING_CHECKS
from gatekeeper.checks.json_form import JSON_CHECKS
from gatekeeper.checks.kinds import Check, Exchange
from gatekeeper.checks.privacy import PRIVACY_CHECKS
from gatekeeper.checks.refusal import REFUSAL_CHECKS
from gatekeeper.checks.text import TEXT_CHECKS
from gatekeeper.checks.timing import TIMING_CHECKS
from gatekeeper.checks.witnessed import WITNESSED_CHECKS
from gatekeeper.model import CheckCall, Requirement
from gatekeeper.outcome import CheckStatus, Finding

CHECKS: dict[str, Check] = {
    check.name: check
    for family in (
        TEXT_CHECKS,
        COUNT_CHECKS,
        JSON_CHECKS,
        GROUNDING_CHECKS,
        REFUSAL_CHECKS,
        PRIVACY_CHECKS,
        TIMING_CHECKS,
        COMPARISON_CHECKS,
        WITNESSED_CHECKS,
    )
    for check in family
}

_NEGATED = {CheckStatus.HELD: CheckStatus.BROKEN, CheckStatus.BROKEN: CheckStatus.HELD}


def run_call(call: CheckCall, exchange: Exchange) -> Finding:
    """One check on one answer; a negated check turns held and broken round, and nothing else."""
    finding = CHECKS[call.name].run(call, exchange)
    if not call.negated:
        return finding
    status = _NEGATED.get(finding.status, finding.status)
    return Finding(status, f"not: {finding.expected}", finding.got)


def run_requirement(requirement: Requirement, exchange: Exchange) -> Finding:
    """The best of the alternatives: one that holds is enough; else what is owed comes first."""
    findings = [run_call(call, exchange) for call in requirement.alternatives]
    for status in (CheckStatus.HELD, CheckStatus.UNMEASURED, CheckStatus.MOOT):
        for finding in findings:
            if finding.status is status:
                return finding
    if len(findings) == 1:
        return findings[0]
    expected = ", or ".join(finding.expected for finding in findings)
    return Finding(CheckStatus.BROKEN, expected, findings[0].got)
