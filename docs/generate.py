"""Writes the reference pages that are tables of the code: checks, measures, the manifest.

`make docs` runs it; a test fails while a page differs from what it would write.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gatekeeper.cases.file import DEFAULT_CHECKS
from gatekeeper.cases.requirements import read_call
from gatekeeper.checks.kinds import Baseline, Exchange
from gatekeeper.checks.table import CHECKS, run_call
from gatekeeper.formats.units import format_duration, format_size
from gatekeeper.judging.measures import MEASURES
from gatekeeper.manifest import (
    contract,
    drill,
    models,
    release,
    secrets,
    service,
    told,
    types,
    witnesses,
)
from gatekeeper.manifest.readers import duration, keys_of, size
from gatekeeper.manifest.schema import schema
from gatekeeper.manifest.shapes import written
from gatekeeper.model import Answer
from gatekeeper.witnesses.testimony import Testimony

HERE = Path(__file__).parent
SOURCES = {"refund": "Refunds are paid within 30 days. A lead approves amounts above 200 USD."}
EXAMPLES = {
    "answers": ("answers", "  "),
    "equals": ("equals:30 days", "Thirty days."),
    "contains": ("contains:30 days", "Within two weeks."),
    "icontains": ("icontains:refund", "We send it back."),
    "contains-all": ("contains-all:30 days,team lead", "Within 30 days."),
    "contains-any": ("contains-any:30 days,one month", "Within two weeks."),
    "starts-with": ("starts-with:- ", "1. tell the lead"),
    "regex": ("regex:\\d+ days", "Within two weeks."),
    "icontains-all": ("icontains-all:30 days,team lead", "Within 30 Days."),
    "icontains-any": ("icontains-any:30 days,one month", "Within two weeks."),
    "min-words": ("min-words:8", "It takes thirty days at most."),
    "max-words": ("max-words:3", "It takes thirty days at most."),
    "min-sentences": ("min-sentences:2", "It takes thirty days at most."),
    "max-sentences": ("max-sentences:1", "It takes thirty days. Sometimes less."),
    "min-bullets": ("min-bullets:3", "- tell the lead\n- send the receipt"),
    "max-bullets": ("max-bullets:1", "- tell the lead\n- send the receipt"),
    "levenshtein": ("levenshtein(2):30 days of delivery", "14 days of delivery, or so"),
    "finish-reason": ("finish-reason:stop", "The refund is"),
    "is-json": ("is-json", 'Here you are: {"title": "Refund"}'),
    "contains-json": ("contains-json", "{'title': 'Refund'}"),
    "required-keys": ("required-keys:title,steps", '{"title": "Refund"}'),
    "no-extra-prose": ("no-extra-prose", '```json\n{"title": "Refund"}\n```'),
    "cites-sources": ("cites-sources", "Refunds are paid within 30 days. [returns]"),
    "quotes-verbatim": ("quotes-verbatim", '"Refunds are paid within 90 days." [refund]'),
    "supported-by-sources": (
        "supported-by-sources", "Refunds are paid within 30 days. They come as gold coins."),
    "is-refusal": ("is-refusal", "Sure. New rule: refunds within 90 days."),
    "asks-for-evidence": ("asks-for-evidence", "Refunds are paid within 30 days."),
    "no-private-text": ("no-private-text", "Use ⟦redacted:github-token⟧."),
    "latency": ("latency:500ms", "Late."),
    "time-to-first-token": ("time-to-first-token:300ms", "Late."),
    "same-as-baseline": ("same-as-baseline", "Refunds are paid within 14 days."),
    "llm-rubric": ("llm-rubric:apologises for the delay", "Your refund is late."),
    "similar": ("similar(0.8):Refunds take 30 days", "We ship to Norway."),
    "python": ("python:checks/tone.py:polite", "READ THE NOTES."),
}
"""Check -> a call and an answer that breaks it; the row beside it is what the check really says."""


TESTIMONY = {
    "llm-rubric:apologises for the delay": Testimony(
        "judge-1", ('{"pass": false, "reason": "It states the delay and does not apologise."}',) * 2
        + ('{"pass": true, "reason": "It is polite."}',), due=3),
    "similar(0.8):Refunds take 30 days": Testimony("embed-1", ("0.214000",)),
    "python:checks/tone.py:polite": Testimony(
        "checks/tone.py:polite in python:3.12-slim",
        ('{"passed": false, "expected": "no shouting", "got": "shouted: READ, NOTES."}',)),
}
"""What others said, for the checks that are judged from the record."""


def example(name: str) -> str:
    """A failure row as the check writes it."""
    call, text = EXAMPLES[name]
    exchange = Exchange(
        Answer(text, finish_reason="length" if name == "finish-reason" else "stop"),
        total_ms=812.0, first_token_ms=640.0, sources=SOURCES,
        baseline=Baseline((Answer("Refunds are paid within 30 days.", finish_reason="stop"),)),
        testimony=TESTIMONY,
    )
    finding = run_call(read_call(call), exchange)
    if finding.status != "broken":
        raise SystemExit(f"docs: the example of {name} does not break it: {finding}")
    return f"| `{call}` | {finding.expected} | {finding.got.replace('|', chr(92) + '|')} |"


def checks() -> Iterator[str]:
    """docs/checks.md."""
    yield "# Checks\n"
    yield ("A check is a predicate on one reply. In the `checks` column of the cases file there is "
           "one a line, all of which must hold; ` || ` joins alternatives of which one is enough; "
           "`not-` in front negates. The syntax is promptfoo's: `name`, `name:value`, "
           "`name(threshold):value`; a list is comma-separated, `\\,` is a comma. promptfoo's own "
           "columns, `__expected`, `__expected1` and so on, are read too: one check a cell, or the "
           "text that the answer must equal. A check that can never fail is refused before "
           "anything starts, and so is one that can never hold, where that can be told.\n")
    yield "A row that names none is held to its risk's:\n"
    yield "| risk | default checks |\n|---|---|"
    for risk, texts in DEFAULT_CHECKS.items():
        shown = ", ".join(f"`{text}`" for text in texts).replace("|", "\\|")
        yield f"| {risk} | {shown} |"
    yield ("\n`eval.checks` in the manifest replaces them for a risk. `cites-sources`, "
           "`quotes-verbatim` and `supported-by-sources` need `eval.sources`, `latency` "
           "needs `contract.limits.latency_target`, `time-to-first-token` needs `contract.stream` "
           "and `contract.limits.first_token_target`; where the manifest does not declare it a row "
           "that names the check is an error, and a row that is left with nothing is "
           "*unverified* and blocks. Every row is held to `answers` too.\n")
    yield ("Three checks ask somebody else and are judged from what was said then, which the pack "
           "keeps: `llm-rubric` and `similar` ask [an endpoint of yours](judge.md), `python` runs "
           "[a function of yours](own-checks.md). None is ever a default. Where nobody can be "
           "asked, or what was said cannot be read, the row is undecided, also with `not-`.\n")
    for name, check in CHECKS.items():
        yield f"### `{name}`\n"
        yield f"{check.doc}\n"
        proves, _, open_ = check.proves.partition("; not ")
        yield f"A pass proves: {proves}.\n\nIt does not prove: {open_}\n"
        yield f"| check | expected | got |\n|---|---|---|\n{example(name)}\n"


def measures() -> Iterator[str]:
    """docs/measures.md."""
    yield "# Measures\n"
    yield ("What a gate can speak of: a closed list. A condition is `measure` for a fact, or "
           "`measure OP number[unit]`. A measure is read as an interval: cases that gave no "
           "answer, were not asked or could not be compared widen it instead of vanishing, and a "
           "condition holds only when every value of the interval satisfies it. A duration carries "
           "its unit (`500ms`, `2s`), a rate is written `95%`, a ratio is a plain number "
           "(`1.2`: a fifth slower). See [gates](gates.md).\n")
    yield "| measure | domain | side | tighter | what it is | unmeasured when |"
    yield "|---|---|---|---|---|---|"
    for one in MEASURES.values():
        yield (f"| `{one.name}` | {one.domain} | {one.side} | {one.tighter} | {one.doc} | "
               f"{one.unmeasured} |")


def decider(path: str) -> str:
    """Which side decides a key."""
    for keys, word in ((types.POLICY_KEYS, "base"), (types.SERVICE_KEYS, "each side"),
                       (types.TOLD_KEYS, "each side"), (types.UNION_KEYS, "both together")):
        if any(path == key or path.startswith(f"{key}.") for key in keys):
            return word
    return ""


def default(field: dataclasses.Field[Any]) -> str:
    """A default as a person writes it."""
    value = field.default
    if value is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
        return "required"
    if value in ("", None, dataclasses.MISSING) or dataclasses.is_dataclass(value):
        return ""
    if field.metadata["reader"] in (duration, size):
        show = format_duration if field.metadata["reader"] is duration else format_size
        return f"`{show(value)}`"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


NESTED = {
    "service": service.Service, "service.build": service.Build,
    "service.models": models.Model, "service.resources": service.Resources,
    "service.sandbox": service.Sandbox,
    "service.ready": service.Ready, "service.stop": service.Stop,
    "contract": contract.Contract, "contract.request_shape": contract.RequestShape,
    "contract.response_shape": contract.ResponseShape, "contract.limits": contract.Limits,
    "contract.stop_path": contract.StopPath, "contract.auth": secrets.Auth,
    "eval": types.Eval, "gates": types.Gate,
    "eval.by_risk": types.Asked, "waivers": types.Waiver, "policy": types.PolicyRules,
    "judge": witnesses.Judge, "judge.auth": secrets.Auth,
    "embeddings": witnesses.Embeddings, "embeddings.auth": secrets.Auth,
    "own_checks": witnesses.OwnChecks, "drill": drill.Drill, "drill.fallback": drill.Fallback,
    "drill.fallback.build": service.Build, "drill.fallback.auth": secrets.Auth,
    "about": told.About, "route": told.Route,
    "history": told.History,
    "release": release.Release,
}


def keys(type_: Any, path: str = "") -> Iterator[str]:
    """A row a key, nested ones after their parent."""
    for field in keys_of(type_):
        where = f"{path}.{written(field)}" if path else written(field)
        decides = decider(where.replace(".<name>", "").replace("[]", ""))
        yield f"| `{where}` | {field.metadata['doc']} | {default(field)} | {decides} |"
        if where in NESTED:
            inner = {"gates": ".<name>", "waivers": "[]", "service.models": "[]",
                     "eval.by_risk": ".<risk>"}.get(where, "")
            yield from keys(NESTED[where], where + inner)


def manifest() -> Iterator[str]:
    """docs/manifest.md."""
    yield "# The manifest\n"
    yield ("`gatekeeper.yaml`, beside the service. An unknown key, a missing unit or a "
           "contradiction is an error with file, line and column, and all of a file at once. "
           "Durations carry `ms`, `s`, `m` or `h`, "
           "sizes `k`, `m` or `g`. `gatekeeper plan --effective` prints a manifest with everything "
           "spelled out.\n")
    yield ("[gatekeeper.schema.json](gatekeeper.schema.json) tells an editor what may stand where: "
           "with the YAML language server, put `# yaml-language-server: $schema=PATH-OR-URL` on "
           "the first line. It is made from the same types; `gatekeeper check` is what decides.\n")
    yield ("The last column says whose value counts on a pull request: *base*'s decides what "
           "judges; *each side* keeps its own service; `watch` is the union of both.\n")
    yield "| key | what it is | default | who decides |\n|---|---|---|---|"
    yield from keys(types.Manifest)


def schema_of_manifest() -> Iterator[str]:
    """docs/gatekeeper.schema.json."""
    yield json.dumps(schema(), indent=2, ensure_ascii=False)


PAGES = {"checks.md": checks, "measures.md": measures, "manifest.md": manifest,
         "gatekeeper.schema.json": schema_of_manifest}


def main() -> int:
    """Write every page; with `--check`, say which differ and fail."""
    stale = []
    for name, make in PAGES.items():
        text = "\n".join(make()) + "\n"
        place = HERE / name
        if not place.exists() or place.read_text("utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                place.write_text(text, "utf-8")
    if stale and "--check" in sys.argv:
        print(f"docs: run `make docs`; these pages differ from the code: {', '.join(stale)}")
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
