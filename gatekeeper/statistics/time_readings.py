"""Readings of times: percentiles, shares, and ratios of head to base, each as an interval. Pure.

What was not measured, what the client itself adds and what a sample leaves open all widen it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from gatekeeper.formats.units import format_duration
from gatekeeper.model import Fault
from gatekeeper.outcome import Doubt, Reading
from gatekeeper.statistics.intervals import highest_rate, lowest_rate
from gatekeeper.statistics.ranks import signed_rank, walsh_average
from gatekeeper.statistics.times import Pairs, Times

_FAR = 1e9
"""Stands for an infinite logarithm, so that means of pairs can be taken."""
_NOTHING_KNOWN = -4 * _FAR
"""And for what may be the least of all: below zero in the mean with any other."""
TOO_NEAR = 100
"""Times the cases: where more than that would be needed, the threshold lies at the value itself."""
_LEAST_MS = 0.001
"""A shorter time is not told from this one."""


def reasons(counted: Counter[Doubt]) -> tuple[Doubt, ...]:
    """Doubts with their numbers: the change's doing first, then the most frequent."""
    ordered = sorted(counted.items(), key=lambda item: (item[0].fault, -item[1], item[0].reason))
    return tuple(Doubt(doubt.fault, f"{n} × {doubt.reason}") for doubt, n in ordered)


def _owed(missing: Counter[Doubt]) -> int:
    return sum(n for doubt, n in missing.items() if doubt.fault is Fault.CHANGE)


def _too_few(timed: Sequence[float], missing: Counter[Doubt], samples: int) -> Reading | None:
    due = len(timed) + missing.total()
    if not timed:
        said = reasons(missing) or (Doubt(Fault.CHANGE, "no attempt was answered"),)
        return Reading(0, math.inf, said)
    if due < samples:
        return Reading(0, math.inf, (Doubt(Fault.WORLD, f"{due} samples, {samples} would decide"),))
    return None


def percentile(
    timed: Sequence[float], missing: Counter[Doubt], share: float, samples: int, own: float = 0.0
) -> Reading:
    """Seconds, from milliseconds. `own` is what the client may have added: the service was at most
    so much quicker."""
    if few := _too_few(timed, missing, samples):
        return few
    # The service's own silence lasts for ever; of an attempt that the world took nothing is
    # known, so it may have been the quickest or the slowest of all.
    owed, lost = _owed(missing), missing.total()
    ordered = sorted(timed)
    rank = max(math.ceil(share * (len(ordered) + lost)) - 1, 0)
    low = ([0.0] * (lost - owed) + ordered + [math.inf] * owed)[rank]
    high = (ordered + [math.inf] * lost)[rank]
    detail = f"{len(ordered)} samples" + (f", {lost} without an answer" if lost else "")
    doubts = reasons(missing)
    if own and math.isfinite(low):
        took = format_duration(round(own / 1000, 5))
        detail += f", the client's own part up to {took}"
        doubts += (Doubt(Fault.WORLD, f"up to {took} of it is the client's own"),)
        low = max(low - own, 0.0)
    return Reading(low / 1000, high / 1000, doubts, detail)


def middle_speed(values: Sequence[float], missing: Counter[Doubt], samples: int) -> Reading:
    """Median of numbers a second; an answer that the service owes has none."""
    if few := _too_few(values, missing, samples):
        return few
    owed, lost = _owed(missing), missing.total()
    ordered = sorted(values)
    rank = math.ceil((len(ordered) + lost) / 2) - 1
    low = ([0.0] * lost + ordered)[rank]
    high = ([0.0] * owed + ordered + [math.inf] * (lost - owed))[rank]
    return Reading(low, high, reasons(missing), f"{len(ordered)} samples")


def goodput(times: Times) -> Reading:
    """The share of good attempts in per cent, as far as those that were made tell it."""
    unknown = times.unjudged.total()
    due = times.good + times.late_or_wrong + unknown
    if not due:
        return Reading(0, 100, (Doubt(Fault.CHANGE, "no attempt was made"),))
    low, high = lowest_rate(times.good, due), highest_rate(times.good + unknown, due)
    open_ = Doubt(Fault.WORLD, f"{due} attempts leave it between the two")
    return Reading(100 * low, 100 * high, (*reasons(times.unjudged), open_),
                   f"{times.good} of {due} attempts")


def goodput_needs(times: Times, threshold: float, repeats: int) -> str:
    """How many attempts would decide on a threshold in per cent, should their share stay what it
    is."""
    due = times.good + times.late_or_wrong + times.unjudged.total()
    if not due:
        return ""
    share, wanted = times.good / due, threshold / 100

    def decides(attempts: int) -> bool:
        good = round(share * attempts)
        return lowest_rate(good, attempts) >= wanted or highest_rate(good, attempts) < wanted

    most = due * TOO_NEAR
    if share == wanted or not decides(most):
        return "no number of attempts tells a share from one that is so near"
    low, high = due, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if decides(middle) else (middle, high)
    times_more = math.ceil(high * repeats / due)
    return f"about {high} attempts would decide: `eval.repeats: {times_more}`"


def _logarithms(pairs: Pairs, own: float) -> tuple[list[float], list[float]]:
    """Least and greatest logarithm of every case's ratio. The client's own time on both sides
    draws a ratio towards 1."""
    low, high = [], []
    for head, base in zip(pairs.head, pairs.base, strict=True):
        if math.isinf(head):
            low.append(_FAR)
            high.append(_FAR)
            continue
        seen = _log_ratio(head, base)
        without = _log_ratio(head - own, base - own) if min(head, base) > own else None
        low.append(_NOTHING_KNOWN if without is None else min(seen, without))
        high.append(_FAR if without is None else max(seen, without))
    unknown = pairs.unknown.total()
    return low + [_NOTHING_KNOWN] * unknown, high + [_FAR] * unknown


def _log_ratio(head: float, base: float) -> float:
    return math.log(max(head, _LEAST_MS)) - math.log(max(base, _LEAST_MS))


def _bounds(pairs: Pairs, own: float) -> tuple[float, float, float]:
    """Logarithms of the lower end, the middle and the upper end."""
    low, high = _logarithms(pairs, own)
    rank, means = signed_rank(len(low)), len(low) * (len(low) + 1) // 2
    return (walsh_average(low, rank), walsh_average(high, (means + 1) // 2),
            walsh_average(high, means + 1 - rank))


def _ratio_of(logarithm: float) -> float:
    if abs(logarithm) > _FAR / 4:
        return 0.0 if logarithm < 0 else math.inf
    return round(math.exp(logarithm), 6)


def ratio(pairs: Pairs, own: float) -> Reading:
    """Head over base in the middle of the cases: Hodges and Lehmann's estimate, and the exact
    interval of Wilcoxon's signed ranks round it, over logarithms of the cases' ratios."""
    cases = len(pairs.head) + pairs.unknown.total()
    aside = f", {pairs.unanswered} that base does not answer left out" if pairs.unanswered else ""
    if not signed_rank(cases):
        few = Doubt(Fault.WORLD, f"{cases} cases on both sides, 5 would decide{aside}")
        return Reading(0, math.inf, (*reasons(pairs.unknown), few))
    low, middle, high = map(_ratio_of, _bounds(pairs, own))
    owed = sum(map(math.isinf, pairs.head))
    silent = f", {owed} of them without an answer" if owed else ""
    doubts = reasons(pairs.unknown)
    if low != high:
        doubts += (Doubt(Fault.WORLD, f"{cases} cases leave it between the two"),)
    return Reading(low, high, doubts, f"middle {middle:.3g} of {cases} cases{silent}{aside}")


def ratio_needs(pairs: Pairs, threshold: float, repeats: int) -> str:
    """How many cases or repeats would decide, should the ratios scatter as they do: the interval
    narrows with the root of their number."""
    cases = len(pairs.head) + pairs.unknown.total()
    if not signed_rank(cases) or pairs.unknown:
        return ""
    low, middle, high = _bounds(pairs, 0.0)
    distance = math.log(threshold) - middle
    width = high - middle if distance > 0 else middle - low
    if max(abs(low), abs(high)) > _FAR / 4:
        return ""
    more = (width / distance) ** 2 if distance else math.inf
    if more > TOO_NEAR:
        return "no number of cases tells a ratio from one that is so near"
    more = max(more, (cases + 1) / cases)
    return (f"about {math.ceil(cases * more)} cases, or `eval.repeats: "
            f"{math.ceil(repeats * more)}`, would decide")
