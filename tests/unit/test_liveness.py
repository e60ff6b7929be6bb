"""Whether a change shows in replies: not by chance, and not by what was never answered."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.cases.file import _ID
from gatekeeper.cases.sentinels import PROMPTS, SENTINELS, is_sentinel
from gatekeeper.judging.liveness import (
    AGAIN,
    Heard,
    Sign,
    claimed,
    questions,
    read_liveness,
    sign_of,
)
from gatekeeper.manifest.contract import Contract, ResponseShape
from gatekeeper.model import Attempt, Change, ChangeKind, Fault, Reply, Side, Timing
from gatekeeper.redaction import shapes_in

CONTRACTS = dict.fromkeys(Side, Contract(response_shape=ResponseShape(content="/text")))
KINDS = (ChangeKind.ADAPTER,)
texts = st.lists(st.sampled_from(("a", "b", "no answer")), max_size=4)


def attempt(side: Side, number: int, text: str | None, error: str = "") -> Attempt:
    """One reply; none where there is no text."""
    reply = Reply(200, json.dumps({"text": text}), error=error) if text is not None else \
        Reply(None, "", error=error or "dropped")
    return Attempt("x", side, number, {}, reply, Timing(0.0, None, 1.0))


def heard(**questions: tuple[list[str | None], list[str | None]]) -> Heard:
    """Questions by name, with base's and head's replies."""
    made = Heard()
    for name, sides in questions.items():
        made.add(name.replace("_", "/"), CONTRACTS, {
            side: [attempt(side, n, text) for n, text in enumerate(given, start=1)]
            for side, given in zip(Side, sides, strict=True)})
    return made


@pytest.mark.parametrize(("base", "head", "sign"), [
    (["a"], ["a"], Sign.SAME),
    (["a", "a"], ["a"], Sign.SAME),
    (["a"], ["b"], Sign.ONCE),
    (["a", "a"], ["b"], Sign.ONCE),
    (["a", "a"], ["b", "b"], Sign.SHOWS),
    (["a", "b"], ["a", "a"], Sign.UNSTEADY),
    (["a", "b"], ["c", "c"], Sign.UNSTEADY),
    (["a", "a"], ["no answer", "no answer"], Sign.SHOWS),
    (["no answer"], ["no answer"], Sign.NOTHING),
    ([], ["a"], Sign.NOTHING),
])
def test_what_the_replies_to_one_question_tell(
    base: list[str], head: list[str], sign: Sign
) -> None:
    assert sign_of(base, head) is sign


@given(texts, texts)
def test_the_sides_are_alike_to_it(base: list[str], head: list[str]) -> None:
    assert sign_of(base, head) is sign_of(head, base)


@given(texts)
def test_a_side_never_differs_from_itself(said: list[str]) -> None:
    assert sign_of(said, said) in (Sign.SAME, Sign.UNSTEADY, Sign.NOTHING)


def test_no_case_shows_it_and_the_sentinels_are_asked() -> None:
    made = heard(one=(["a"], ["a"]), two=(["b"], ["b"]))
    assert questions(made) == tuple((one.case_id, 1) for one in SENTINELS)
    fact = read_liveness(KINDS, made)
    assert (fact.holds, fact.fault) == (None, Fault.WORLD)
    assert fact.reason == ("no reply to 2 cases differs from base's, and the sentinels were not "
                           "asked")


def test_no_sentinel_shows_it_either() -> None:
    made = heard(one=(["a"], ["a"]), sentinel_1=(["b"], ["b"]))
    assert questions(made) == ()
    fact = read_liveness(KINDS, made)
    assert fact.holds is False
    assert "1 case and 1 sentinel word for word alike" in fact.reason


def test_one_sentinel_that_differs_is_asked_once_more() -> None:
    made = heard(one=(["a"], ["a"]), sentinel_1=(["b"], ["b"]), sentinel_2=(["b"], ["c"]))
    assert questions(made) == (("sentinel/2", 2),)
    assert read_liveness(KINDS, made).holds is None
    made = heard(one=(["a"], ["a"]), sentinel_2=(["b", "b"], ["c", "c"]))
    assert questions(made) == ()
    assert read_liveness(KINDS, made).holds is True


def test_few_of_many_differences_are_asked_again() -> None:
    made = heard(**{f"case{n}": (["a"], ["b"]) for n in range(10)})
    assert len(questions(made)) == AGAIN


def test_a_service_that_differs_from_itself_tells_nothing() -> None:
    made = heard(one=(["a"], ["a"]), two=(["b", "c"], ["b"]))
    assert questions(made) == ()
    fact = read_liveness((ChangeKind.PROMPT, ChangeKind.DECODING), made)
    assert (fact.holds, fact.fault) == (None, Fault.WORLD)
    assert fact.reason.startswith("whether the change of prompt and decoding shows cannot be told")


def test_one_steady_difference_is_enough_among_unsteady_ones() -> None:
    made = heard(one=(["a", "a"], ["b", "b"]), two=(["b", "c"], ["d"]))
    assert read_liveness(KINDS, made).holds is True


def test_what_nobody_answered_is_no_likeness() -> None:
    made = heard(one=([None], [None]))
    assert questions(made) == ()
    assert read_liveness(KINDS, made).holds is None


def test_what_gatekeeper_could_not_ask_says_nothing() -> None:
    made = Heard()
    made.add("one", CONTRACTS, {Side.BASE: [attempt(Side.BASE, 1, "a")],
                                Side.HEAD: [attempt(Side.HEAD, 1, None, "gate-fault")]})
    assert made.signs[Sign.NOTHING] == 1


def test_what_is_claimed() -> None:
    changes = [Change(kind, "x") for kind in (ChangeKind.CODE, ChangeKind.RAG, ChangeKind.ADAPTER,
                                              ChangeKind.MODEL, ChangeKind.ADAPTER)]
    assert claimed(changes) == (ChangeKind.MODEL, ChangeKind.ADAPTER)


def test_sentinels_are_nobodys_cases() -> None:
    assert all(is_sentinel(one.case_id) and not _ID.fullmatch(one.case_id) for one in SENTINELS)
    assert len(set(PROMPTS)) == len(PROMPTS)
    assert not any(shapes_in(prompt) for prompt in PROMPTS)
