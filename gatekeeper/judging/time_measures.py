"""The measures of time. Pure: which reading each is of, and what it needs before it is one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from gatekeeper.judging.measure import Domain, Facts, Measure, Tighter
from gatekeeper.outcome import Doubt, Reading
from gatekeeper.statistics import time_readings as timed
from gatekeeper.statistics.times import Pairs

P50_SAMPLES = 6
"""Fewer cannot bound a median: with 5, min..max misses it 1 time in 16."""
P95_SAMPLES = 59
"""The smallest n with 0.95^n < 0.05: fewer may not hold one sample above the p95 at all."""
P99_SAMPLES = 299
RATIO_CASES = 5
"""Fewer have no interval: with 4, all of them above the middle is 1 time in 16."""


def _percentiles(
    name: str, percents: tuple[int, ...], what: str, needs: str,
    read: Callable[[Facts, float, int], Reading],
) -> list[Measure]:
    words = {50: "Median", 95: "95th percentile", 99: "99th percentile"}
    counts = {50: P50_SAMPLES, 95: P95_SAMPLES, 99: P99_SAMPLES}
    never = ", or replies are not streamed" if needs else ""
    return [
        Measure(f"{name}.p{one}", Domain.DURATION, Tighter.LOWER, "head",
                f"{words[one]} of the {what}; an attempt that the service does not answer takes "
                "for ever.", f"fewer than {counts[one]} attempts{never}",
                partial(_at_percent, read, one, counts[one]), samples=counts[one], needs=needs)
        for one in percents
    ]


def _at_percent(read: Callable[[Facts, float, int], Reading], percent: int, samples: int,
                facts: Facts) -> Reading:
    return read(facts, percent / 100, samples)


def _own(facts: Facts, share: float) -> float:
    """The client's part of a time: half the time no more than its middle, else up to its worst."""
    if facts.overhead is None:
        return 0.0
    return facts.overhead.middle if share <= 0.5 else facts.overhead.worst


def _latencies(facts: Facts, share: float, samples: int) -> Reading:
    tally = facts.tally
    return timed.percentile(tally.latencies, tally.untimed, share, samples, _own(facts, share))


def _first_tokens(facts: Facts, share: float, samples: int) -> Reading:
    first = facts.tally.times.first_tokens
    return timed.percentile(first.values, first.missing, share, samples, _own(facts, share))


def _gaps(facts: Facts, share: float, samples: int) -> Reading:
    gaps = facts.tally.times.gaps
    return timed.percentile(gaps.values, gaps.missing, share, samples)


def _speeds(facts: Facts) -> Reading:
    speeds = facts.tally.times.speeds
    return timed.middle_speed(speeds.values, speeds.missing, P50_SAMPLES)


def _ratios(name: str, what: str, needs: str) -> list[Measure]:
    def pairs(facts: Facts) -> Pairs:
        return facts.tally.times.latency if name == "latency" else facts.tally.times.first_token

    def read(facts: Facts) -> Reading:
        for fact in (facts.baseline, facts.same_run):
            if fact.holds is None:
                return Reading(0, math.inf, (Doubt(fact.fault, fact.reason),))
        if facts.baseline.reason:
            return Reading(0, 0, detail=f"0 of 0 cases: {facts.baseline.reason}")
        return timed.ratio(pairs(facts), _own(facts, 0.5))

    def needs_more(facts: Facts, threshold: float) -> str:
        return timed.ratio_needs(pairs(facts), threshold, facts.repeats)

    return [Measure(
        f"{name}.ratio", Domain.RATIO, Tighter.LOWER, "pair",
        f"Head's {what} over base's: the middle of the cases' ratios of medians, as an interval by "
        "signed ranks. On a first adoption 0 of 0.",
        f"base could not be measured in the same run, or fewer than {RATIO_CASES} cases have both "
        "times", read, samples=RATIO_CASES, cases=RATIO_CASES, needs=needs,
        would_decide=needs_more)]


_ALL = (
    *_percentiles("latency", (50, 95, 99), "time to the last byte", "", _latencies),
    *_percentiles("ttft", (50, 95, 99), "time to the first text of a stream",
                  "contract.stream", _first_tokens),
    *_percentiles("inter_token", (50, 95), "mean time between the pieces of a streamed answer; one "
                  "that comes in one piece is left out", "contract.stream", _gaps),
    Measure("tokens_per_second.p50", Domain.SPEED, Tighter.HIGHER, "head",
            "Median of the tokens of an answer, by the service's own count, over the time to its "
            "last byte.", "the service does not say how many tokens it made, or fewer than "
            f"{P50_SAMPLES} attempts", _speeds, samples=P50_SAMPLES,
            needs="contract.response_shape.tokens"),
    Measure("goodput", Domain.RATE, Tighter.HIGHER, "head",
            "Share of attempts that pass and keep every target the contract declares; an exact "
            "interval for what was seen. `>= 95%` needs 59 attempts, `>= 99%` 299.", "never",
            lambda facts: timed.goodput(facts.tally.times), samples=1,
            needs="contract.limits.latency_target",
            would_decide=lambda facts, share: timed.goodput_needs(facts.tally.times, share,
                                                                  facts.repeats)),
    *_ratios("latency", "time to the last byte", ""),
    *_ratios("ttft", "time to the first text of a stream", "contract.stream"),
)


def _on_one_machine(measure: Measure) -> Measure:
    """Read only where all times of a run were taken on one machine."""

    def read(facts: Facts) -> Reading:
        machine = facts.same_machine
        if machine.holds is None:
            return Reading(0, math.inf, (Doubt(machine.fault, machine.reason),))
        return measure.read(facts)

    return replace(measure, read=read, apart=True)


TIME_MEASURES = tuple(map(_on_one_machine, _ALL))
