"""The failure table as rows: what did not pass on head, why, and since when. Never an average."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gatekeeper.judging.case_judging import LACKS
from gatekeeper.model import Risk
from gatekeeper.outcome import (
    AttemptJudgement,
    CaseJudgement,
    CaseStatus,
    CheckStatus,
    SideJudgement,
)

_EXPECTED = {
    CaseStatus.ERROR: "an answer",
    CaseStatus.SKIPPED: "to be asked",
    CaseStatus.UNVERIFIED: "a check that can be executed",
}
_PASS_WORDS = {
    CaseStatus.PASSED: "yes",
    CaseStatus.FAILED: "no",
    CaseStatus.ERROR: "error",
    CaseStatus.SKIPPED: "not asked",
    CaseStatus.UNMEASURED: "undecided",
    CaseStatus.UNVERIFIED: "unverified",
    CaseStatus.WAIVED: "waived",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the failure table. Texts are raw: every renderer neutralises its own."""

    risk: Risk
    case_id: str
    expected: str
    got: str
    since: str
    """`new`, `also on base`, `no baseline`, `waived until …`; `–` where head is not known to
    fail."""
    again: str
    """Case id for the command that runs it alone; empty for collapsed rows."""


def _broken(judged: AttemptJudgement) -> list[tuple[str, str, str]]:
    wanted = (CheckStatus.BROKEN,)
    if judged.status is CaseStatus.UNMEASURED:
        wanted = (CheckStatus.UNMEASURED,)
    return [
        (outcome.check, outcome.finding.expected, outcome.finding.got)
        for outcome in judged.outcomes
        if outcome.finding.status in wanted
    ]


def expected_and_got(side: SideJudgement) -> tuple[str, str]:
    """What the first attempt that decided was held to, and what came."""
    if side.status not in (CaseStatus.FAILED, CaseStatus.UNMEASURED):
        word = {CaseStatus.ERROR: "no answer: ", CaseStatus.SKIPPED: ""}.get(side.status, "")
        return _EXPECTED.get(side.status, ""), word + side.reason
    deciding = [attempt for attempt in side.attempts if attempt.status is side.status]
    broken = _broken(deciding[0])
    _, expected, got = broken[0]
    if len(broken) > 1:
        got += f" (and {', '.join(check for check, _, _ in broken[1:])})"
    if len(side.attempts) > 1:
        got += f" ({len(deciding)} of {len(side.attempts)} attempts)"
    return expected, got


def what_came(case: CaseJudgement) -> tuple[str, str]:
    """Expected and got of a case, with where to look first."""
    expected, got = expected_and_got(case.head)
    if case.outdated:
        got += f"; the expectation may be outdated: source {case.outdated} changed"
    return expected, got


def since(case: CaseJudgement) -> str:
    """Whether base did the same."""
    base = case.base
    if case.waived:
        return f"waived {case.waived.partition(',')[0]}"
    if case.head.is_unknown:
        return "–"
    if case.case.head_only and base is None:
        return LACKS
    if case.case.added and base is not None and base.status is not CaseStatus.PASSED:
        return "added, fails on base too"
    if base is None or base.is_unknown:
        return "no baseline"
    if base.status is CaseStatus.PASSED:
        return "new (not confirmed: flaky)" if case.unconfirmed else "new"
    return "also on base"


def make_rows(failing: Iterable[CaseJudgement]) -> tuple[Row, ...]:
    """The table, by risk and then in the order of the cases; cases that were not asked for one and
    the same reason share a row."""
    order = list(Risk)
    rows = sorted(_rows(list(failing)), key=lambda row: order.index(row.risk))
    return tuple(rows)


def _rows(failing: list[CaseJudgement]) -> Iterator[Row]:
    skipped: dict[tuple[Risk, str], list[CaseJudgement]] = {}
    for case in failing:
        if case.head.status is CaseStatus.SKIPPED:
            skipped.setdefault((case.case.risk, case.head.reason), []).append(case)
        else:
            yield _row(case)
    for (risk, reason), cases in skipped.items():
        name = f"{len(cases)} cases" if len(cases) > 1 else cases[0].case.case_id
        why = reason.removeprefix("not asked: ")
        yield Row(risk, name, _EXPECTED[CaseStatus.SKIPPED], f"not asked: {why}", "–", "")


def _row(case: CaseJudgement) -> Row:
    expected, got = what_came(case)
    return Row(case.case.risk, case.case.case_id, expected, got, since(case), case.case.case_id)


def flaky_words(case: CaseJudgement) -> str:
    """How often a flaky case passed: `format_01: head 2 of 3 attempts, base 3 of 3`."""
    sides = [f"{name} {side.passes} of {len(side.attempts)}"
             for name, side in (("head", case.head), ("base", case.base))
             if side is not None and side.attempts]
    return f"{case.case.case_id}: {', '.join(sides)} attempts passed"


def csv_results(case: CaseJudgement) -> tuple[str, str]:
    """`pass` and `notes` of one row of the returned cases file."""
    if case.head.status is CaseStatus.PASSED:
        return "yes", ""
    expected, got = what_came(case)
    waived = f"; waived {case.waived}" if case.waived else ""
    return _PASS_WORDS[case.counted], f"expected {expected}; got {got}{waived}"
