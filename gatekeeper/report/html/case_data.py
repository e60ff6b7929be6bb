"""One case as the page shows it. Pure.

What several attempts share (a reply, its findings) stands once, and attempts point to it. Text is
neutralised here and carried as JSON; the page sets it as text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from gatekeeper.manifest.contract import Contract
from gatekeeper.model import Answer, Attempt, Side
from gatekeeper.neutral import for_html
from gatekeeper.outcome import (
    UNKNOWN,
    AttemptJudgement,
    CaseJudgement,
    CaseStatus,
    SideJudgement,
)
from gatekeeper.report.rows import since, what_came
from gatekeeper.service.contract import read_reply

MAX_TEXT = 6_000
"""Characters of a prompt or a reply; the whole is in `eval_results.jsonl`."""
MAX_CELL = 600
MAX_ATTEMPTS = 12
"""Attempts of one side; those that did not pass go first."""
MAX_CITATIONS = 20
BRIEF = 160
"""Characters of a prompt of which nothing else is shown."""

Shown = str | list[Any]
"""A text, or its beginning with the number of characters it has."""


def shown(text: str, limit: int = MAX_TEXT) -> Shown:
    """A text as the page takes it."""
    return for_html(text, limit) if len(text) <= limit else [for_html(text, limit), len(text)]


def _cell(text: str) -> str:
    return for_html(text, MAX_CELL)


class _Shared:
    """Values that several attempts point to, each kept once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._places: dict[str, int] = {}

    def place(self, value: Any) -> int:
        key = json.dumps(value, sort_keys=True)
        if key not in self._places:
            self._places[key] = len(self.values)
            self.values.append(value)
        return self._places[key]


def reply_data(contract: Contract, attempt: Attempt) -> dict[str, Any]:
    """What one attempt brought: the answer a person would see, else the body as it came."""
    reply = attempt.reply
    read = read_reply(contract, reply)
    if not isinstance(read, Answer):
        return {"http": reply.status, "body": shown(reply.body)}
    data: dict[str, Any] = {"http": reply.status, "text": shown(read.text)}
    if read.finish_reason not in ("", "stop"):
        data["finish"] = _cell(read.finish_reason)
    if read.citations:
        data["cites"] = [_cell(one if isinstance(one, str) else
                               json.dumps(one, ensure_ascii=False, sort_keys=True))
                         for one in read.citations[:MAX_CITATIONS]]
    return data


def _findings(judged: AttemptJudgement) -> list[list[str]]:
    return [[_cell(one.check), str(one.finding.status), _cell(one.finding.expected),
             _cell(one.finding.got)] for one in judged.outcomes]


def _chosen(attempts: Iterable[AttemptJudgement]) -> list[AttemptJudgement]:
    """As many as are shown, those that did not pass first; in their order."""
    worst = sorted(attempts, key=lambda one: one.status is CaseStatus.PASSED)[:MAX_ATTEMPTS]
    return sorted(worst, key=lambda one: one.number)


def _side(
    side: SideJudgement, contract: Contract, attempts: Iterable[Attempt], replies: _Shared,
    findings: _Shared,
) -> dict[str, Any]:
    stored = {attempt.number: attempt for attempt in attempts}
    rows = []
    for judged in _chosen(side.attempts):
        attempt = stored.get(judged.number)
        row: dict[str, Any] = {
            "n": judged.number, "status": str(judged.status), "ms": judged.total_ms,
            "checks": findings.place(_findings(judged)),
        }
        if attempt is not None:
            row["ms"] = attempt.timing.total
            row["reply"] = replies.place(reply_data(contract, attempt))
        if judged.first_token_ms is not None:
            row["first"] = judged.first_token_ms
        if judged.reason:
            row["reason"] = _cell(judged.reason)
        rows.append(row)
    data: dict[str, Any] = {"status": str(side.status), "attempts": rows,
                            "asked": len(side.attempts), "passed": side.passes}
    if side.reason:
        data["reason"] = _cell(side.reason)
    return data


def counts_for(case: CaseJudgement) -> list[str]:
    """The measures that count this case, or might: names without their risk."""
    if case.counted is CaseStatus.WAIVED:
        return []
    head, base = case.head, case.base
    passes = base is not None and base.status is CaseStatus.PASSED
    late = any(attempt.in_time is False for attempt in head.attempts)
    found = {
        "failures": case.counted is CaseStatus.FAILED or case.counted in UNKNOWN,
        "new_failures": head.is_loss and (base is None or passes),
        "errors": case.counted in (CaseStatus.ERROR, CaseStatus.SKIPPED),
        "regressions": case.flipped,
        "loss": head.is_loss and passes,
        "goodput": late or head.is_loss,
    }
    return [name for name, counts in found.items() if counts]


def is_new(case: CaseJudgement) -> bool:
    """Head loses what base passes or does not have."""
    base = case.base
    lacks = base is None and case.case.head_only
    return case.head.is_loss and not case.waived and (
        lacks or (base is not None and base.status is CaseStatus.PASSED))


def brief_data(case: CaseJudgement) -> dict[str, Any]:
    """What the table of all cases needs, and no more."""
    data: dict[str, Any] = {
        "id": for_html(case.case.case_id, 200),
        "risk": str(case.case.risk),
        "status": str(case.counted),
        "prompt": shown(case.case.prompt, BRIEF),
    }
    if case.head.status is not CaseStatus.PASSED:
        expected, got = what_came(case)
        data |= {"expected": _cell(expected), "got": _cell(got), "since": _cell(since(case))}
    marks = {"new": is_new(case), "flipped": case.flipped, "unconfirmed": case.unconfirmed,
             "flaky": case.is_flaky, "added": case.case.added}
    data |= {name: True for name, holds in marks.items() if holds}
    counts = counts_for(case)
    return data | ({"counts": counts} if counts else {})


def whole_data(
    case: CaseJudgement, contracts: Mapping[Side, Contract],
    attempts: Mapping[Side, Iterable[Attempt]],
) -> dict[str, Any]:
    """Everything that is shown of a case when it is opened."""
    replies, findings = _Shared(), _Shared()
    data = brief_data(case) | {
        "prompt": shown(case.case.prompt),
        "behaviour": shown(case.case.expected_behavior, MAX_CELL),
        "held_by": case.case.held_by,
        "held_to": [_cell(str(one)) for one in case.case.requirements],
        "whole": True,
    }
    for side, judged in ((Side.HEAD, case.head), (Side.BASE, case.base)):
        if judged is not None:
            data[str(side)] = _side(judged, contracts[side], attempts.get(side, ()), replies,
                                    findings)
    for name, text in (("waived", case.waived), ("outdated", case.outdated)):
        if text:
            data[name] = _cell(text)
    return data | {"replies": replies.values, "findings": findings.values}
