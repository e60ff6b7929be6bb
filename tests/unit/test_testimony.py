"""What others said: kept, read back, and counted only for the question it was given on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.cases.requirements import read_requirements
from gatekeeper.checks.kinds import Exchange
from gatekeeper.checks.table import run_requirement
from gatekeeper.formats.canonical import to_line
from gatekeeper.manifest.witnesses import Embeddings, Judge
from gatekeeper.model import Answer, Case, Risk, Side
from gatekeeper.witnesses.testimony import (
    Question,
    Witnesses,
    cosine,
    read_cosine,
    read_heard,
    to_data,
    witnessed,
)
from gatekeeper.witnesses.testimony import Testimony as Said
from tests.support.builders import hostile_text

YES, NO = '{"pass": true, "reason": "kind"}', '{"pass": false, "reason": "rude"}'
KIND = '{"passed": true, "expected": "kind", "got": "kind"}'
RUDE = '{"passed": false, "expected": "kind", "got": "rude"}'
JUDGE = Judge("http://judge/v1", "judge-1")
POLICY = Witnesses(JUDGE, Embeddings("http://judge/v1", "e-1"),
                   files={"tone.py": b"def polite(reply): ..."})
ANSWER = Answer("Thank you.", "stop")


def held_to(checks: str) -> Case:
    """A row held to these checks, one a line."""
    return Case("a", "Say", "is kind", Risk.SAFETY, read_requirements(checks), "row", 2)


def questions(case: Case, policy: Witnesses = POLICY, answer: Answer = ANSWER) -> list[Question]:
    """What is asked of head's first reply."""
    return list(policy.questions(case, Side.HEAD, 1, answer))


def heard(case: Case, *said: str, failed: tuple[str, ...] = (), policy: Witnesses = POLICY
          ) -> Witnesses:
    """The policy's witnesses after each was asked about this row and said this."""
    lines = [to_data(question, Said("W", said, failed)) for question in questions(case)]
    return replace(policy, heard=read_heard(json.loads(to_line(line)) for line in lines))


def found(check: str, witnesses: Witnesses, answer: Answer = ANSWER) -> tuple[str, str]:
    """Status and got of one check."""
    case = held_to(check)
    said: Mapping[str, Said] = witnesses.on(case, Side.HEAD, 1, answer)
    finding = run_requirement(case.requirements[0], Exchange(answer, 1.0, testimony=said))
    return str(finding.status), finding.got


RUBRIC, LIKE, OWN = "llm-rubric:is kind", "similar(0.8):Thanks", "python:tone.py:polite"


@pytest.mark.parametrize(("check", "said", "status", "got"), [
    (RUBRIC, (YES,) * 3, "held", "meets it: 'kind' (from the record: said by W, 3 of 3 votes)"),
    (RUBRIC, (NO, YES, NO), "broken",
     "does not: 'rude' (from the record: said by W, 2 of 3 votes)"),
    (RUBRIC, (YES, NO), "unmeasured", "no majority of 3 votes of W: 1 to pass, 1 to fail"),
    (RUBRIC, (YES, YES), "held", "meets it: 'kind' (from the record: said by W, 2 of 3 votes)"),
    (RUBRIC, (YES,) * 4, "unmeasured", "no majority of 3 votes of W: 4 to pass, 0 to fail"),
    (LIKE, ("0.800000",), "held", "0.8 (from the record: embeddings of W)"),
    (LIKE, ("0.799999",), "broken", "0.799999 (from the record: embeddings of W)"),
    (LIKE, ("nan",), "unmeasured", "nobody was asked"),
    (LIKE, ("7",), "unmeasured", "nobody was asked"),
    (LIKE, ("0.9", "0.9"), "unmeasured", "nobody was asked"),
    (OWN, (KIND,), "held", "'kind' (from the record: said by W)"),
    (OWN, (RUDE,), "broken", "'rude' (from the record: said by W)"),
    (OWN, ("{}",), "unmeasured", "its answer is `passed` is not true or false"),
    (OWN, (KIND, KIND), "unmeasured", "nobody was asked"),
])
def test_what_was_said_decides(check: str, said: tuple[str, ...], status: str, got: str) -> None:
    witnesses = heard(held_to(check), *said)
    assert found(check, witnesses) == (status, got)
    turned = {"held": "broken", "broken": "held"}.get(status, status)
    assert found(f"not-{check}", witnesses)[0] == turned


@pytest.mark.parametrize("check", [RUBRIC, LIKE, OWN])
def test_why_nobody_said_anything_is_told_and_never_passes(check: str) -> None:
    witnesses = heard(held_to(check), failed=("W: the connection was refused",))
    for one in (check, f"not-{check}"):
        status, got = found(one, witnesses)
        assert status == "unmeasured"
        assert "the connection was refused" in got
        assert found(one, POLICY)[0] == "unmeasured"


@pytest.mark.parametrize("check", [RUBRIC, LIKE, OWN])
def test_what_was_said_of_another_reply_counts_for_nothing(check: str) -> None:
    witnesses = heard(held_to(check), {RUBRIC: YES, LIKE: "1.0", OWN: KIND}[check])
    assert found(check, witnesses, Answer("Go away.", "stop"))[0] == "unmeasured"


@pytest.mark.parametrize(("check", "said", "other"), [
    (RUBRIC, YES, replace(POLICY, judge=replace(JUDGE, model="another"))),
    (RUBRIC, YES, replace(POLICY, judge=replace(JUDGE, votes=1))),
    (RUBRIC, YES, replace(POLICY, judge=None)),
    (LIKE, "1.0", replace(POLICY, embeddings=None)),
    (OWN, KIND, replace(POLICY, files={"tone.py": b"def polite(reply): return 1"})),
    (OWN, KIND, replace(POLICY, files={})),
])
def test_what_another_policy_asked_counts_for_nothing(
    check: str, said: str, other: Witnesses
) -> None:
    witnesses = replace(other, heard=heard(held_to(check), said).heard)
    assert found(check, witnesses)[0] == "unmeasured"


def test_a_check_and_its_negation_are_one_question() -> None:
    case = held_to(f"{RUBRIC} || contains:thanks\nnot-{RUBRIC}\nllm-rubric:is short\nis-json")
    assert [call.argument for call in witnessed(case)] == ["is kind", "is short"]
    assert [question.key for question in questions(case)] == [
        ("a", Side.HEAD, 1, "llm-rubric:is kind"), ("a", Side.HEAD, 1, "llm-rubric:is short")]


def test_a_key_in_the_environment_is_no_part_of_a_question() -> None:
    assert "JUDGE_KEY" not in json.dumps([q.payload for q in questions(held_to(RUBRIC))])


line = st.fixed_dictionaries({}, optional={
    name: st.none() | st.integers() | hostile_text | st.lists(hostile_text, max_size=2)
    for name in ("case", "side", "number", "check", "about", "by", "said", "failed")})


@given(st.lists(line | st.none() | st.integers() | hostile_text, max_size=4))
def test_a_damaged_record_was_said_by_nobody(lines: list[Any]) -> None:
    for (_, side, number, _), (_, testimony) in read_heard(lines).items():
        assert isinstance(side, Side)
        assert isinstance(number, int)
        assert all(isinstance(text, str) for text in (*testimony.said, *testimony.failed))


def test_the_first_that_was_said_of_one_thing_counts() -> None:
    question, = questions(held_to(RUBRIC))
    lines = [to_data(question, Said("W", (said,))) for said in (NO, YES)]
    (_, testimony), = read_heard(lines).values()
    assert testimony.said == (NO,)


vector = st.lists(st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-6), min_size=1,
                  max_size=6).filter(any)


@given(one=vector, scale=st.floats(0.001, 1000))
def test_a_text_is_like_itself_however_long_its_vector(one: list[float], scale: float) -> None:
    assert read_cosine(cosine(one, [value * scale for value in one])) == 1
    assert read_cosine(cosine(one, [-value for value in one])) == -1


@given(one=vector, other=vector)
def test_a_likeness_is_mutual_and_bounded(one: list[float], other: list[float]) -> None:
    size = min(len(one), len(other))
    one, other = one[:size], other[:size]
    if any(one) and any(other):
        assert cosine(one, other) == cosine(other, one)
        assert -1 <= float(cosine(one, other)) <= 1


@pytest.mark.parametrize(("one", "other"), [
    ([], []), ([1], [1, 2]), ([0, 0], [1, 0]), ([1, "2"], [1, 2]), ([True, 1], [1, 1]),
    ([float("nan"), 1], [1, 1]), ([float("inf"), 1], [1, 1]), ([10**400], [1]), ([None], [1]),
])
def test_what_is_no_pair_of_vectors(one: list[Any], other: list[Any]) -> None:
    with pytest.raises(ValueError, match="embedding"):
        cosine(one, other)
