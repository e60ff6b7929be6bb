"""What a measure is, and what it reads. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gatekeeper.judging.tally import Tally
from gatekeeper.model import Fault, Overhead, Risk
from gatekeeper.outcome import Reading
from gatekeeper.statistics.loudness import Habit, Turn


class Domain(StrEnum):
    """What kind of value a measure has."""

    FACT = "fact"
    COUNT = "count"
    DURATION = "duration"
    RATE = "rate"
    """A share, in percentage points."""
    RATIO = "ratio"
    """Head's value over base's."""
    SPEED = "per second"


class Tighter(StrEnum):
    """The direction in which a threshold asks for more."""

    TRUE = "true"
    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True)
class Fact:
    """A yes or no about the service with why it is not yes."""

    holds: bool | None
    """None: not measured."""
    reason: str = ""
    fault: Fault = Fault.CHANGE


def in_all(named: Sequence[tuple[str, Fact]]) -> Fact:
    """What has to hold in every part of a run, by name: false where it is in one, unknown where it
    is in one, and then by the change's doing if it is anywhere."""
    if len(named) == 1 and not named[0][0]:
        return named[0][1]
    for holds in (False, None):
        found = [(name, fact) for name, fact in named if fact.holds is holds]
        found.sort(key=lambda one: one[1].fault is not Fault.CHANGE)
        if found:
            name, fact = found[0]
            more = f" (and in {len(found) - 1} more)" if len(found) > 1 else ""
            return replace(fact, reason=f"{name}: {fact.reason}{more}")
    reasons = {fact.reason for _, fact in named}
    return replace(named[0][1], reason=reasons.pop() if len(reasons) == 1 else "")


NOBODY_LOOKED = Fact(None, "nobody looked", Fault.WORLD)


@dataclass(frozen=True, slots=True)
class ToldFacts:
    """What the service's files tell of it, and what earlier runs do."""

    route: Fact = NOBODY_LOOKED
    """All that the route owes is there."""
    claims: Reading | None = None
    """Claims outside the route."""
    runbook: Fact = NOBODY_LOOKED
    """The README has a runbook's sections."""
    stop_time: Fact = NOBODY_LOOKED
    """It is written when the machine is shut down."""
    tried: Mapping[str, Fact] = field(default_factory=dict)
    """What was tried -> whether it was changed while cases kept failing."""
    repeated: Reading | None = None
    """Cases that kept failing."""
    written: int | None = None
    """Cases that are written, where no run is judged; else None."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the measures read."""

    tally: Tally
    contract: Fact
    smoke: Fact
    shutdown: Fact
    baseline: Fact
    """Whether head could be compared with base; holds on adoption, with 0 of 0 compared."""
    blind_spots: Reading | None = None
    """Bad services that no case and no gate would catch; looked for where a gate asks."""
    habit: Habit | None = None
    """How the cases were asked; None where it does not matter how loud a gate is."""
    same_run: Fact = Fact(True)
    """Whether base's times were taken in the same run: on the same machine, by turns."""
    identity: Fact = Fact(True)
    """Whether head's service says of itself what its tree says."""
    effective: Fact = Fact(True)
    """Whether a change shows that should show in replies."""
    clean: Fact = Fact(True)
    """Whether head's service ended by itself and left no caller without an answer."""
    same_machine: Fact = Fact(True)
    """Whether all times of a run were taken on one machine: one that was cut off may be resumed on
    another."""
    machines: tuple[tuple[str, Facts], ...] = ()
    """Of a merged pack: what each shard measured, by name. Times are read on each by itself."""
    overhead: Overhead | None = None
    """What the client adds to a time; None where that was not measured."""
    repeats: int = 1
    proven: Fact = Fact(None, "the contract was not probed", Fault.WORLD)
    protected: Fact = Fact(None, "the endpoint was not looked at", Fault.WORLD)
    broken: Reading | None = None
    """Lines of the contract that something contradicts; None where nobody probed."""
    drill: Fact = Fact(None, "no drill was run", Fault.WORLD)
    """Whether every failure that is drilled was noticed and recovered from."""
    told: ToldFacts = ToldFacts()


@dataclass(frozen=True, slots=True)
class Measure:
    """One entry of the closed list."""

    name: str
    domain: Domain
    tighter: Tighter
    side: str
    """`head`, or `pair` for head held against base."""
    doc: str
    unmeasured: str
    """When it is unmeasured, in words."""
    read: Callable[[Facts], Reading]
    risk: Risk | None = None
    """The risk whose cases it counts; None for all."""
    samples: int = 0
    """Answered attempts it needs before it is measured."""
    cases: int = 0
    """Cases it needs on both sides before it is measured."""
    apart: bool = False
    """It is read on each machine by itself, and must hold on each."""
    needs: str = ""
    """Manifest key without which it is never measured."""
    turn: Turn | None = None
    """What turns a case red for it, where chance can."""
    would_decide: Callable[[Facts, float], str] = lambda facts, threshold: ""
    """What would decide against a threshold that the reading leaves undecided, in words."""
