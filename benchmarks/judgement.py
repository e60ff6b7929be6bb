"""How right the checks are, on text that people have labelled. Prints JSON.

    python benchmarks/judgement.py --xstest FILE.csv… --begin FILE.csv… --labelled FILE.jsonl…
                                   [--out FILE]

It runs the very checks that the gate runs, at their defaults, through the same call:

- `--xstest`: XSTest completions; `is-refusal` against the human label. Partial refusals are left
  out, and once counted as refusals (`with_partial`).
- `--begin`: BEGIN responses; the support score (`auroc`) and `supported-by-sources` (`f1`).
- `--labelled`: lines `{text, refuses, asks_for_evidence}` (and `prompt`, if known),
  `{sources, answer, supported}` or `{text, bare_json, extra_prose}`, in any language.
- `--out`: every single judgement, one JSON object a line, for reading.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from time import process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.labelled import (
    Claim,
    Reply,
    Unreadable,
    read_begin,
    read_lines,
    read_xstest,
)
from gatekeeper.cases.requirements import read_call
from gatekeeper.checks.grounding import support_for
from gatekeeper.checks.kinds import Exchange
from gatekeeper.checks.table import run_call
from gatekeeper.model import Answer
from gatekeeper.outcome import CheckStatus

DIGITS = 4


@dataclass(frozen=True, slots=True)
class Told:
    """One judgement beside the label."""

    file: str
    question: str
    """What was judged: `refuses`, `supported`, …"""
    wanted: bool
    said: bool
    text: str
    got: str
    """The check's own words."""
    ms: float
    score: float | None = None
    partial: bool = False


def judge(file: str, question: str, call: str, wanted: bool, exchange: Exchange,
          **more: Any) -> Told:
    """One check on one text, timed."""
    started = process_time()
    finding = run_call(read_call(call), exchange)
    ms = (process_time() - started) * 1000
    return Told(file, question, wanted, finding.status is CheckStatus.HELD, exchange.answer.text,
                finding.got, ms, **more)


def judge_xstest(file: str, replies: Iterable[Reply]) -> Iterator[Told]:
    """Does `is-refusal` say what the annotators said?"""
    for reply in replies:
        said = Exchange(Answer(reply.text), total_ms=0.0, prompt=reply.prompt)
        yield judge(file, "refuses", "is-refusal", reply.refuses or reply.partial, said,
                    partial=reply.partial)


def judge_begin(file: str, claims: Iterable[Claim]) -> Iterator[Told]:
    """Does `supported-by-sources` say what the annotators said, and how do its scores rank?"""
    for claim in claims:
        yield _judge_claim(file, {"knowledge": claim.source}, claim.answer, claim.supported)


def _judge_claim(file: str, sources: Mapping[str, str], answer: str, supported: bool) -> Told:
    said = Exchange(Answer(answer), total_ms=0.0, sources=sources)
    support = support_for(said)
    return judge(file, "supported", "supported-by-sources", supported, said,
                 score=support.score if support else 0.0)


def judge_line(file: str, line: Mapping[str, Any]) -> Iterator[Told]:
    """Everything that a labelled line says of its text."""
    if "supported" in line:
        yield _judge_claim(file, _sources(line["sources"]), line["answer"], line["supported"])
        return
    said = Exchange(Answer(line["text"]), total_ms=0.0, prompt=line.get("prompt", ""))
    for question, call in (("refuses", "is-refusal"), ("asks_for_evidence", "asks-for-evidence"),
                           ("bare_json", "is-json")):
        if question in line:
            yield judge(file, question, call, line[question], said)
    if "extra_prose" in line:
        told = judge(file, "extra_prose", "not-no-extra-prose", line["extra_prose"], said)
        has_json = run_call(read_call("contains-json"), said).status is CheckStatus.HELD
        yield told if has_json else Told(file, "extra_prose", told.wanted, False, told.text,
                                         told.got, told.ms)


def _sources(given: Any) -> dict[str, str]:
    if isinstance(given, str):
        return {"source": given}
    if isinstance(given, dict):
        return {str(name): str(text) for name, text in given.items()}
    return {str(number): str(text) for number, text in enumerate(given, start=1)}


def figures(told: Sequence[Told]) -> dict[str, Any]:
    """Accuracy, F1 of the positive answer, and what went wrong."""
    pairs = [(one.wanted, one.said) for one in told]
    hits = pairs.count((True, True))
    false_positives, false_negatives = pairs.count((False, True)), pairs.count((True, False))
    out: dict[str, Any] = {
        "texts": len(told),
        "accuracy": _rounded((len(told) - false_positives - false_negatives) / len(told)),
        "f1": _rounded(2 * hits / ((2 * hits + false_positives + false_negatives) or 1)),
        "false_positives": false_positives,
        "false_negatives": false_negatives,
    }
    scores = [(one.score, one.wanted) for one in told if one.score is not None]
    if scores:
        out["auroc"] = auroc(scores)
    out["ms_per_reply"] = _rounded(sum(one.ms for one in told) / len(told))
    return out


def auroc(scores: Sequence[tuple[float, bool]]) -> float | None:
    """Chance that a positive text scores above a negative one, ties counted half; None where there
    is but one kind."""
    ordered = sorted(scores)
    positives = sum(wanted for _, wanted in ordered)
    negatives = len(ordered) - positives
    if not positives or not negatives:
        return None
    ranks, at = 0.0, 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        ranks += (at + end + 1) / 2 * sum(wanted for _, wanted in ordered[at:end])
        at = end
    return _rounded((ranks - positives * (positives + 1) / 2) / (positives * negatives))


def _rounded(value: float) -> float:
    return round(value, DIGITS)


def by_file(told: Sequence[Told], show: Callable[[Sequence[Told]], dict[str, Any]]
            ) -> dict[str, Any]:
    """The figures of every file, and of all together."""
    files = dict.fromkeys(one.file for one in told)
    out = {file: show([one for one in told if one.file == file]) for file in files}
    return {"files": out, "overall": show(told)}


def refusal_figures(told: Sequence[Told]) -> dict[str, Any]:
    """Without the partial refusals, and once with them as refusals."""
    return {**figures([one for one in told if not one.partial]), "with_partial": figures(told)}


def labelled_figures(told: Sequence[Told]) -> dict[str, Any]:
    """The figures of every question that the lines answer."""
    questions = dict.fromkeys(one.question for one in told)
    return {question: figures([one for one in told if one.question == question])
            for question in questions}


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge everything that is named, and print the figures."""
    parser = argparse.ArgumentParser(prog="judgement", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("xstest", "begin", "labelled"):
        parser.add_argument(f"--{name}", nargs="+", type=Path, default=[], metavar="FILE")
    parser.add_argument("--out", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    try:
        told = {
            "xstest": list(_each(options.xstest, lambda file, path: judge_xstest(
                file, read_xstest(path)))),
            "begin": list(_each(options.begin, lambda file, path: judge_begin(
                file, read_begin(path)))),
            "labelled": list(_each(options.labelled, lambda file, path: chain.from_iterable(
                judge_line(file, line) for line in read_lines(path)))),
        }
    except Unreadable as error:
        print(f"judgement: {error}", file=sys.stderr)
        return 2
    if not any(told.values()):
        parser.error("nothing to judge: name files with --xstest, --begin or --labelled")
    shows = {"xstest": refusal_figures, "begin": figures, "labelled": labelled_figures}
    print(json.dumps({name: by_file(every, shows[name]) for name, every in told.items() if every},
                     indent=2, ensure_ascii=False))
    if options.out:
        options.out.write_text("".join(_line(one) for every in told.values() for one in every),
                               "utf-8")
    return 0


def _each(paths: Iterable[Path], judged: Callable[[str, Path], Iterable[Told]]) -> Iterator[Told]:
    for path in paths:
        yield from judged(str(path), path)


def _line(one: Told) -> str:
    kept = {"file": one.file, "question": one.question, "wanted": one.wanted, "said": one.said,
            "right": one.wanted == one.said, "partial": one.partial, "score": one.score,
            "got": one.got, "text": one.text, "ms": round(one.ms, 3)}
    return json.dumps(kept, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
