"""A `report.html` out of judged cases, without a run behind it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gatekeeper.model import Attempt, Reply, Risk, Side, Timing
from gatekeeper.outcome import (
    AttemptJudgement,
    CaseJudgement,
    CaseStatus,
    CheckOutcome,
    CheckStatus,
    Finding,
    SideJudgement,
)
from gatekeeper.report.html.page import Page, Room
from tests.support.builders import chat_contract, judged, judgement

CONTRACTS = dict.fromkeys(Side, chat_contract())
Told = tuple[CaseJudgement, dict[Side, list[Attempt]]]


def attempt_of(side: Side, text: str, number: int = 1, ms: float = 10.0) -> Attempt:
    """One stored attempt that a chat answered with a text."""
    body = json.dumps({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]})
    return Attempt("c", side, number, {}, Reply(200, body), Timing(0.0, ms, ms))


def judged_side(*passes: bool, ms: float = 10.0, expected: str = "a day",
                got: str = "no day") -> SideJudgement:
    """A side whose attempts passed or did not, each held to two checks."""
    attempts = tuple(
        AttemptJudgement(
            number, CaseStatus.PASSED if passed else CaseStatus.FAILED,
            (CheckOutcome("answers", Finding(CheckStatus.HELD, "an answer", "one")),
             CheckOutcome("contains:day", Finding(
                 CheckStatus.HELD if passed else CheckStatus.BROKEN, expected, got))),
            total_ms=ms + number)
        for number, passed in enumerate(passes, 1))
    worst = CaseStatus.PASSED if all(passes) else CaseStatus.FAILED
    return SideJudgement(worst, attempts)


def told(case_id: str, head: str, base: str = "", *, passes: bool = False, risk: Risk = Risk.FORMAT,
         prompt: str = "", attempts: int = 1, ms: float = 10.0, **more: Any) -> Told:
    """A case that base passes, with what head and base said to it."""
    sides = {Side.HEAD: [attempt_of(Side.HEAD, head, n, ms) for n in range(1, attempts + 1)]}
    other = None
    if base:
        other = judged_side(*[True] * attempts, ms=ms)
        sides[Side.BASE] = [attempt_of(Side.BASE, base, n, ms) for n in range(1, attempts + 1)]
    case = judged(case_id, judged_side(*[passes] * attempts, ms=ms, got=more.pop("got", "no day")),
                  other, risk, flipped=bool(base) and not passes, **more)
    if prompt:
        object.__setattr__(case.case, "prompt", prompt)
    return case, sides


def page_of(*cases: Told, room: Room | None = None, documents: Any = None, **record: Any) -> str:
    """The page of some cases."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as lines:
        page = Page(CONTRACTS, {}, lines, room or Room())
        for case, attempts in cases:
            page.add(case, attempts)
        verdict = judgement(*(case for case, _ in cases), **record)
        return "".join(page.parts(verdict, documents or {}))


def embedded(page: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The data of a page: the run, and the cases."""
    def between(start: str) -> str:
        return page.partition(start)[2].partition("</script>")[0]

    run = json.loads(between('<script type="application/json" id="run-data">'))
    lines = between('<script type="application/jsonl" id="case-data">').splitlines()
    return run, [json.loads(line) for line in lines if line]


def write(page: str, folder: Path) -> str:
    """Put a page on disk; its URL."""
    place = folder / "report.html"
    place.write_text(page, "utf-8", newline="")
    return place.as_uri()


def many(count: int) -> Iterable[Told]:
    """So many cases, a tenth of which fail; texts as long as answers are."""
    risks = list(Risk)
    words = "The customer can return the goods within thirty days of delivery. "
    for at in range(count):
        fails = at % 10 == 0
        yield told(f"case_{at:05}", words * 12 + ("Never." if fails else "Yes."),
                   words * 12 + "Yes.", passes=not fails, risk=risks[at // 10 % 5],
                   prompt=f"Question {at}: may I return it?", ms=5 + at % 50)
