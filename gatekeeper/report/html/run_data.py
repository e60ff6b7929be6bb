"""A judged run as the page shows it: everything but the cases. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gatekeeper.evidence.record import BaselineMode, RunRecord, SideRecord
from gatekeeper.judging.judgement import Judgement
from gatekeeper.manifest.types import Gate
from gatekeeper.model import Change, Side
from gatekeeper.neutral import for_html
from gatekeeper.outcome import CaseStatus, Conclusion, GateResult
from gatekeeper.report.html.documents import shown_document
from gatekeeper.report.policy_words import how_to_accept, waivers, whose
from gatekeeper.report.visit import reproduce

WORDS = {
    Conclusion.PASS: "Pass",
    Conclusion.BLOCK: "Blocked",
    Conclusion.UNDECIDED: "Undecided, and therefore blocked",
    Conclusion.INTERRUPTED: "Interrupted, and therefore blocked",
}
_BASELINES = {
    BaselineMode.RUN: "base, measured in the same run",
    BaselineMode.PACK: "base, out of an earlier pack",
    BaselineMode.NONE: "none was asked for",
    BaselineMode.ADOPTION: "none: base has no manifest (first adoption)",
    BaselineMode.UNREADABLE: "none: what base declares cannot be used",
    BaselineMode.FIRST: "none: there is no earlier release",
}
MAX_LINE = 600
MAX_LOG = 40
"""Last lines of a service that did not start."""
MAX_CHANGES = 500


def _line(text: str) -> str:
    return for_html(text, MAX_LINE)


def _facts(record: RunRecord) -> Iterator[tuple[str, str]]:
    yield "judged", _line(record.subject)
    yield "held against", _BASELINES[record.baseline]
    yield "for", f"a {record.event}"
    yield "runtime", _line(record.runtime)
    yield "judged at", _line(record.judged_at)
    for name, side in (("head", record.head), ("base", record.base)):
        if side is not None and (side.commit or side.tree):
            what = f"commit {side.commit}" if side.commit else f"tree {side.tree}"
            yield name, _line(what)
    if not record.nothing_changed:
        own = "".join(f", {risk} {times}" for risk, times in record.risk_repeats.items())
        yield "asked", _line(f"each case {record.repeats} times a side{own}, "
                             f"{record.concurrency} at a time")
        if record.stopping:
            yield "asking ended", _line(record.stopping)
        if record.overhead is not None:
            yield "the client's own time", (f"{record.overhead.middle:.3g} ms, at worst "
                                            f"{record.overhead.worst:.3g} ms")
    yield "the same at a desk", _line(reproduce(0, record))
    yield "gatekeeper", _line(record.gatekeeper)


def _gate(result: GateResult, declared: Gate | None) -> dict[str, Any]:
    measures = {one.words: one.measure for one in declared.until} if declared else {}
    return {
        "name": _line(result.name),
        "state": str(result.state),
        "decides": result.decides,
        "blocks": [_line(one) for one in result.blocks],
        "conditions": [
            {"text": _line(one.text), "measured": _line(one.measured), "state": str(one.state),
             "reason": _line(one.reason), "loudness": _line(one.loudness),
             "measure": measures.get(one.text, "")}
            for one in result.conditions
        ],
    }


def _change(change: Change) -> dict[str, str]:
    where = f"{change.path}#{change.pointer}" if change.pointer else change.path
    return {"kind": str(change.kind), "where": _line(where), "before": _line(change.before),
            "after": _line(change.after), "note": _line(change.note)}


def _policy(judgement: Judgement) -> dict[str, Any]:
    policy, accepted = judgement.policy, judgement.policy.acceptance
    return {
        "whose": _line(whose(policy)),
        "digest": judgement.verdict.policy_digest,
        "edits": [{"text": _line(str(edit)), "direction": str(edit.direction),
                   "waits": edit in policy.waiting} for edit in policy.edits],
        "accept": [_line(way) for way in how_to_accept(
            policy, judgement.record.manifest_path, pulled=False)],
        "acceptance": None if accepted is None else {
            "by": _line(accepted.by), "reason": _line(accepted.reason), "own": accepted.own},
        "waivers": [_line(one) for one in waivers(judgement)],
    }


def _service(side: SideRecord) -> dict[str, Any]:
    data: dict[str, Any] = {"started": side.started, "model": _line(side.model),
                            "ready": side.ready_seconds, "died": _line(side.died),
                            "identity": shown_document(side.identity)}
    if side.failure is not None:
        logs = side.failure.logs.splitlines()
        data["failure"] = {"cause": _line(side.failure.cause), "detail": _line(side.failure.detail),
                           "logs": [_line(line) for line in logs[max(len(logs) - MAX_LOG, 0):]],
                           "fault": str(side.failure.fault)}
    return data


def run_data(judgement: Judgement, documents: Mapping[str, Any]) -> dict[str, Any]:
    """What the page says of the run; `documents` are JSON files of the pack by what they are."""
    record, verdict = judgement.record, judgement.verdict
    gates = judgement.policy.manifest.gates
    changes = record.changes[:MAX_CHANGES]
    sides = {Side.HEAD: record.head, Side.BASE: record.base}
    return {
        "conclusion": str(verdict.conclusion),
        "word": WORDS[verdict.conclusion],
        "reasons": [{"conclusion": str(one.conclusion), "text": _line(one.text)}
                    for one in verdict.reasons],
        "facts": list(_facts(record)),
        "nothing_changed": record.nothing_changed,
        "gates": [_gate(one, gates.get(one.name)) for one in verdict.gates],
        "counts": verdict.counts,
        "statuses": [str(one) for one in CaseStatus
                     if any(str(one) in found for found in verdict.counts.values())],
        "changes": [_change(one) for one in changes],
        "more_changes": len(record.changes) - len(changes),
        "policy": _policy(judgement),
        "services": {str(side): _service(one) for side, one in sides.items() if one is not None},
        "documents": {name: shown_document(one) for name, one in documents.items()},
        "manifest": for_html(record.manifest_path),
    }
