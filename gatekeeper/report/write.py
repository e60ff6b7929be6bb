"""Judge a pack and write everything that is derived from it, in one pass over its cases."""

from __future__ import annotations

from typing import Any

from gatekeeper.cases.file import fill_in
from gatekeeper.evidence.files import CASES, JUDGEMENT, JUNIT, POLICY, TABLE, VERDICT
from gatekeeper.evidence.folder import PART
from gatekeeper.evidence.pack import Pack
from gatekeeper.formats.canonical import plain, to_json, to_line
from gatekeeper.judging.from_pack import judge
from gatekeeper.judging.judgement import Judgement
from gatekeeper.judging.verdict import EXIT_CODES
from gatekeeper.model import Side
from gatekeeper.neutral import for_csv
from gatekeeper.outcome import CaseJudgement
from gatekeeper.report import markdown
from gatekeeper.report.junit import Suite
from gatekeeper.report.rows import csv_results, flaky_words

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
            "changes": list(map(str, judgement.record.changes)),
            "failing": [case.case.case_id for case in judgement.failing if not case.waived],
            "flaky": [flaky_words(case) for case in judgement.flaky],
            "waived": [case.case.case_id for case in judgement.failing if case.waived],
        }
    )


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


def write_reports(pack: Pack) -> Judgement:
    """Reach the verdict and write it with the table, the JUnit file and the filled-in cases."""
    results: dict[str, tuple[str, str]] = {}
    record, suite = pack.read_record(), Suite()
    elements = pack.folder / f"{JUNIT}{PART}"
    with (pack.folder / JUDGEMENT).open("w", encoding="utf-8") as file, \
            elements.open("w", encoding="utf-8", newline="") as tests:

        def note(case: CaseJudgement) -> None:
            file.write(_line(case))
            tests.write(suite.add(case))
            word, text = csv_results(case)
            results[case.case.case_id.removesuffix("@head")] = (word, for_csv(text)) if text \
                else _NOTHING_TO_SAY

        judgement = judge(pack, note)
    if not record.nothing_changed:
        cases = pack.read(f"{POLICY}/{Side.HEAD}/cases.csv")
        pack.write_pieces(CASES, fill_in(cases, results))
        with elements.open(encoding="utf-8", newline="") as tests:
            pack.write_pieces(JUNIT, suite.document(tests))
    elements.unlink()
    pack.write(TABLE, markdown.render(judgement))
    pack.write(VERDICT, verdict_json(judgement))
    return judgement
