"""Builders of values: `outcomes("ok ok FAIL err")` reads as what happened."""

from __future__ import annotations

from gatekeeper.judging.conditions import Condition, read_condition
from gatekeeper.judging.gates import judge_gates
from gatekeeper.judging.measures import Fact, Facts
from gatekeeper.judging.tally import Tally, tally
from gatekeeper.manifest.document import Place
from gatekeeper.manifest.readers import Complaints
from gatekeeper.manifest.types import Gate
from gatekeeper.model import Case, CheckCall, Fault, Requirement, Risk
from gatekeeper.outcome import CaseJudgement, CaseStatus, GateResult, SideJudgement

WORDS = {
    "ok": SideJudgement(CaseStatus.PASSED),
    "FAIL": SideJudgement(CaseStatus.FAILED),
    "err": SideJudgement(CaseStatus.ERROR, reason="HTTP 500"),
    "gate": SideJudgement(CaseStatus.ERROR, reason="gatekeeper itself failed", fault=Fault.WORLD),
    "skip": SideJudgement(CaseStatus.SKIPPED, reason="not asked", fault=Fault.WORLD),
    "dead": SideJudgement(CaseStatus.SKIPPED, reason="head's service did not start"),
    "blind": SideJudgement(CaseStatus.UNMEASURED, reason="base was not asked", fault=Fault.WORLD),
    "open": SideJudgement(CaseStatus.UNVERIFIED),
}
"""One word a side: passed, failed, no answer by the service, no answer by us, …"""


def make_case(case_id: str = "c1", risk: Risk = Risk.FORMAT, *checks: str) -> Case:
    """A case held to some checks by name."""
    requirements = tuple(Requirement((CheckCall(name),)) for name in checks or ("is-json",))
    return Case(case_id, "prompt", "", risk, requirements, "row", 2)


def make_judged(word: str, base: str = "", risk: Risk = Risk.FORMAT) -> CaseJudgement:
    """One judged case: head's word, and base's where base was asked."""
    head = WORDS[word]
    other = WORDS[base] if base else None
    flipped = other is not None and other.status is CaseStatus.PASSED and head.is_loss
    return CaseJudgement(make_case(risk=risk), head, other, flipped)


def make_tally(words: str, base: str = "") -> Tally:
    """Outcomes of head in order, each of risk format; base's beside them where given."""
    bases = base.split() or [""] * len(words.split())
    return tally(make_judged(head, other)
                 for head, other in zip(words.split(), bases, strict=True))


def make_facts(words: str = "ok", base: str = "", **facts: Fact) -> Facts:
    """Facts in which everything holds, but for what is given."""
    yes = Fact(True)
    given = {name: facts.get(name, yes) for name in ("contract", "smoke", "shutdown", "baseline")}
    return Facts(make_tally(words, base), **given)


def make_condition(text: str) -> Condition:
    """A condition that reads without complaint."""
    complaints = Complaints("test")
    condition = read_condition(text, Place(1, 1), complaints)
    assert isinstance(condition, Condition), complaints.problems
    return condition


def make_gate(*conditions: str, blocks: tuple[str, ...] = ("merge", "release")) -> Gate:
    """A gate out of its conditions' texts."""
    return Gate(until=tuple(make_condition(text) for text in conditions), blocks=blocks)


def judged_gate(*conditions: str, facts: Facts) -> GateResult:
    """One gate that blocks a merge, judged."""
    return judge_gates({"share": make_gate(*conditions)}, frozenset({"merge"}), facts)[0]
