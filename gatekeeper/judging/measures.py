"""The closed list of measures: what a gate can speak of.

Each says its domain, which side and cases it speaks of, which direction is tighter and when it is
unmeasured. A reading is an interval (see `model.Reading`): what was not measured widens it, so no
missing case can vanish from a count. docs/measures.md is generated from this table.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

from gatekeeper.judging.measure import Domain, Fact, Facts, Measure, Tighter
from gatekeeper.judging.tally import Tally
from gatekeeper.judging.time_measures import P50_SAMPLES, P95_SAMPLES, P99_SAMPLES, TIME_MEASURES
from gatekeeper.judging.told_measures import CLAIMS, TOLD_MEASURES
from gatekeeper.model import Fault, Risk
from gatekeeper.outcome import UNKNOWN, CaseStatus, Doubt, Reading
from gatekeeper.statistics.loudness import Turn
from gatekeeper.statistics.paired import (
    WHOLE,
    Pairs,
    read_loss,
    still_allows,
    together,
    would_decide,
)
from gatekeeper.statistics.time_readings import reasons

__all__ = ["BLIND_SPOTS", "BROKEN_LINES", "CLAIMS", "CONTRACT_LINES", "MEASURES", "NOT_OF_CASES",
           "P50_SAMPLES", "P95_SAMPLES", "P99_SAMPLES", "Domain", "Fact", "Facts", "Measure",
           "Tighter"]
BLIND_SPOTS = "gate.blind_spots"
BROKEN_LINES = "contract.broken"
CONTRACT_LINES = 5
DRILL_PASSED = "drill.passed"
NOT_OF_CASES = frozenset({BLIND_SPOTS, BROKEN_LINES, CLAIMS})
"""Counts of something else than cases."""


def _fact(get: Callable[[Facts], Fact]) -> Callable[[Facts], Reading]:
    def read(facts: Facts) -> Reading:
        fact = get(facts)
        if fact.holds is None:
            return Reading(0, 1, (Doubt(fact.fault, fact.reason),))
        return Reading(float(fact.holds), float(fact.holds), detail=fact.reason)

    return read


def _merged(doubts: dict[Risk, Counter[Doubt]], risk: Risk | None) -> tuple[Doubt, ...]:
    total: Counter[Doubt] = Counter()
    for one in [risk] if risk else list(Risk):
        total += doubts[one]
    return reasons(total)


def _failures(risk: Risk | None) -> Callable[[Facts], Reading]:
    def read(facts: Facts) -> Reading:
        tally = facts.tally
        cases = tally.total(risk=risk)
        if cases == 0:
            return Reading(0, math.inf, (Doubt(Fault.CHANGE, "no case speaks of it"),))
        failed = tally.total(CaseStatus.FAILED, risk=risk)
        unknown = tally.total(*UNKNOWN, risk=risk)
        doubts = _merged(tally.doubts, risk)
        allows = still_allows(failed + unknown, tally.total(CaseStatus.PASSED, risk=risk))
        return Reading(failed, failed + unknown, doubts, f"{failed} of {cases} cases"
                       + _waived(tally, risk) + (f"; {allows}" if allows else ""))

    return read


def _waived(tally: Tally, risk: Risk | None) -> str:
    waived = tally.total(CaseStatus.WAIVED, risk=risk)
    return f", {waived} waived" if waived else ""


def _new_failures(risk: Risk | None) -> Callable[[Facts], Reading]:
    def read(facts: Facts) -> Reading:
        if facts.baseline.holds is None:
            return Reading(0, math.inf, (Doubt(facts.baseline.fault, facts.baseline.reason),))
        tally = facts.tally
        cases = tally.total(risk=risk)
        if cases == 0:
            return Reading(0, math.inf, (Doubt(Fault.CHANGE, "no case speaks of it"),))
        risks = [risk] if risk else list(Risk)
        new = sum(tally.new_failures[one] for one in risks)
        unknown = sum(tally.undecided_pairs[one] for one in risks)
        doubts = _merged(tally.pair_doubts, risk)
        return Reading(new, new + unknown, doubts, f"{new} of {cases} cases")

    return read


def _errors(facts: Facts) -> Reading:
    tally = facts.tally
    errors, skipped = tally.total(CaseStatus.ERROR), tally.total(CaseStatus.SKIPPED)
    doubts = _merged(tally.doubts, None) if skipped else ()
    return Reading(errors, errors + skipped, doubts, f"{errors} of {tally.total()} cases")


def _regressions(facts: Facts) -> Reading:
    tally = facts.tally
    if facts.baseline.holds is None:
        return Reading(0, math.inf, (Doubt(facts.baseline.fault, facts.baseline.reason),))
    unknown = sum(tally.undecided_pairs.values())
    detail = f"{tally.regressions} of {tally.compared} cases that base passes"
    if facts.baseline.reason:
        detail = f"0 of 0: {facts.baseline.reason}"
    return Reading(tally.regressions, tally.regressions + unknown,
                   _merged(tally.pair_doubts, None), detail)


def _pairs(tally: Tally, risk: Risk | None) -> Pairs:
    return together(tally.pairs[one] for one in ([risk] if risk else list(Risk)))


def _loss(risk: Risk | None) -> Callable[[Facts], Reading]:
    def read(facts: Facts) -> Reading:
        baseline, pairs = facts.baseline, _pairs(facts.tally, risk)
        if baseline.holds is None:
            return Reading(-WHOLE, WHOLE, (Doubt(baseline.fault, baseline.reason),))
        if baseline.reason:
            return Reading(0, 0, detail=f"0 of 0: {baseline.reason}")
        if not pairs.decided and not pairs.doubts:
            return Reading(-WHOLE, WHOLE, (Doubt(Fault.CHANGE, "no case speaks of it"),))
        return read_loss(pairs)

    return read


def _losses() -> list[Measure]:
    doc = "Share of cases that base passes and head does not, less the reverse"
    return [
        Measure(f"loss.{risk}" if risk else "loss", Domain.RATE, Tighter.LOWER, "pair",
                f"{doc}, of risk {risk}." if risk else f"{doc}; an exact interval, each side of "
                "which holds at 95%.", "base could not be measured, or too few cases were asked",
                _loss(risk), risk, turn=Turn.LOST,
                would_decide=lambda facts, margin, risk=risk: would_decide(  # type: ignore[misc]
                    _pairs(facts.tally, risk), margin))
        for risk in (None, *Risk)
    ]


def _cases(facts: Facts) -> Reading:
    answered = facts.tally.answered
    return Reading(answered, answered, detail=f"{answered} of {facts.tally.total()} answered")


def _written(facts: Facts) -> Reading:
    count = facts.told.written
    return _cases(facts) if count is None else Reading(count, count, detail=f"{count} written")


def _blind_spots(facts: Facts) -> Reading:
    nobody_looked = Doubt(Fault.WORLD, "nobody looked for them")
    return facts.blind_spots or Reading(0, math.inf, (nobody_looked,))


def _broken_lines(facts: Facts) -> Reading:
    nobody_probed = Doubt(Fault.WORLD, "the contract was not probed")
    return facts.broken or Reading(0, CONTRACT_LINES, (nobody_probed,))


def _counting(
    name: str, read: Callable[[Risk | None], Callable[[Facts], Reading]], side: str, doc: str,
    unmeasured: str, turn: Turn,
) -> list[Measure]:
    return [
        Measure(f"{name}.{risk}" if risk else name, Domain.COUNT, Tighter.LOWER, side,
                f"{doc}, of risk {risk}." if risk else f"{doc}.", unmeasured, read(risk), risk,
                turn=turn)
        for risk in (None, *Risk)
    ]


_ALL = [
    Measure("contract.complete", Domain.FACT, Tighter.TRUE, "head",
            "All five lines of the contract are declared, and none was seen broken.", "never",
            _fact(lambda facts: facts.contract)),
    Measure("contract.proven", Domain.FACT, Tighter.TRUE, "head",
            "All five lines of the contract are proven: by probes, and by the stop.",
            "the contract was not probed", _fact(lambda facts: facts.proven)),
    Measure(BROKEN_LINES, Domain.COUNT, Tighter.LOWER, "head",
            "Lines of the contract that a probe, or what is left after the stop, contradicts.",
            "the contract was not probed", _broken_lines),
    Measure("endpoint.protected", Domain.FACT, Tighter.TRUE, "head",
            "Where `contract.auth` is declared, a caller without its key is refused; else nobody "
            "but this machine reaches the service.", "it was not looked at, as with `--url`, or "
            "the service runs as a process and listens on every address",
            _fact(lambda facts: facts.protected)),
    Measure("smoke.passed", Domain.FACT, Tighter.TRUE, "head",
            "The service is healthy and answers one request on the contract's endpoint.",
            "the service was not started", _fact(lambda facts: facts.smoke)),
    Measure("identity.proven", Domain.FACT, Tighter.TRUE, "head",
            "The service says of itself what its tree says, everywhere that `service.identity` "
            "names. What it says otherwise blocks whether or not a gate asks.",
            "the service was not started", _fact(lambda facts: facts.identity),
            needs="service.identity"),
    *_counting("failures", _failures, "head", "Cases with a wrong answer",
               "a case has no answer, was not asked, or is held to nothing", Turn.FAILS),
    *_counting("new_failures", _new_failures, "pair",
               "Cases that head fails or does not answer and base passes or does not have",
               "base could not be measured", Turn.NEW),
    Measure("errors", Domain.COUNT, Tighter.LOWER, "head", "Cases with no answer.",
            "a case was not asked", _errors),
    Measure("regressions", Domain.COUNT, Tighter.LOWER, "pair",
            "Cases that base passes in all its attempts and head does not pass, confirmed by "
            "extra paired attempts. On a first adoption 0 of 0.",
            "base could not be measured, or a case was not asked", _regressions,
            turn=Turn.FLIPS),
    *_losses(),
    Measure("change.effective", Domain.FACT, Tighter.TRUE, "pair",
            "Where a change of model, quantization, prompt, adapter or decoding is claimed, a "
            "reply shows it, to a case or to a sentinel. Yes where none is claimed.",
            "base could not be measured, or the service answers one question in more than one way",
            _fact(lambda facts: facts.effective)),
    Measure("cases.count", Domain.COUNT, Tighter.HIGHER, "head",
            "Cases that were answered, without those the change adds. For `gatekeeper gate`, "
            "before there is a run: cases that are written.", "never", _written),
    Measure(BLIND_SPOTS, Domain.COUNT, Tighter.LOWER, "head",
            "Canned bad services, made of this run's good replies, that nothing would catch; see "
            "`gatekeeper prove`.", "no case has a good reply to start from", _blind_spots),
    *TIME_MEASURES,
    Measure("shutdown.proven", Domain.FACT, Tighter.TRUE, "head",
            "After the stop the process or container, its network and its port are gone. For "
            "`gatekeeper gate`: of the last GPU run, if there was one.",
            "the service was not started by gatekeeper", _fact(lambda facts: facts.shutdown)),
    Measure(DRILL_PASSED, Domain.FACT, Tighter.TRUE, "pair",
            "Every failure of `drill` was noticed in time by whoever asks the service, the "
            "fallback came up, and the rollback to base came up and passes the cases that base "
            "passes.",
            "a failure could not be brought about, or there is nothing to recover to",
            _fact(lambda facts: facts.drill), needs="drill"),
    Measure("stop.clean", Domain.FACT, Tighter.TRUE, "head",
            "The service ends within its grace time of SIGTERM, with exit code 0 or 143, and "
            "answers or refuses every request that is in flight then.",
            "the service was not started by gatekeeper", _fact(lambda facts: facts.clean)),
    *TOLD_MEASURES,
]

MEASURES: dict[str, Measure] = {measure.name: measure for measure in _ALL}
"""name -> measure; the order is that of the documentation."""
