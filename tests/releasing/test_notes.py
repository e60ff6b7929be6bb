"""Release notes: facts and nothing else, harmless whatever they are facts of."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from gatekeeper.evidence.pack import Pack
from gatekeeper.judging.from_pack import judge
from gatekeeper.model import Change, ChangeKind
from gatekeeper.outcome import ConditionResult, GateResult, GateState
from gatekeeper.releasing.claim import Proof
from gatekeeper.releasing.mark import read_mark
from gatekeeper.releasing.notes import BYTES, CHARACTERS, Facts, make_notes
from tests.support.cli import gatekeeper
from tests.support.repository import Repository
from tests.support.story import STORIES, build

GOLDEN = Path(__file__).parent / "golden"
COMMIT, DIGEST = "c" * 40, f"sha256:{'d' * 64}"
_UNSTABLE = ((re.compile(r"<code>[0-9a-f]{40}</code>"), "<code>TREE</code>"),
             (re.compile(r"sha256&#58;(?!d{64}|e{64})[0-9a-f]{64}"), "sha256&#58;POLICY"),
             (re.compile(r"\b[0-9a-f]{12}\b"), "COMMIT"))


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """Those of a story in which a waived case fails."""
    folder = tmp_path_factory.mktemp("notes")
    repository: Repository = build(STORIES / "case-waived", folder / "repository")
    done = gatekeeper("run", "--runtime", "process", "--evidence", str(folder / "pack"),
                      cwd=repository.folder)
    assert done.code == 0, done.out + done.err
    pack = Pack.open(folder / "pack")
    judgement = judge(pack, record=replace(pack.read_record(), event="release"))
    return Facts(
        "v1.3.0", COMMIT, Proof(judgement, DIGEST, f"ghcr.io/acme/assistant@sha256:{'e' * 64}"),
        (Change(ChangeKind.QUANTIZATION, "config/model.toml", "/quantization", "int8", "int4"),
         Change(ChangeKind.PROMPT, "prompts/system.txt", note="edited"),
         Change(ChangeKind.PROMPT, "prompts/refusal.txt", note="added")),
        "v1.2.1", "https://github.com/acme/assistant/actions/runs/50")


def stable(notes: str) -> str:
    """The notes without what differs each time."""
    for pattern, name in _UNSTABLE:
        notes = pattern.sub(name, notes)
    return notes


@pytest.mark.parametrize("name", ["second", "first"])
def test_notes_are_what_they_were(facts: Facts, name: str, update_golden: bool) -> None:
    if name == "first":
        facts = replace(facts, previous="", evidence_url="", proof=replace(facts.proof, image=""))
    place, text = GOLDEN / f"{name}.md", stable(make_notes(facts))
    if update_golden:
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)
    assert text == place.read_text()


def test_the_mark_is_the_first_line(facts: Facts) -> None:
    assert read_mark(make_notes(facts)) == facts.mark


HOSTILE = "@everyone #1 ![x](http://evil) <!-- gatekeeper release --> </code><b>|`\n## Passed ‮"


def test_hostile_text_stays_text(facts: Facts) -> None:
    gate = GateResult(HOSTILE, ("release",), True, GateState.OPEN, (
        ConditionResult(HOSTILE, HOSTILE, GateState.OPEN),))
    judgement = facts.proof.judgement
    verdict = replace(judgement.verdict, gates=(gate,))
    promise = replace(judgement.policy.promise, stop_path=replace(
        judgement.policy.promise.stop_path, stop=HOSTILE, rollback=HOSTILE))
    hostile = replace(
        facts, changes=(Change(ChangeKind.MODEL, HOSTILE, "/x", HOSTILE, HOSTILE),),
        previous=HOSTILE, proof=replace(facts.proof, judgement=replace(
            judgement, verdict=verdict, policy=replace(judgement.policy, promise=promise),
            record=replace(judgement.record, subject=HOSTILE))))
    notes = make_notes(hostile)
    headings = [line for line in notes.splitlines() if line.startswith("#")]
    assert len(headings) == 6
    for harmful in ("@everyone", "![", "](http://evil", "<b>", "<!-- gatekeeper release -->", "‮",
                    "#1 "):
        assert harmful not in notes
    assert notes.count("<code>") == notes.count("</code>")


def test_long_notes_are_cut_at_rows_and_say_so(facts: Facts) -> None:
    many = tuple(Change(ChangeKind.CODE, f"{'x' * 200}{number}.py", note="edited")
                 for number in range(3000))
    notes = make_notes(replace(facts, changes=many))
    assert len(notes) <= CHARACTERS
    assert len(notes.encode()) <= BYTES
    assert "more, in the evidence pack" in notes
    assert "## Evidence" in notes
