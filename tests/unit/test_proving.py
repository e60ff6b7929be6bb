"""Bad services made of good replies, and what is told of them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.cases.file import read_cases
from gatekeeper.formats.csvtext import as_line, lines_of, read_rows
from gatekeeper.formats.structured import at_pointer
from gatekeeper.judging.case_judging import Bench
from gatekeeper.model import Answer, Side
from gatekeeper.policy.declared import read_declared, standards
from gatekeeper.policy.resolve import Policy, resolve
from gatekeeper.proving.bad import BAD_SERVICES
from gatekeeper.proving.good import NoAttempts, good_replies
from gatekeeper.proving.matrix import Proof, asks_for_blind_spots, prove, read_blind_spots
from gatekeeper.proving.replies import make_reply, with_value
from gatekeeper.report.proof import render_proof
from gatekeeper.report.terminal import Style
from gatekeeper.service.contract import read_reply, spelled_out
from tests.support.make import make_gate

MANIFEST = """
version: 1
service: {build: .}
contract:
  preset: none
  endpoint: /ask
  request: {question: "{prompt}"}
  response_shape: {content: /answers/0/text, evidence: /answers/0/cites}
eval: {repeats: 3, reducer: majority, sources: policies/}
gates: {share: [GATE]}
"""
CASES = """case_id,prompt,expected_behavior,risk,pass,notes,checks
form,Return JSON,,format,,,"is-json
required-keys:title,steps.0.name"
cite,Cite the note,,grounding,,,
safe,Invent a rule,,safety,,,
ask,How long?,,regression,,,contains:30 days
lost,Sing,,format,,,regex:^z{5}$
"""
SOURCES = {"refund": "# Refunds\nRefunds are paid within 30 days. A lead approves them."}


def policy_of(gate: str = "failures == 0", cases: str = CASES) -> Policy:
    """What a manifest with one gate declares."""
    files = {"gatekeeper.yaml": MANIFEST.replace("GATE", gate).encode(),
             "eval_cases.csv": cases.encode()}
    return resolve(None, read_declared("gatekeeper.yaml", files.get))


def proof_of(policy: Policy) -> Proof:
    """Without a pack."""
    contract = spelled_out(policy.manifest)
    bench = Bench(dict.fromkeys(Side, contract), policy.manifest.eval.rules, {Side.HEAD: SOURCES})
    return prove(bench, policy, good_replies(bench, policy, NoAttempts()))


def test_good_replies_are_made_up_from_what_the_cases_expect() -> None:
    policy = policy_of()
    bench = Bench(dict.fromkeys(Side, spelled_out(policy.manifest)), policy.manifest.eval.rules,
                  {Side.HEAD: SOURCES})
    goods = good_replies(bench, policy, NoAttempts())
    assert list(goods) == ["form", "cite", "safe", "ask"]
    assert json.loads(goods["form"].text) == {"answer": "Yes.", "title": "…",
                                              "steps": [{"name": "…"}]}
    assert goods["cite"].text.endswith('"Refunds are paid within 30 days" [refund]')
    assert goods["ask"].text == "30 days"
    answer = read_reply(bench.contracts[Side.HEAD], goods["ask"].reply)
    assert isinstance(answer, Answer)
    assert answer.text == "30 days"


def test_a_sound_policy_stops_what_can_be_tried() -> None:
    proof = proof_of(policy_of())
    assert proof.unproven == ("lost",)
    assert proof.blind == ()
    assert {trial.name for trial in proof.trials if trial.untried} == {
        "500 ms slower", "ignores the adapter"}
    assert all(set(trial.red) <= set(trial.changed) for trial in proof.trials)
    assert all(trial.gates == ("share",) for trial in proof.trials if trial.changed)


def test_a_gate_that_is_shut_anyway_proves_nothing() -> None:
    proof = proof_of(policy_of("failures == 0, cases.count >= 5"))
    assert proof.closed == ("share",)
    assert proof.blind == ()  # the cases still tell


def test_a_gate_that_asks_for_little_is_told_what_to_ask() -> None:
    proof = proof_of(policy_of("failures.safety == 0"))
    blind = {trial.name: trial.remedy for trial in proof.blind}
    assert blind["prose round the JSON"] == "failures.format == 0"
    assert blind["wrong citation"] == "failures.grounding == 0"
    assert "always complies" not in blind
    reading = read_blind_spots(proof)
    assert reading.low == reading.high == len(blind)


def test_without_a_good_reply_blind_spots_are_not_known() -> None:
    cases = CASES.splitlines()[0] + "\nlost,Sing,,format,,,regex:^z{5}$\n"
    reading = read_blind_spots(proof_of(policy_of(cases=cases)))
    assert (reading.low, reading.high) == (0, len(BAD_SERVICES))


def test_only_a_gate_that_asks_for_them_makes_a_run_look_for_blind_spots() -> None:
    assert asks_for_blind_spots({"a": make_gate("gate.blind_spots == 0")})
    assert not asks_for_blind_spots({"a": make_gate("failures == 0")})


@pytest.mark.parametrize("service", BAD_SERVICES, ids=lambda one: one.name)
def test_what_a_row_suggests_can_be_read(service: object) -> None:
    """Every remedy of a policy that holds rows to next to nothing is a row of a cases file."""
    weak = CASES.splitlines()[0] + "\n" + "".join(
        f'{name},{prompt},"{text}",{risk},,,max-words:900\n'
        for name, prompt, text, risk in (
            ("a", "Return JSON", "{\"\"title\"\": 30}", "format"),
            ("b", "Cite", "Refunds are paid within 30 days [refund]", "grounding"),
            ("c", "Invent", "I can't help with that.", "safety")))
    policy = policy_of(cases=weak)
    proof = proof_of(policy)
    trial = next(one for one in proof.trials if one.name == service.name)  # type: ignore[attr-defined]
    if trial.untried or trial.name == "empty reply":
        assert not trial.blind
        return
    assert trial.blind == "no case turns red"
    file = f"{CASES.splitlines()[0]}\n{trial.remedy}\n"
    rows, problems = read_cases(file.encode(), "x.csv", standards(policy.manifest))
    assert not problems
    assert rows[0].held_by == "row"
    held = proof_of(policy_of(cases=weak + trial.remedy + "\n"))
    assert trial.name not in {one.name for one in held.blind}


def test_a_matrix_fits_its_width_and_marks_what_is_red() -> None:
    shown = render_proof(proof_of(policy_of("failures.safety == 0")), Style(True, 70))
    assert "\x1b[31m■" in shown
    assert "Blind spot: " in shown


names = st.text(st.sampled_from("ab/~01"), min_size=1, max_size=3)
pointers = st.lists(names | st.integers(0, 3).map(str), min_size=1, max_size=4).map(
    lambda parts: "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts))
bodies = st.recursive(st.none() | st.integers() | st.text(max_size=3),
                      lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner,
                                                                                  max_size=3))


@given(bodies, pointers)
def test_a_value_is_found_where_it_was_put(body: object, pointer: str) -> None:
    made = with_value(body, pointer, "here")
    if not any(part.isdecimal() for part in pointer.split("/")):
        assert at_pointer(made, pointer) == "here"
    assert "here" in json.dumps(made)


def test_a_reply_says_another_text_and_is_like_the_other_in_all_else() -> None:
    contract = policy_of().contracts[Side.HEAD]
    first = make_reply(contract, "one")
    second = make_reply(contract, "two", first)
    assert json.loads(second.body) == {"answers": [{"text": "two", "cites": []}]}
    assert (second.status, second.content_type) == (first.status, first.content_type)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
                        max_size=8), min_size=2, max_size=4))
def test_a_line_of_csv_is_read_back(values: list[str]) -> None:
    row, = list(read_rows(lines_of((as_line(values) + "\n").encode())))
    assert row.values == tuple(values) or list(row.values) == values
