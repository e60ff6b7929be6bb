"""Every case of a policy judged from its attempts and folded into counts. Pure: it is handed the
attempts, of a pack or of a service that never was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from gatekeeper.judging.case_judging import LEFT_OUT, Bench, judge_case
from gatekeeper.judging.tally import Tally
from gatekeeper.model import Attempt, Case, Side
from gatekeeper.outcome import CaseJudgement, CaseStatus
from gatekeeper.policy.resolve import Policy
from gatekeeper.policy.waivers import waiver_of


class Attempts(Protocol):
    """Where the attempts come from."""

    def of(self, case_id: str, side: Side) -> tuple[Attempt, ...]:
        """All attempts of a case on a side."""


@dataclass(slots=True)
class Counted:
    """What the cases came to."""

    tally: Tally = field(default_factory=Tally)
    whole: Tally = field(default_factory=lambda: Tally(whole=True))
    """With the cases that head adds counted everywhere."""
    failing: list[CaseJudgement] = field(default_factory=list)
    """Did not pass on head; those that were left out are not among them."""
    flaky: list[CaseJudgement] = field(default_factory=list)


Tried = Mapping[Side, tuple[Attempt, ...]]
"""One case's attempts."""
Note = Callable[[CaseJudgement, Tried], None]
"""Is given every case as it is judged, with what it was judged by."""
Benches = Callable[[Case], Bench]
"""What a case is judged with: that of the run, or of the shard, that asked it."""


def judged_cases(
    bench_for: Benches, cases: Iterable[Case], attempts: Attempts
) -> Iterator[CaseJudgement]:
    """Every case, one at a time, before any waiver."""
    for case in cases:
        yield _judged(bench_for(case), case, tried(case, attempts))


def tried(case: Case, attempts: Attempts) -> Tried:
    """A case's attempts on both sides."""
    return {side: attempts.of(case.case_id, side) for side in Side}


def _judged(bench: Bench, case: Case, attempts: Tried) -> CaseJudgement:
    return judge_case(bench, case, attempts[Side.HEAD], attempts[Side.BASE])


def with_waiver(case: CaseJudgement, policy: Policy, day: str) -> CaseJudgement:
    """The case with the waiver that is in force for it on a day, if there is one."""
    waiver = waiver_of(policy.manifest.waivers, case.case, day)
    if waiver is None or case.head.status is CaseStatus.UNVERIFIED:
        return case  # nothing was held against it that a waiver could excuse
    return replace(case, waived=f"until {waiver.expires}, by {waiver.owner}: {waiver.reason}")


def count(
    bench_for: Benches, policy: Policy, attempts: Attempts, day: str,
    note: Note = lambda case, attempts: None,
) -> Counted:
    """Judge every case of a policy as of a day."""
    counted = Counted()
    for one in policy.cases:
        bench, of_case = bench_for(one), tried(one, attempts)
        case = with_waiver(_judged(bench, one, of_case), policy, day)
        repeats = bench.rule(one).repeats
        counted.tally.add(case, repeats)
        counted.whole.add(case, repeats)
        note(case, of_case)
        if case.head.status is not CaseStatus.PASSED and case.head.reason != LEFT_OUT:
            counted.failing.append(case)
        if case.is_flaky:
            counted.flaky.append(case)
    return counted
