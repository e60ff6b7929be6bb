"""The ladder: a test for every rung, and what holds for all of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.judging.verdict import EXIT_CODES, Situation, decide
from gatekeeper.model import Fault
from gatekeeper.outcome import Conclusion
from tests.support.make import WORDS, judged_gate, make_facts, make_tally

PASS, BLOCK, UNDECIDED, INTERRUPTED = (
    Conclusion.PASS, Conclusion.BLOCK, Conclusion.UNDECIDED, Conclusion.INTERRUPTED)


def situation(words: str = "ok ok", **changed: object) -> Situation:
    """A run in which everything is well, but for what is given."""
    gate = judged_gate("failures == 0", facts=make_facts(words))
    return replace(Situation(make_tally(words), (gate,)), **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("case", "conclusion", "reason"),
    [
        pytest.param(situation(), PASS, "every gate that blocks this event is open", id="10 pass"),
        pytest.param(situation(interrupted=True), INTERRUPTED,
                     "the run was interrupted before it was complete", id="1 interrupted"),
        pytest.param(situation("", nothing_changed=True), PASS,
                     "nothing that counts changed; nothing was started", id="2 nothing changed"),
        pytest.param(situation(unaccepted=("base's policy cannot be read",)), BLOCK,
                     "base's policy cannot be read", id="3 policy replaced"),
        pytest.param(situation("dead dead", head_failure="exited (exit code 1)"), BLOCK,
                     "head's service did not start: exited (exit code 1)", id="4 own fault"),
        pytest.param(situation(head_failure="no such host", head_fault=Fault.WORLD), UNDECIDED,
                     "head's service did not start: no such host", id="4 the world's fault"),
        pytest.param(situation(head_died="killed for memory"), BLOCK,
                     "head's service ended while it was asked: killed for memory", id="4 died"),
        pytest.param(situation("ok open"), BLOCK, "1 row is held to nothing executable",
                     id="5 unverified"),
        pytest.param(situation("ok FAIL"), BLOCK,
                     "gate share is closed: failures == 0, measured 1 (1 of 2 cases)",
                     id="6 closed"),
        pytest.param(situation("ok gate"), UNDECIDED,
                     "gate share is undecided: failures == 0, measured 0 to 1 (0 of 2 cases) "
                     "(1 × gatekeeper itself failed)", id="6 undecided"),
        pytest.param(situation(gates=()), BLOCK,
                     "no gate blocks this event: nothing is asked of the change", id="7 no gate"),
        pytest.param(situation("skip"), UNDECIDED, "no case was answered: nothing was measured",
                     id="8 nothing measured"),
        pytest.param(situation(limited=("only some of the cases were asked",)), UNDECIDED,
                     "only some of the cases were asked", id="9 limited"),
    ],
)
def test_rung(case: Situation, conclusion: Conclusion, reason: str) -> None:
    verdict = decide(case)
    assert verdict.conclusion is conclusion
    assert reason in [one.text for one in verdict.reasons]


def test_every_reason_is_listed_whichever_wins() -> None:
    verdict = decide(situation("ok FAIL", interrupted=True, limited=("fewer repeats",)))
    assert [reason.conclusion for reason in verdict.reasons] == [INTERRUPTED, BLOCK, UNDECIDED]


def test_an_interrupted_run_does_not_pass_because_nothing_changed() -> None:
    assert decide(situation(interrupted=True, nothing_changed=True)).conclusion is INTERRUPTED


def test_only_pass_is_exit_code_0() -> None:
    assert {str(conclusion): int(code) for conclusion, code in EXIT_CODES.items()} == {
        "pass": 0, "block": 1, "undecided": 3, "interrupted": 130}


situations = st.builds(
    lambda words, interrupted, unaccepted, failure, fault, limited: situation(
        " ".join(words), interrupted=interrupted, unaccepted=unaccepted, head_failure=failure,
        head_fault=fault, limited=limited),
    st.lists(st.sampled_from(sorted(WORDS)), max_size=6), st.booleans(),
    st.sampled_from([(), ("replaced",)]), st.sampled_from(["", "exited"]),
    st.sampled_from(list(Fault)), st.sampled_from([(), ("some cases",)]),
)


@given(situations)
@settings(deadline=None, max_examples=300)
def test_it_passes_only_when_everything_is_well(case: Situation) -> None:
    well = not (case.interrupted or case.unaccepted or case.head_failure or case.limited)
    statuses = {status for counter in case.tally.counts.values() for status in counter}
    passed = decide(case).conclusion is PASS
    assert passed == (well and statuses == {"passed"})


@given(situations)
@settings(deadline=None, max_examples=100)
def test_trouble_never_makes_it_better(case: Situation) -> None:
    order = [PASS, UNDECIDED, BLOCK, INTERRUPTED]
    before = order.index(decide(case).conclusion)
    for trouble in ({"interrupted": True}, {"unaccepted": ("x",)}, {"limited": ("x",)},
                    {"head_failure": "x", "head_fault": Fault.CHANGE}, {"head_died": "x"}):
        assert order.index(decide(replace(case, **trouble)).conclusion) >= before
