"""One case, judged from its stored attempts. Pure.

1. A reply without an answer is an error, and says whose.
2. Every attempt counts, by the case's rule: so many of so many must pass. Without one, all must.
3. A case is a regression when base passes by that rule, head does not, and head still does not in
   the extra paired attempts, which base passes too.
4. What was not asked, could not be compared, or is held to nothing is never passed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gatekeeper.cases.outdated import outdated_by
from gatekeeper.cases.reducers import Rule, Score
from gatekeeper.cases.share import Shard
from gatekeeper.checks.kinds import Baseline, Exchange
from gatekeeper.checks.table import run_requirement
from gatekeeper.manifest.contract import Contract, Limits
from gatekeeper.model import (
    Answer,
    Attempt,
    Case,
    CheckCall,
    Fault,
    NoAnswer,
    Requirement,
    Risk,
    Side,
    Timing,
)
from gatekeeper.outcome import (
    AttemptJudgement,
    CaseJudgement,
    CaseStatus,
    CheckOutcome,
    CheckStatus,
    SideJudgement,
)
from gatekeeper.service.contract import read_reply
from gatekeeper.witnesses.testimony import Witnesses

LACKS = "base does not have this case"
LEFT_OUT = "left out of this run"
ALWAYS = Requirement((CheckCall("answers"),))
"""Every row is held to this; alone it verifies nothing."""
NO_RULE = Rule()


@dataclass(frozen=True, slots=True)
class Absence:
    """Why a side has no attempts, and whose doing that is."""

    reason: str
    fault: Fault
    lost: bool = False
    """The side's own service is missing: it can pass nothing. Otherwise it was just not asked."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What every case of a run is judged with."""

    contracts: Mapping[Side, Contract]
    """Spelled out: what each side was called through."""
    rules: Mapping[Risk, Rule] = field(default_factory=dict)
    """Risk -> how often its cases are asked, and how many attempts must pass."""
    sources: Mapping[Side, Mapping[str, str]] = field(default_factory=dict)
    instructions: Mapping[Side, tuple[str, ...]] = field(default_factory=dict)
    """What each side's service is told before it is asked."""
    head_absent: Absence | None = None
    """Why head has no attempts, where a whole side is missing."""
    base_absent: Absence | None = None
    no_baseline: str = ""
    """There is rightly nothing to compare with: why."""
    unmeasured_baseline: str = ""
    """There should be something to compare with: why there is not."""
    base_died: str = ""
    """Why base's service was ended from outside while it was asked: what it then did not answer is
    not known. One that ends by itself is answerable for its silence."""
    base_is_earlier: bool = False
    """Base's attempts are an earlier pack's: it was not asked what head alone asks."""
    asked: frozenset[str] = frozenset()
    """The subset of cases that was asked for; empty for all."""
    shard: Shard | None = None
    """The share of the cases that was asked; None for all."""
    spent: str = ""
    """The budget that ended the asking; empty where none did."""
    own_ms: float = 0.0
    """What the client may have added to a time."""
    witnesses: Witnesses = Witnesses()
    """Whom the policy asks beside the checks, and what they said."""

    def rule(self, case: Case) -> Rule:
        """How a case is asked and reduced."""
        return self.rules.get(case.risk, NO_RULE)

    @property
    def compares(self) -> bool:
        """Base is judged too."""
        return not (self.no_baseline or self.unmeasured_baseline) or self.base_absent is not None


def judge_case(
    bench: Bench, case: Case, head: tuple[Attempt, ...], base: tuple[Attempt, ...]
) -> CaseJudgement:
    """One case on both sides."""
    if not case.requirements:
        reason = f"no check speaks of a {case.risk} row here"
        unverified = SideJudgement(CaseStatus.UNVERIFIED, reason=reason)
        return CaseJudgement(case, unverified, None, flipped=False)
    answers = tuple(
        answer
        for attempt in base
        if isinstance(answer := read_reply(bench.contracts[Side.BASE], attempt.reply), Answer)
    )
    lacks = bench.base_is_earlier and case.head_only
    held_against = Baseline(moot=LACKS) if lacks else _baseline(bench, answers, base)
    heads = _judge_side(bench, case, head, Side.HEAD, held_against)
    bases = None
    if bench.compares and not lacks:
        bases = _judge_side(bench, case, base, Side.BASE, Baseline(answers, moot="is the baseline"
                                                                   if not answers else ""))
    flipped, unconfirmed = _flip(bench.rule(case), heads, bases)
    outdated = ""
    if heads.status is CaseStatus.FAILED:
        outdated = outdated_by(case, answers, bench.sources.get(Side.BASE, {}),
                               bench.sources.get(Side.HEAD, {}))
    return CaseJudgement(case, heads, bases, flipped, unconfirmed, outdated=outdated)


def _baseline(bench: Bench, answers: tuple[Answer, ...], base: tuple[Attempt, ...]) -> Baseline:
    if bench.no_baseline:
        return Baseline(moot=bench.no_baseline)
    if answers:
        return Baseline(answers)
    if base and not bench.base_died and all(_is_the_services(bench, a) for a in base):
        return Baseline(moot="base gave no answer either")
    return Baseline(unmeasured=bench.unmeasured_baseline or "base was not asked")


def _is_the_services(bench: Bench, attempt: Attempt) -> bool:
    read = read_reply(bench.contracts[Side.BASE], attempt.reply)
    return isinstance(read, NoAnswer) and read.fault is Fault.CHANGE


def _judge_side(
    bench: Bench, case: Case, attempts: tuple[Attempt, ...], side: Side, baseline: Baseline
) -> SideJudgement:
    absent = bench.head_absent if side is Side.HEAD else bench.base_absent
    if not attempts:
        why = absent or _not_asked(bench, case)
        lost = side is Side.BASE and why.lost
        status = CaseStatus.ERROR if lost else CaseStatus.SKIPPED
        return SideJudgement(status, (), why.reason, why.fault)
    judged = tuple(judge_attempt(bench, case, attempt, side, baseline) for attempt in attempts)
    rule = bench.rule(case)
    regular = [one for one in judged if one.number <= rule.repeats]
    extra = [one for one in judged if one.number > rule.repeats]
    reduced = _reduce(regular, judged, rule.repeats, rule.needed, absent)
    if extra and reduced.status is CaseStatus.PASSED:
        reduced = _reduce(extra, judged, len(extra), rule.needed_of_extra(len(extra)), absent)
    return reduced


def score_of(attempts: Sequence[AttemptJudgement], due: int, needed: int) -> Score:
    """What came of some attempts, of so many of which so many must pass."""
    passed = sum(one.status is CaseStatus.PASSED for one in attempts)
    lost = sum(one.is_loss for one in attempts)
    return Score(passed, lost, len(attempts) - passed - lost, due, needed)


def _reduce(
    counted: Sequence[AttemptJudgement], judged: tuple[AttemptJudgement, ...], due: int,
    needed: int, absent: Absence | None,
) -> SideJudgement:
    """One result from the attempts that count; all of them are kept."""
    result = score_of(counted, due, needed).result
    if result:
        return SideJudgement(CaseStatus.PASSED, judged)
    status = _status(counted, due, lost=result is False)
    if status is CaseStatus.SKIPPED:
        why = absent or Absence(f"asked {len(counted)} of {due} times", Fault.WORLD)
        return SideJudgement(status, judged, why.reason, why.fault)
    deciding = [one for one in counted if one.status is status and (one.is_loss or result is None)]
    worst = next((one for one in deciding if one.reason), None)
    return SideJudgement(status, judged, worst.reason if worst else "",
                         worst.fault if worst else Fault.CHANGE)


def _status(counted: Sequence[AttemptJudgement], due: int, lost: bool) -> CaseStatus:
    """Of what did not pass: the worst of what decided it, or why it is not known."""
    found = {one.status for one in counted if one.is_loss or not lost}
    if lost:
        return CaseStatus.FAILED if CaseStatus.FAILED in found else CaseStatus.ERROR
    if any(one.status is CaseStatus.ERROR and not one.is_loss for one in counted):
        return CaseStatus.ERROR
    return CaseStatus.SKIPPED if len(counted) < due else CaseStatus.UNMEASURED


def _not_asked(bench: Bench, case: Case) -> Absence:
    left_out = bench.asked and case.case_id not in bench.asked
    if left_out or (bench.shard and not bench.shard.holds(case.case_id)):
        return Absence(LEFT_OUT, Fault.WORLD)
    why = f"{bench.spent} was spent" if bench.spent else "the run ended before"
    return Absence(f"not asked: {why}", Fault.WORLD)


def judge_attempt(
    bench: Bench, case: Case, attempt: Attempt, side: Side, baseline: Baseline
) -> AttemptJudgement:
    """One attempt, held to everything its case is held to."""
    answer = read_reply(bench.contracts[side], attempt.reply)
    if isinstance(answer, NoAnswer):
        if side is Side.BASE and bench.base_died and attempt.reply.error:
            reason = f"base's service was ended while it was asked: {bench.base_died}"
            return AttemptJudgement(attempt.number, CaseStatus.ERROR, (), reason, Fault.WORLD)
        return AttemptJudgement(attempt.number, CaseStatus.ERROR, (), answer.reason, answer.fault)
    exchange = Exchange(
        answer=answer,
        total_ms=attempt.timing.total,
        first_token_ms=attempt.timing.first_token,
        own_ms=bench.own_ms,
        sources=bench.sources.get(side, {}),
        baseline=baseline,
        prompt=case.prompt,
        instructions=bench.instructions.get(side, ()),
        testimony=bench.witnesses.on(case, side, attempt.number, answer),
    )
    outcomes = tuple(
        CheckOutcome(str(requirement), run_requirement(requirement, exchange))
        for requirement in (ALWAYS, *case.requirements)
    )
    found = {outcome.finding.status for outcome in outcomes}
    status, reason, fault = CaseStatus.PASSED, "", Fault.CHANGE
    if CheckStatus.BROKEN in found:
        status = CaseStatus.FAILED
    elif CheckStatus.UNMEASURED in found:
        first = next(o for o in outcomes if o.finding.status is CheckStatus.UNMEASURED)
        status, reason, fault = CaseStatus.UNMEASURED, first.finding.got, Fault.WORLD
    judged = AttemptJudgement(attempt.number, status, outcomes, reason, fault,
                              sitting=attempt.sitting)
    return _timed(judged, attempt.timing, answer.tokens, bench.contracts[side].limits)


def _timed(judged: AttemptJudgement, timing: Timing, tokens: int | None, limits: Limits
           ) -> AttemptJudgement:
    """With everything that was timed, held against the declared targets."""
    due = ((limits.latency_target, timing.total), (limits.first_token_target, timing.first_token))
    held = [took is not None and took <= target * 1000 for target, took in due if target]
    speed = tokens / timing.total * 1000 if tokens and timing.total > 0 else None
    return replace(judged, total_ms=timing.total, first_token_ms=timing.first_token,
                   gap_ms=timing.gap, tokens_per_second=speed,
                   in_time=all(held) if held else None)


def _flip(
    rule: Rule, head: SideJudgement, base: SideJudgement | None
) -> tuple[bool, bool]:
    """Whether the case is a regression, and whether it looked like one and was not confirmed."""
    if base is None or base.status is not CaseStatus.PASSED or not head.is_loss:
        return False, False
    extra = [attempt for attempt in head.attempts if attempt.number > rule.repeats]
    again = score_of(extra, len(extra), rule.needed_of_extra(len(extra))).result
    confirmed = not extra or not again
    return confirmed, not confirmed
