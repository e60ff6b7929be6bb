"""The grammar of a condition: `measure`, or `measure OP number[unit]`. There is no more to it.

A condition that can never close, can never open, or would be helped by more failures is refused
here, before anything starts.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gatekeeper.formats.spelling import nearest
from gatekeeper.formats.units import LONGEST, parse_duration
from gatekeeper.judging.measures import (
    BROKEN_LINES,
    CONTRACT_LINES,
    MEASURES,
    Domain,
    Measure,
    Tighter,
)
from gatekeeper.manifest.document import Place
from gatekeeper.manifest.readers import Complaints
from gatekeeper.manifest.shapes import Shape

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_ALLOWED = {Tighter.LOWER: ("==", "<=", "<"), Tighter.HIGHER: (">=", ">"), Tighter.TRUE: ("==",)}
ADDED = " (added by this change)"
_EXAMPLES = {(Domain.DURATION, Tighter.LOWER): "500ms", (Domain.RATE, Tighter.LOWER): "2%",
             (Domain.RATE, Tighter.HIGHER): "95%", (Domain.RATIO, Tighter.LOWER): "1.2",
             (Domain.SPEED, Tighter.HIGHER): "20"}
_CONDITION = re.compile(r"([\w.]+)(?:\s*(==|<=|>=|<|>|=|!=)\s*(\S+))?")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a gate, with where it stands for complaints that come later."""

    measure: str
    operator: str
    """`==` with threshold 1 for a fact."""
    threshold: float
    """A count, seconds, percentage points, or a ratio."""
    text: str
    """As written."""
    place: Place
    added: bool = False
    """The change under judgement brings it; it counts at once."""

    @property
    def words(self) -> str:
        """The condition as a report shows it."""
        return self.text + (ADDED if self.added else "")

    def holds(self, value: float) -> bool:
        """Whether a measured value satisfies the condition; never for NaN."""
        return OPERATORS[self.operator](value, self.threshold)

    def implies(self, other: Condition) -> bool:
        """Whether whatever satisfies this one satisfies the other too: it asks for as much."""
        wider = MEASURES[self.measure].domain is Domain.COUNT and \
            MEASURES[self.measure].tighter is Tighter.LOWER and \
            MEASURES[other.measure].tighter is Tighter.LOWER and \
            other.measure.startswith(f"{self.measure}.")  # all failures are no fewer than a risk's
        if self.measure != other.measure and not wider:
            return False
        (bound, strict), (others, others_strict) = self.bound(), other.bound()
        if MEASURES[self.measure].tighter is Tighter.HIGHER:
            bound, others = -bound, -others
        return bound < others or (bound == others and (strict or not others_strict))

    def bound(self) -> tuple[float, bool]:
        """The threshold, and whether it is left out itself; counts are whole: `< 1` is `<= 0`."""
        strict = self.operator in ("<", ">")
        if MEASURES[self.measure].domain is not Domain.COUNT:
            return self.threshold, strict
        lower = MEASURES[self.measure].tighter is Tighter.LOWER
        bound = math.floor(self.threshold) if lower else math.ceil(self.threshold)
        if strict and bound == self.threshold:
            bound += -1 if lower else 1
        return bound, False


def without_implied(conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    """Those that ask for something no other one asks for already; of equals the first."""
    return tuple(one for i, one in enumerate(conditions)
                 if not any(other.implies(one) and (j < i or not one.implies(other))
                            for j, other in enumerate(conditions) if j != i))


def condition_shape() -> Shape:
    """What a condition may be, for editors."""
    facts = [name for name, one in MEASURES.items() if one.domain is Domain.FACT]
    return {"anyOf": [{"enum": facts},
                      {"type": "string", "pattern": r"^\s*[a-z0-9_.]+\s*(==|<=|>=|<|>)\s*\S+\s*$",
                       "examples": ["failures == 0", "regressions == 0", "loss <= 2%"]}]}


def read_condition(text: str, place: Place, complaints: Complaints) -> Any:
    """A `Condition`, or `WRONG` after saying why."""
    match = _CONDITION.fullmatch(text.strip())
    if match is None:
        return complaints.at(place, f"`{text}` is not a condition",
                             "write `measure` or `measure OP number`, for instance "
                             "`failures.format == 0`")
    name, sign, number = match[1], match[2], match[3]
    measure = MEASURES.get(name)
    if measure is None:
        return complaints.at(place, f"unknown measure `{name}`", nearest(name, MEASURES))
    if measure.domain is Domain.FACT:
        if sign:
            return complaints.at(place, f"`{name}` is a fact and takes no number",
                                 f"write just `{name}`")
        return Condition(name, "==", 1, text.strip(), place)
    return _comparison(measure, sign, number, text.strip(), place, complaints)


def _comparison(
    measure: Measure, sign: str | None, number: str, text: str, place: Place, complaints: Complaints
) -> Any:
    allowed = _ALLOWED[measure.tighter]
    if measure.domain is Domain.RATE and measure.tighter is Tighter.LOWER:
        allowed = ("<=", "<")
    example = _EXAMPLES.get((measure.domain, measure.tighter), "0")
    if sign is None:
        return complaints.at(place, f"`{measure.name}` needs a threshold",
                             f"write for instance `{measure.name} {allowed[-2]} {example}`")
    if sign not in allowed:
        return complaints.at(place, f"`{sign}` does not fit `{measure.name}`, of which "
                             f"{measure.tighter} is tighter", f"use one of {', '.join(allowed)}")
    try:
        threshold = _READERS.get(measure.domain, float)(number)
    except ValueError as error:
        unit = str(error) if measure.domain in _READERS else f"`{number}` is not a number"
        return complaints.at(place, unit)
    condition = Condition(measure.name, sign, threshold, text, place)
    fault = _useless(measure, condition)
    return complaints.at(place, f"`{text}` {fault[0]}", fault[1]) if fault else condition


def _percent(text: str) -> float:
    number = re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?)%", text)
    if number is None:
        raise ValueError(f"`{text}` is not a share; write for instance 2%")
    return float(number[1])


_READERS: dict[Domain, Callable[[str], float]] = {
    Domain.DURATION: parse_duration, Domain.RATE: _percent}


def _useless(measure: Measure, condition: Condition) -> tuple[str, str] | None:
    """Why a well-formed condition says nothing, with what to write; None when it is useful."""
    if not math.isfinite(condition.threshold):
        return "compares with no number", "write a number"
    if measure.tighter is Tighter.LOWER:
        if condition.operator == "==" and condition.threshold != 0:
            number = condition.text.partition("==")[2].strip()
            return "would close when there are fewer", f"write `<= {number}`"
        if measure.domain is Domain.DURATION and condition.threshold > LONGEST:
            return "can never close", "no reply is waited for longer than 24h"
        if measure.domain is Domain.RATE and condition.threshold == 0:
            return "can never open: no number of cases proves that nothing is lost", \
                "write `regressions == 0`"
        if measure.domain is Domain.RATE and condition.holds(100):
            return "can never close", "the most there can be is 100%"
        if not condition.holds(0):
            return "can never open", "the least there can be is 0"
        if measure.name == BROKEN_LINES and condition.holds(CONTRACT_LINES):
            return "can never close", f"a contract has {CONTRACT_LINES} lines"
        if measure.domain in (Domain.RATIO, Domain.DURATION) and condition.threshold <= 0:
            return "can never open", "everything takes time"
    if measure.tighter is Tighter.HIGHER and condition.holds(0):
        return "can never close", "the least there can be is 0"
    if (measure.domain is Domain.RATE and measure.tighter is Tighter.HIGHER
            and condition.threshold >= 100):
        return "can never open", "no number of attempts proves that all are good; write for " \
            "instance `>= 95%`"
    return None
