"""The verdict. Every rung is asked, every reason is kept, and the worst conclusion wins:
interrupted, then block, then undecided, then pass. Anything but pass blocks.

 1. The run was interrupted: interrupted.
 2. Nothing that counts changed, and no force: pass, and no other rung is asked.
 3. A judge was replaced and nobody accepted it: block. Whether somebody did cannot be read:
    undecided.
 4. Head's service did not start by its own fault, or ended while it was asked: block. By the
    world's: undecided. It says of itself what its tree does not: block.
 5. A row that nothing executable holds: block.
 6. Evidence that the declared route owes is missing: block. By the world's doing: undecided.
 7. A gate that blocks this event is closed: block. Undecided: undecided.
 8. No gate blocks this event: block, for then nothing was asked of the change.
 9. Nothing was measured: undecided.
10. The run was limited to some of the cases, or to fewer repeats: undecided at best.
11. Otherwise: pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gatekeeper.errors import ExitCode
from gatekeeper.judging.tally import ANSWERED, Tally
from gatekeeper.model import Fault
from gatekeeper.outcome import (
    CaseStatus,
    Conclusion,
    ConditionResult,
    GateResult,
    GateState,
    Reason,
    Verdict,
)

EXIT_CODES = {
    Conclusion.PASS: ExitCode.PASS,
    Conclusion.BLOCK: ExitCode.BLOCK,
    Conclusion.UNDECIDED: ExitCode.UNDECIDED,
    Conclusion.INTERRUPTED: ExitCode.INTERRUPTED,
}
_WORST_FIRST = (Conclusion.INTERRUPTED, Conclusion.BLOCK, Conclusion.UNDECIDED, Conclusion.PASS)


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything the ladder looks at."""

    tally: Tally
    gates: tuple[GateResult, ...]
    interrupted: bool = False
    nothing_changed: bool = False
    """And the run was not forced."""
    unaccepted: tuple[str, ...] = ()
    """Policy that could not be taken from base, in words."""
    unread: str = ""
    """Why it cannot be told whether head's policy was accepted."""
    head_failure: str = ""
    """Why head's service did not start, in one line."""
    head_fault: Fault = Fault.CHANGE
    head_died: str = ""
    """Why head's service ended while it was asked, in one line."""
    differs: tuple[str, ...] = ()
    """What head's service says of itself otherwise than its tree."""
    limited: tuple[str, ...] = ()
    """Why this run can at best be undecided: only some of the cases, fewer repeats."""
    policy_digest: str = ""
    owed: tuple[tuple[Fault, str], ...] = ()
    """What the route owes and is missing, in words, and whose doing that is."""


def _interrupted(situation: Situation) -> Iterator[Reason]:
    if situation.interrupted:
        yield Reason(Conclusion.INTERRUPTED, "the run was interrupted before it was complete")


def _policy(situation: Situation) -> Iterator[Reason]:
    for text in situation.unaccepted:
        yield Reason(Conclusion.BLOCK, text)
    if situation.unread:
        yield Reason(Conclusion.UNDECIDED, "whether head's policy was accepted cannot be told: "
                     f"{situation.unread}")


def _start(situation: Situation) -> Iterator[Reason]:
    if situation.head_failure:
        conclusion = (
            Conclusion.BLOCK if situation.head_fault is Fault.CHANGE else Conclusion.UNDECIDED
        )
        yield Reason(conclusion, f"head's service did not start: {situation.head_failure}")
    if situation.head_died:
        text = f"head's service ended while it was asked: {situation.head_died}"
        yield Reason(Conclusion.BLOCK, text)
    for words in situation.differs:
        yield Reason(Conclusion.BLOCK, f"head's service is not what its tree declares: {words}")


def _unverified(situation: Situation) -> Iterator[Reason]:
    count = situation.tally.total(CaseStatus.UNVERIFIED)
    if count:
        rows = "1 row is" if count == 1 else f"{count} rows are"
        yield Reason(Conclusion.BLOCK, f"{rows} held to nothing executable")


def _owed(situation: Situation) -> Iterator[Reason]:
    for fault, text in situation.owed:
        yield Reason(Conclusion.BLOCK if fault is Fault.CHANGE else Conclusion.UNDECIDED, text)


def said(condition: ConditionResult) -> str:
    """The measured value in a sentence: `measured 2 (2 of 7 cases)`, `not measured`."""
    not_measured = condition.measured.startswith("not measured")
    return condition.measured if not_measured else f"measured {condition.measured}"


def _gates(situation: Situation) -> Iterator[Reason]:
    states = {GateState.CLOSED: Conclusion.BLOCK, GateState.UNDECIDED: Conclusion.UNDECIDED}
    deciding = [gate for gate in situation.gates if gate.decides]
    for gate in deciding:
        for condition in gate.conditions:
            if condition.state in states:
                why = f" ({condition.reason})" if condition.reason else ""
                yield Reason(
                    states[condition.state],
                    f"gate {gate.name} is {condition.state}: {condition.text}, "
                    f"{said(condition)}{why}",
                )
    if not deciding:
        yield Reason(Conclusion.BLOCK, "no gate blocks this event: nothing is asked of the change")


def _measured(situation: Situation) -> Iterator[Reason]:
    tally = situation.tally
    if not tally.total(*ANSWERED):
        yield Reason(Conclusion.UNDECIDED, "no case was answered: nothing was measured")


def _limits(situation: Situation) -> Iterator[Reason]:
    for text in situation.limited:
        yield Reason(Conclusion.UNDECIDED, text)


LADDER: tuple[Callable[[Situation], Iterator[Reason]], ...] = (
    _interrupted,
    _policy,
    _start,
    _unverified,
    _owed,
    _gates,
    _measured,
    _limits,
)


def decide(situation: Situation) -> Verdict:
    """The verdict on one situation."""
    if situation.nothing_changed and not situation.interrupted:
        reasons = (Reason(Conclusion.PASS, "nothing that counts changed; nothing was started"),)
        return Verdict(Conclusion.PASS, reasons, policy_digest=situation.policy_digest)
    found = [reason for rung in LADDER for reason in rung(situation)]
    if not found:
        found = [Reason(Conclusion.PASS, "every gate that blocks this event is open")]
    conclusion = min((reason.conclusion for reason in found), key=_WORST_FIRST.index)
    counts = {
        str(risk): {str(status): n for status, n in sorted(counter.items()) if n}
        for risk, counter in situation.tally.counts.items()
        if sum(counter.values())
    }
    ordered = tuple(sorted(found, key=lambda reason: _WORST_FIRST.index(reason.conclusion)))
    return Verdict(conclusion, ordered, situation.gates, situation.policy_digest, counts)
