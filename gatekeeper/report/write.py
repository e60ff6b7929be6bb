"""Judge a pack, write all that is derived from it, in one pass over its cases, and seal it."""

from __future__ import annotations

import tempfile
from typing import IO, Any

from gatekeeper.cases.file import fill_in, shared
from gatekeeper.evidence.files import (
    CASES,
    CONTRACT,
    JUDGEMENT,
    JUNIT,
    MANIFEST,
    PAGE,
    POLICY,
    README,
    RECOVERY,
    STATEMENT,
    TABLE,
    VERDICT,
)
from gatekeeper.evidence.inputs import inputs_of
from gatekeeper.evidence.pack import Pack
from gatekeeper.evidence.record import RunRecord
from gatekeeper.formats.canonical import plain, to_json, to_line
from gatekeeper.judging.bench_in import rules_of
from gatekeeper.judging.concluding import Tried
from gatekeeper.judging.from_pack import judge, policy_in
from gatekeeper.judging.judgement import Judgement
from gatekeeper.judging.verdict import EXIT_CODES
from gatekeeper.model import Side
from gatekeeper.neutral import for_csv
from gatekeeper.outcome import CaseJudgement
from gatekeeper.report import contract_words, markdown, runbook, statement
from gatekeeper.report.drill import recovery_note
from gatekeeper.report.html.page import Page
from gatekeeper.report.junit import Suite
from gatekeeper.report.pack_documents import documents_of
from gatekeeper.report.rows import csv_results, flaky_words
from gatekeeper.report.told_words import told_lines

_NOTHING_TO_SAY = ("yes", "")


def verdict_json(judgement: Judgement) -> str:
    """`verdict.json`: the same bytes for the same pack, wherever it is judged."""
    verdict = judgement.verdict
    return to_json(
        {
            **plain(verdict),
            "exit_code": int(EXIT_CODES[verdict.conclusion]),
            "event": judgement.record.event,
            "judged_at": judgement.record.judged_at,
            "gatekeeper": judgement.record.gatekeeper,
            "policy": _policy(judgement),
            "subject": judgement.record.subject,
            "contract": {line.name: line.state for line in judgement.contract.lines},
            "changes": list(map(str, judgement.record.changes)),
            "failing": [case.case.case_id for case in judgement.failing if not case.waived],
            "flaky": [flaky_words(case) for case in judgement.flaky],
            **_drills(judgement),
            "remarks": judgement.remarks,
            "waived": [case.case.case_id for case in judgement.failing if case.waived],
            **_told(judgement),
        }
    )


def _drills(judgement: Judgement) -> dict[str, Any]:
    """What each drill came to; nothing where none was run."""
    found = {one.drilled.failure: {"state": one.state, "reasons": one.reasons}
             for one in judgement.drills}
    return {"drills": found} if found else {}


def _told(judgement: Judgement) -> dict[str, Any]:
    told = judgement.told
    return {"route": {"kind": told.route.kind, "found": list(told_lines(told))}} \
        if told.route.kind else {}


def _policy(judgement: Judgement) -> dict[str, Any]:
    policy = judgement.policy
    return {
        "origin": policy.origin,
        "proposed_digest": policy.own_digests[Side.HEAD],
        "acceptance": policy.acceptance,
        "edits": [{**plain(edit), "waits": edit in policy.waiting} for edit in policy.edits],
        "waivers": policy.manifest.waivers,
    }


def _line(case: CaseJudgement) -> str:
    sides = {"head": case.head, "base": case.base}
    return to_line(
        {
            "case": case.case.case_id,
            "risk": case.case.risk.value,
            "held_by": case.case.held_by,
            "held_to": [str(requirement) for requirement in case.case.requirements],
            "flipped": case.flipped,
            "unconfirmed": case.unconfirmed,
            "waived": case.waived,
            "outdated": case.outdated,
            **{name: plain(side) for name, side in sides.items()},
        }
    )


def _page(pack: Pack, record: RunRecord, lines: IO[str]) -> Page:
    policy = policy_in(pack, record)
    return Page(policy.contracts, rules_of(policy.manifest.eval, record), lines)


def write_reports(pack: Pack) -> Judgement:
    """Reach the verdict and write it with all that is derived from the same evidence, then seal the
    pack. No more than one case is in memory."""
    results: dict[str, tuple[str, str]] = {}
    waived: list[CaseJudgement] = []
    suite, outcomes = Suite(), statement.Outcomes()
    record = pack.read_record()
    with (
        (pack.folder / JUDGEMENT).open("w", encoding="utf-8") as file,
        _waiting() as elements, _waiting() as lines,
    ):
        page = _page(pack, record, lines)

        def note(case: CaseJudgement, attempts: Tried) -> None:
            file.write(_line(case))
            page.add(case, attempts)
            elements.write(suite.add(case))
            outcomes.add(case)
            if case.waived:
                waived.append(case)
            word, text = csv_results(case)
            results[case.case.case_id.removesuffix("@head")] = (word, for_csv(text)) if text \
                else _NOTHING_TO_SAY

        judgement = judge(pack, note)
        pack.write_json(CONTRACT, contract_words.as_data(judgement.contract))
        pack.write_parts(PAGE, page.parts(judgement, documents_of(pack, record)))
        if not record.nothing_changed:
            cases = shared(pack.read(f"{POLICY}/{Side.HEAD}/cases.csv"))
            pack.write_parts(CASES, fill_in(cases, results))
            elements.seek(0)
            pack.write_parts(JUNIT, suite.document(elements))
    told = "" if record.nothing_changed else "\n" + "\n".join(
        contract_words.table(judgement.contract))
    pack.write(TABLE, markdown.render(judgement) + told)
    if judgement.drills:
        pack.write(RECOVERY, recovery_note(judgement))
    pack.write(README, runbook.render(judgement, waived))
    pack.write(VERDICT, verdict_json(judgement))
    pack.seal(inputs_of(record, judgement.policy))
    if said := statement.render(judgement, outcomes, pack.read(MANIFEST)):
        pack.write(STATEMENT, said)
    return judgement


def _waiting() -> IO[str]:
    """Where pieces of a document wait until it is put together."""
    return tempfile.TemporaryFile("w+", encoding="utf-8", newline="")
