"""One case of a pack for a terminal: what was asked, what came, how it was judged, old beside new.
Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from gatekeeper.manifest.contract import Contract
from gatekeeper.model import Answer, Attempt, Case
from gatekeeper.neutral import for_terminal
from gatekeeper.outcome import (
    AttemptJudgement,
    CaseJudgement,
    CaseStatus,
    CheckStatus,
    SideJudgement,
)
from gatekeeper.report.rows import since
from gatekeeper.report.terminal import Style, table, wrap
from gatekeeper.service.contract import read_reply

MAX_LINES = 40
MAX_LINE = 2_000
_SIGNS = {CheckStatus.HELD: "✓", CheckStatus.BROKEN: "✗", CheckStatus.MOOT: "–",
          CheckStatus.UNMEASURED: "?"}


@dataclass(frozen=True, slots=True)
class Heard:
    """One side's attempts at one time, judged."""

    title: str
    judged: SideJudgement
    attempts: Mapping[int, Attempt]
    contract: Contract

    @property
    def shown(self) -> AttemptJudgement | None:
        """The first attempt that did not pass, else the first."""
        every = self.judged.attempts
        return next((one for one in every if one.status is not CaseStatus.PASSED),
                    every[0] if every else None)


def heard(title: str, judged: SideJudgement, attempts: Iterable[Attempt], contract: Contract
          ) -> Heard:
    """A side with its attempts by number."""
    return Heard(title, judged, {one.number: one for one in attempts}, contract)


def _block(text: str) -> list[str]:
    lines = text.splitlines() or [""]
    told = [for_terminal(line, MAX_LINE) for line in lines[:MAX_LINES]]
    more = len(lines) - MAX_LINES
    return [*told, f"… {more} more lines, in eval_results.jsonl"] if more > 0 else told


def case_lines(case: CaseJudgement, style: Style) -> Iterator[str]:
    """What the case is, and how it was judged in the run."""
    one, word = case.case, str(case.head.status)
    yield style.paint(f"{for_terminal(one.case_id)}  {one.risk}", "bold") + \
        f"  {word}" + (f", {for_terminal(since(case))}" if word != "passed" else "")
    yield ""
    yield from _about(one, style)


def _about(case: Case, style: Style) -> Iterator[str]:
    by = "by its row" if case.held_by == "row" else f"by risk {case.risk}"
    held = ", ".join(str(one) for one in case.requirements) or "nothing"
    for name, text in (("prompt", case.prompt), ("expected", case.expected_behavior),
                       (f"held to ({by})", held)):
        yield style.paint(name, "dim")
        for line in _block(text):
            yield from (f"  {part}" for part in wrap(line, style.width - 2))
    yield ""


def beside(columns: list[Heard], style: Style) -> Iterator[str]:
    """The deciding attempt of each beside the others: state, reply, checks."""
    told = [list(_told(one)) for one in columns]
    rows = list(zip_longest(*told, fillvalue=""))
    share = (style.width - 2 * (len(columns) - 1)) // len(columns)
    # Every column has the same room, however short its lines are.
    yield from table([one.title.ljust(share) for one in columns], rows, style.width)
    yield ""


def _told(one: Heard) -> Iterator[str]:
    every = one.judged.attempts
    if one.shown is None:
        yield f"{one.judged.status}: {for_terminal(one.judged.reason, MAX_LINE)}"
        return
    judged, attempt = one.shown, one.attempts.get(one.shown.number)
    took = f", {judged.total_ms:.3g} ms" if judged.total_ms is not None else ""
    of = f"attempt {judged.number}" + (f" of {len(every)}, {one.judged.passes} passed"
                                       if len(every) > 1 else "")
    yield f"{judged.status} ({of}{took})"
    yield ""
    if judged.reason:
        yield for_terminal(judged.reason, MAX_LINE)
    if attempt is not None:
        read = read_reply(one.contract, attempt.reply)
        yield from _block(read.text if isinstance(read, Answer) else attempt.reply.body)
    yield ""
    for outcome in judged.outcomes:
        finding = outcome.finding
        sign = f"{_SIGNS[finding.status]} {for_terminal(outcome.check)}"
        if finding.status is CheckStatus.HELD:
            yield sign
        else:
            yield f"{sign}: expected {for_terminal(finding.expected)}, got " \
                  f"{for_terminal(finding.got)}"
