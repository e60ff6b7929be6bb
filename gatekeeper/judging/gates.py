"""Gates over readings. Pure, and fail closed:

1. A condition holds only when every value the measure may have satisfies it.
2. It is closed when none does, or when what is unknown is owed by the change.
3. Otherwise it is undecided.
4. A gate is closed by one closed condition, else undecided by one undecided one, else open.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from gatekeeper.formats.units import format_duration
from gatekeeper.judging.conditions import Condition
from gatekeeper.judging.measures import MEASURES, Domain, Facts, Measure
from gatekeeper.manifest.types import Gate
from gatekeeper.model import Fault
from gatekeeper.outcome import ConditionResult, GateResult, GateState, Reading
from gatekeeper.statistics.loudness import Turn, allowed_losses, how_loud, in_words
from gatekeeper.statistics.paired import WHOLE

MAX_DOUBTS = 3
"""Reasons named for what was not measured; each stands in the failure table too."""


def _value(value: float, domain: Domain) -> str:
    if domain is Domain.FACT:
        return "yes" if value else "no"
    if math.isinf(value):
        return "unknown"
    if domain is Domain.DURATION:
        return format_duration(round(value, 6))
    if domain is Domain.RATE:
        return f"{value:.2f}".rstrip("0").rstrip(".") + "%"
    if domain is Domain.SPEED:
        return f"{value:.3g}/s"
    return f"{value:.3g}" if domain is Domain.RATIO else f"{value:g}"


def show_reading(name: str, reading: Reading) -> str:
    """A reading as a person reads it: `0`, `2 to 5`, `not measured`."""
    domain = MEASURES[name].domain
    if math.isinf(reading.low):
        shown = "without end"
    elif reading.low == reading.high:
        shown = _value(reading.low, domain)
    elif (domain is Domain.FACT or math.isinf(reading.high)
          or (domain is Domain.RATE and reading.high - reading.low == 2 * WHOLE)):
        shown = "not measured"
    else:
        ends = dict.fromkeys((_value(reading.low, domain), _value(reading.high, domain)))
        shown = " to ".join(ends)
    return f"{shown} ({reading.detail})" if reading.detail else shown


def judge_condition(
    condition: Condition, reading: Reading, settling: str = ""
) -> ConditionResult:
    """One condition against one reading; `settling` says what more would decide it."""
    shown = show_reading(condition.measure, reading)
    low, high = condition.holds(reading.low), condition.holds(reading.high)
    if math.isnan(reading.low) or math.isnan(reading.high):
        return ConditionResult(condition.words, shown, GateState.UNDECIDED, "not a number")
    if low and high:
        return ConditionResult(condition.words, shown, GateState.OPEN)
    doubts = "; ".join(doubt.reason for doubt in reading.doubts[:MAX_DOUBTS])
    if len(reading.doubts) > MAX_DOUBTS:
        doubts += f"; and {len(reading.doubts) - MAX_DOUBTS} more reasons"
    if not low and not high:
        return ConditionResult(condition.words, shown, GateState.CLOSED, doubts)
    owed = any(doubt.fault is Fault.CHANGE for doubt in reading.doubts)
    state = GateState.CLOSED if owed else GateState.UNDECIDED
    reason = "; ".join(filter(None, (doubts or "not measured", settling)))
    return ConditionResult(condition.words, shown, state, reason)


def judge_gate(
    name: str, gate: Gate, events: frozenset[str], facts: Facts, whole: Facts
) -> GateResult:
    """All conditions of a gate; `events` is what could be blocked here: `merge` or `release`, and
    the kinds of change. What the change itself adds to the gate is read over `whole`, in which the
    cases it adds count everywhere."""
    results = tuple(_judged(condition, whole if condition.added else facts)
                    for condition in gate.until)
    states = {result.state for result in results}
    state = next(
        (one for one in (GateState.CLOSED, GateState.UNDECIDED) if one in states), GateState.OPEN
    )
    return GateResult(name, gate.blocks, bool(events & set(gate.blocks)), state, results)


_WORST_FIRST = (GateState.CLOSED, GateState.UNDECIDED, GateState.OPEN)


def _judged(condition: Condition, facts: Facts) -> ConditionResult:
    """Of a merged pack a time is judged on each machine by itself: the worst decides."""
    measure = MEASURES[condition.measure]
    if not (measure.apart and facts.machines):
        return _judged_on_one(condition, measure, facts)
    results = [(name, _judged_on_one(condition, measure, one)) for name, one in facts.machines]
    name, worst = min(results, key=lambda one: _WORST_FIRST.index(one[1].state))
    alike = sum(one.state is worst.state for _, one in results)
    more = f" (and {alike - 1} more of {len(results)} alike)" if alike > 1 else ""
    return replace(worst, measured=f"{worst.measured} in {name}{more}")


def _judged_on_one(condition: Condition, measure: Measure, facts: Facts) -> ConditionResult:
    reading = measure.read(facts)
    result = judge_condition(condition, reading, measure.would_decide(facts, condition.threshold))
    if result.state is GateState.CLOSED and measure.samples:
        # What widens a sample's interval is no reason where all of it is beyond the threshold.
        owed = tuple(one for one in reading.doubts if one.fault is Fault.CHANGE)
        result = judge_condition(condition, replace(reading, doubts=owed))
    return replace(result, loudness=_loudness(condition, measure, facts))


def _loudness(condition: Condition, measure: Measure, facts: Facts) -> str:
    """How often an unchanged service would trip the condition, in words; empty where it is not
    known, or chance has no part in it."""
    if measure.turn is None or facts.habit is None:
        return ""
    tried = {risk: found for risk, found in facts.tally.tried.items()
             if measure.risk in (None, risk)}
    if measure.turn is Turn.LOST:
        cases = sum(found.total() for found in tried.values())
        allowed = allowed_losses(cases, condition.threshold / 100)
    else:
        allowed = math.floor(condition.bound()[0])
    if not any(tried.values()):
        return ""
    return in_words(how_loud(measure.turn, allowed, tried, facts.habit), facts.habit)


def judge_gates(
    gates: Mapping[str, Gate], events: frozenset[str], facts: Facts, whole: Facts | None = None
) -> tuple[GateResult, ...]:
    """Every gate, also those that block nothing here: they are shown, and do not decide."""
    return tuple(judge_gate(name, gate, events, facts, whole or facts)
                 for name, gate in sorted(gates.items()))
