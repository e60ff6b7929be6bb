"""A verdict with everything a report shows beside it."""

from __future__ import annotations

from dataclasses import dataclass

from gatekeeper.drill.outcome import DrillJudgement
from gatekeeper.evidence.record import RunRecord
from gatekeeper.judging.contract_judging import ContractJudgement
from gatekeeper.judging.measure import NOBODY_LOOKED, Fact
from gatekeeper.judging.tally import Tally
from gatekeeper.outcome import CaseJudgement, Verdict
from gatekeeper.policy.resolve import Policy
from gatekeeper.routes.telling import Told


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and everything a report shows beside it."""

    verdict: Verdict
    record: RunRecord
    policy: Policy
    tally: Tally
    failing: tuple[CaseJudgement, ...]
    """Cases that did not pass on head, in the policy's order."""
    flaky: tuple[CaseJudgement, ...] = ()
    """Cases of which some attempts passed and some did not on one side, whatever came of them."""
    contract: ContractJudgement = ContractJudgement()
    drills: tuple[DrillJudgement, ...] = ()
    """Every failure that was brought about, in the order in which that was done."""
    remarks: tuple[str, ...] = ()
    """Worth knowing, and not blocking by themselves."""
    told: Told = Told()
    """What head's files tell of the service, and what of it is owed or claimed too much."""
    shutdown: Fact = NOBODY_LOOKED
    """Whether everything of head's service was gone after the stop."""
