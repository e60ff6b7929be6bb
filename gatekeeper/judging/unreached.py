"""What a budget left unasked: counted, with the first names. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from gatekeeper.judging.case_judging import LEFT_OUT
from gatekeeper.outcome import CaseJudgement, CaseStatus

NAMED = 3


@dataclass(slots=True)
class Unreached:
    """The cases of one run that its budget did not reach, or not often enough."""

    cases: int = 0
    """That were to be asked."""
    count: int = 0
    first: list[str] = field(default_factory=list)
    fewer: int = 0
    """Asked fewer times than due."""

    def add(self, case: CaseJudgement) -> None:
        """Count one case."""
        head = case.head
        if head.reason == LEFT_OUT:
            return
        self.cases += 1
        if head.status is not CaseStatus.SKIPPED:
            return
        if head.attempts:
            self.fewer += 1
            return
        self.count += 1
        if len(self.first) < NAMED:
            self.first.append(case.case.case_id)

    def words(self, spent: str) -> str:
        """What the report says of a budget that was spent."""
        more = ", …" if self.count > len(self.first) else ""
        names = f" ({', '.join(self.first)}{more})" if self.first else ""
        verb = "was" if self.fewer == 1 else "were"
        fewer = f", {self.fewer} {verb} asked fewer times than due" if self.fewer else ""
        return f"{spent} was spent: {self.count} of {self.cases} cases were not asked{names}{fewer}"
