"""Builders for the unit tests: answers, checks and judgements in a few words, and hostile text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from gatekeeper.cases.requirements import read_call
from gatekeeper.checks.kinds import Baseline, Exchange
from gatekeeper.checks.table import run_call
from gatekeeper.evidence.record import RunRecord
from gatekeeper.judging.gates import judge_gates
from gatekeeper.judging.judgement import Judgement
from gatekeeper.judging.measures import Fact, Facts
from gatekeeper.judging.tally import tally
from gatekeeper.judging.verdict import Situation, decide
from gatekeeper.manifest.contract import Contract
from gatekeeper.manifest.parse import parse_manifest
from gatekeeper.model import Answer, Fault, Risk
from gatekeeper.outcome import (
    AttemptJudgement,
    CaseJudgement,
    CaseStatus,
    CheckOutcome,
    CheckStatus,
    Finding,
    SideJudgement,
)
from gatekeeper.policy.declared import read_declared
from gatekeeper.policy.resolve import resolve
from gatekeeper.service.contract import spelled_out
from tests.support.make import make_case, make_gate

HOSTILE = (
    "@everyone", "#123", "GH-7", "org/repo#1", "![x](https://e.example/i.png)",
    "[x](javascript:x)", "<img src=x onerror=y>", "<!-- gatekeeper -->", "</details>", "&lt;b&gt;",
    "```", "~~~", "|", "\n\n# head", "\r", "\r\n", "\t", "\x00", "\x1b[2J", "\x1b]0;owned\x07",
    "\x9b31m", "\u202e", "\u2066", "\u200b", "\ufeff", "\u2028", "\u2029", "\x85", "\U000e0041",
    "::error::x", "::set-output name=a::b", "##[error]x", "##[add-path]/x", "=1+1", "+1", "-1",
    "@SUM(A1)", "=HYPERLINK(\"https://e.example\")", "]]>", "<![CDATA[", "&amp;", "'; rm -rf / #",
    "$(id)", "`id`", "https://e.example", "www.e.example", "a@e.example", "<a@e.example>", "$x$",
    ":tada:", "**b**", "~~s~~", "[^1]", "- [ ] x", "1. x", "> q", "\ud800", "\ufffe", "返金",
)
"""Pieces that mean something to a terminal, a runner, GitHub, a spreadsheet, XML or a shell."""

any_text = st.text(st.characters(), max_size=60)
"""Whatever JSON can carry, lone surrogates included."""
hostile_text = st.lists(st.sampled_from(HOSTILE) | st.text(st.characters(), max_size=6),
                        max_size=8).map("".join)
"""Any text with a liking for what means something somewhere."""


def exchange(
    text: str, *base: str, finish: str = "stop", citations: tuple[object, ...] = (),
    sources: dict[str, str] | None = None, total_ms: float = 10.0,
    first_token_ms: float | None = None,
) -> Exchange:
    """One answered attempt; further texts are base's answers to the same case."""
    return Exchange(
        Answer(text, finish, citations),  # type: ignore[arg-type]
        total_ms=total_ms, sources=sources or {},
        baseline=Baseline(tuple(Answer(one, "stop") for one in base)),
        first_token_ms=first_token_ms,
    )


def find(call: str, said: Exchange | str) -> Finding:
    """What a check, written as in a cases file, finds in an answer."""
    return run_call(read_call(call), exchange(said) if isinstance(said, str) else said)


def refusal_of(call: str) -> str:
    """Why a check, written as in a cases file, is refused; empty where it is not."""
    try:
        read_call(call)
    except ValueError as error:
        return str(error).partition("`: ")[2]
    return ""


def found(call: str, said: Exchange | str) -> tuple[str, str]:
    """The status of a finding in a word, and what was got."""
    finding = find(call, said)
    return str(finding.status), finding.got


MANIFEST = b"""version: 1
service: {build: .}
contract: {preset: openai-chat}
gates: {share: [failures == 0]}
"""
CASES = b"case_id,prompt,expected_behavior,risk,pass,notes\na,Say,x,format,,\n"


def attempt(*got: str, status: str = "failed", number: int = 1, ms: float = 10.0,
            ) -> AttemptJudgement:
    """One judged attempt; every text is what one broken check got."""
    word = CheckStatus.UNMEASURED if status == "unmeasured" else CheckStatus.BROKEN
    outcomes = tuple(
        CheckOutcome(f"check-{n}", Finding(word, f"expected {n}", text))
        for n, text in enumerate(got, 1)
    )
    return AttemptJudgement(number, CaseStatus(status), outcomes, total_ms=ms)


def judged(case_id: str, side: SideJudgement, base: SideJudgement | None = None,
           risk: Risk = Risk.FORMAT, **more: Any) -> CaseJudgement:
    """One judged case."""
    flipped = more.pop("flipped", False)
    case = replace(make_case(case_id, risk), added=more.pop("added", False))
    return CaseJudgement(case, side, base, flipped, **more)


def failed(*got: str) -> SideJudgement:
    """A side whose only attempt got these from its broken checks."""
    return SideJudgement(CaseStatus.FAILED, (attempt(*got),))


PASSED = SideJudgement(CaseStatus.PASSED, (attempt(status="passed"),))
NO_ANSWER = SideJudgement(CaseStatus.ERROR, (attempt(status="error"),), "HTTP 500")
NOT_ASKED = SideJudgement(CaseStatus.SKIPPED, (), "head's service did not start")
BLIND = SideJudgement(CaseStatus.UNMEASURED, (attempt("base was not asked", status="unmeasured"),),
                      "base was not asked", Fault.WORLD)
UNVERIFIED = SideJudgement(CaseStatus.UNVERIFIED, (), "no check speaks of it")


def chat_contract(stream: bool = False) -> Contract:
    """A chat's contract, spelled out."""
    text = MANIFEST.decode().replace("openai-chat", f"openai-chat, stream: {str(stream).lower()}")
    manifest, problems = parse_manifest(text, "gatekeeper.yaml")
    assert manifest is not None, problems
    return spelled_out(manifest)


def judgement(*cases: CaseJudgement, gate: str = "failures == 0", **record: Any) -> Judgement:
    """A verdict on some cases by one gate, with the facts of its run."""
    head = read_declared("gatekeeper.yaml",
                         {"gatekeeper.yaml": MANIFEST, "eval_cases.csv": CASES}.get)
    policy, counts, yes = resolve(None, head), tally(cases), Fact(True)
    facts = Facts(counts, contract=yes, smoke=yes, shutdown=yes, baseline=yes)
    gates = judge_gates({"share": make_gate(gate)}, frozenset({"merge"}), facts)
    kept: dict[str, Any] = {
        "gatekeeper": "1", "judged_at": "2026-10-02T00:00:00Z", "event": "merge",
        "runtime": "docker", "subject": "the working tree against main", "complete": True,
        "manifest_path": "gatekeeper.yaml", "cases_path": "eval_cases.csv", **record,
    }
    failing = tuple(case for case in cases if case.head.status is not CaseStatus.PASSED)
    verdict = decide(Situation(counts, gates, policy_digest=policy.digest,
                               nothing_changed=kept.get("nothing_changed", False)))
    return Judgement(verdict, RunRecord(**kept), policy, counts, failing)
