"""Release notes out of facts: what changed, what was measured, what still fails, how to go back.

Nothing else is claimed. Whatever a manifest, a model or a branch says is neutralised. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gatekeeper.formats.units import exact_duration
from gatekeeper.manifest.contract import Contract
from gatekeeper.model import Change, ChangeKind
from gatekeeper.neutral import for_markdown, for_shell
from gatekeeper.outcome import GateResult
from gatekeeper.releasing.claim import Proof
from gatekeeper.releasing.mark import Mark
from gatekeeper.report.limits import Limits, fitting
from gatekeeper.report.policy_words import waivers
from gatekeeper.report.rows import flaky_words, make_rows

CHARACTERS, BYTES = 60_000, 65_000
"""GitHub takes 65,536 characters as the body of a comment, and is not known to take more here."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a release's notes are made of."""

    tag: str
    commit: str
    proof: Proof
    changes: tuple[Change, ...]
    """Since the previous release."""
    previous: str
    """Its tag; empty where this is the first."""
    evidence_url: str
    """Page of the run that measured; empty where there is none."""

    @property
    def mark(self) -> Mark:
        """What the release is of."""
        return Mark(self.commit, self.proof.pack_digest)


def make_notes(facts: Facts) -> str:
    """The notes, beginning with the mark; cut whole rows at a time where they are too long."""
    return fitting(lambda limits: render(facts, limits), CHARACTERS, BYTES)


def render(facts: Facts, limits: Limits) -> str:
    """The notes under some limits."""
    parts = [str(facts.mark), *_changes(facts, limits), *_gates(facts, limits),
             *_remaining(facts, limits), *_known_limits(facts.proof.judgement.policy.promise),
             *_way_back(facts, limits), *_evidence(facts, limits)]
    return "\n".join(parts) + "\n"


def _cut(lines: Iterable[str], limits: Limits) -> Iterator[str]:
    lines = list(lines)
    yield from lines[:limits.rows]
    if len(lines) > limits.rows:
        yield f"- and {len(lines) - limits.rows} more, in the evidence pack"


def _changes(facts: Facts, limits: Limits) -> Iterator[str]:
    since = f" since {for_markdown(facts.previous)}" if facts.previous else ""
    yield f"## What changed{since}"
    yield ""
    if not facts.previous:
        yield "This is the first release: there is nothing to compare with."
    elif not facts.changes:
        yield "Nothing that counts."
    for kind in ChangeKind if facts.previous else ():
        of_kind = [change for change in facts.changes if change.kind is kind]
        yield from _cut((f"- **{kind}**: {for_markdown(_without_kind(change), limits.cell)}"
                         for change in of_kind), limits)
    yield ""


def _without_kind(change: Change) -> str:
    return str(change).removeprefix(f"{change.kind}: ")


def _gates(facts: Facts, limits: Limits) -> Iterator[str]:
    verdict = facts.proof.judgement.verdict
    yield "## Gates"
    yield ""
    yield "| gate | until | measured | state |"
    yield "|---|---|---|---|"
    rows = [_gate_row(gate, text, measured, str(state), limits) for gate in verdict.gates
            for text, measured, state in ((one.text, one.measured, one.state)
                                          for one in gate.conditions)]
    yield from rows[:limits.rows]
    if len(rows) > limits.rows:
        yield ""
        yield f"{len(rows) - limits.rows} more conditions are in the evidence pack."
    yield ""


def _gate_row(gate: GateResult, text: str, measured: str, state: str, limits: Limits) -> str:
    held = "" if gate.decides else " (does not block a release)"
    return f"| {for_markdown(gate.name, limits.cell)}{held} | {for_markdown(text, limits.cell)} " \
           f"| {for_markdown(measured, limits.cell)} | {state} |"


def _remaining(facts: Facts, limits: Limits) -> Iterator[str]:
    judgement = facts.proof.judgement
    rows, waived = make_rows(judgement.failing), list(waivers(judgement))
    yield "## Failures and waivers that remain"
    yield ""
    if rows:
        yield "| risk | case | expected | got | |"
        yield "|---|---|---|---|---|"
        for row in rows[:limits.rows]:
            cells = (row.case_id, row.expected, row.got, row.since)
            yield f"| {row.risk} | " + " | ".join(for_markdown(one, limits.cell)
                                                  for one in cells) + " |"
        if len(rows) > limits.rows:
            yield ""
            yield f"{len(rows) - limits.rows} more are in the evidence pack."
        yield ""
    yield from _cut((f"- flaky: {for_markdown(flaky_words(case), limits.cell)}"
                     for case in judgement.flaky), limits)
    yield from _cut((f"- waived: {for_markdown(line, limits.cell)}" for line in waived), limits)
    if not (rows or judgement.flaky or waived):
        yield "None."
    yield ""


def _known_limits(promise: Contract) -> Iterator[str]:
    """As the contract declares them."""
    limits, shape = promise.limits, promise.request_shape
    declared = (
        ("requests at a time", limits.concurrency),
        ("context", limits.context_length and f"{limits.context_length} tokens"),
        ("longest answer", limits.max_tokens and f"{limits.max_tokens} tokens"),
        ("longest prompt", shape and shape.max_input_chars
         and f"{shape.max_input_chars} characters"),
        ("a caller waits at most", limits.timeout and exact_duration(limits.timeout)),
        ("latency target", limits.latency_target and exact_duration(limits.latency_target)),
        ("first token target", limits.first_token_target
         and exact_duration(limits.first_token_target)),
    )
    yield "## Known limits"
    yield ""
    for name, value in declared:
        yield f"- {name}: {for_markdown(str(value)) if value else 'not declared'}"
    yield ""


def _way_back(facts: Facts, limits: Limits) -> Iterator[str]:
    stop = facts.proof.judgement.policy.promise.stop_path
    yield "## How to stop and roll back"
    yield ""
    for name, value in (("stop", stop.stop), ("disable", stop.disable),
                        ("roll back", stop.rollback)):
        yield f"- {name}: {for_markdown(value, limits.cell) if value else 'not declared'}"
    if facts.previous:
        command = f"gatekeeper rollback {for_shell(facts.previous)} --reason TEXT"
        yield f"- to prove the previous release and make it the latest again: " \
              f"{for_markdown(command)}"
    yield ""


def _evidence(facts: Facts, limits: Limits) -> Iterator[str]:
    proof, record = facts.proof, facts.proof.judgement.record
    yield "## Evidence"
    yield ""
    for name, value in (
        ("commit", facts.commit),
        ("tree", record.head.tree),
        ("previous release", facts.previous or "none"),
        ("image", proof.image or "none is released"),
        ("evidence pack", proof.pack_digest),
        ("policy", proof.judgement.verdict.policy_digest),
        ("measured", f"{record.subject}, with gatekeeper {record.gatekeeper}"),
    ):
        yield f"- {name}: {for_markdown(value, limits.cell)}"
    if facts.evidence_url:
        yield f"- [the run that measured]({facts.evidence_url})"
