"""What is left to ask of a run that was cut off, and facts of several machines as one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import UsageError
from gatekeeper.evidence.files import RESULTS, TESTIMONY, VERDICT
from gatekeeper.evidence.pack import Pack
from gatekeeper.evidence.resuming import Kept, take_up
from gatekeeper.formats.canonical import to_line
from gatekeeper.judging.measures import Fact, Facts
from gatekeeper.judging.parts import together
from gatekeeper.model import Fault, Side
from tests.support.make import judged_gate, make_facts, make_tally

numbers = st.frozensets(st.integers(1, 12))


@given(numbers, st.integers(1, 6), st.integers(1, 6))
def test_nothing_is_asked_twice_and_no_number_is_left_out(
    have: frozenset[int], first: int, repeats: int
) -> None:
    due = Kept({("a", Side.HEAD): have}).due("a", Side.HEAD, range(1, first + 1), repeats)
    assert not have & set(due)
    then = have | set(due)
    assert set(range(1, first + 1)) <= then
    regular, extra = ({n for n in then if (n > repeats) is beyond} for beyond in (False, True))
    assert regular == set(range(1, max(regular, default=0) + 1))
    assert extra == set(range(repeats + 1, max(extra, default=repeats) + 1))


def line(case: str, number: int, error: str = "") -> str:
    """One attempt as a pack has it."""
    return to_line({"case": case, "side": "head", "number": number, "reply": {"error": error}})


@pytest.mark.parametrize(("lines", "kept"), [
    ([line("a", 1), line("b", 1)], 2),
    ([line("a", 1), '{"case":"b","si'], 1),
    ([line("a", 1), line("b", 1, "dropped"), line("c", 1, "refused")], 1),
    ([line("a", 1), line("b", 1, "dropped"), line("c", 1)], 3),
    ([line("a", 1), line("b", 1, "timed-out")], 2),
    ([line("b", 1, "refused")], 0), ([], 0)])
def test_what_a_kill_left_is_cut_to_what_was_measured(
    tmp_path: Path, lines: list[str], kept: int
) -> None:
    (tmp_path / RESULTS).write_text("".join(lines))
    (tmp_path / TESTIMONY).write_text('{"case":1}\n{"cas')
    (tmp_path / VERDICT).write_text("{}")
    found = take_up(Pack(tmp_path))
    assert sum(map(len, found.numbers.values())) == kept
    assert (tmp_path / RESULTS).read_text() == "".join(lines[:kept])
    assert (tmp_path / TESTIMONY).read_text() == '{"case":1}\n'
    assert not (tmp_path / VERDICT).exists()


def test_a_pack_that_is_none_is_not_taken_up(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not an evidence pack"):
        Pack.reopen(tmp_path)


def joined(**facts: Fact) -> Facts:
    """Three machines, the second of which has these facts."""
    parts = [("shard 1", make_facts()), ("shard 2", make_facts(**facts)),
             ("shard 3", make_facts())]
    return together(parts, make_tally("ok ok ok"))


@pytest.mark.parametrize(("fact", "state"), [
    (Fact(True), "open"), (Fact(False, "no answer"), "closed"),
    (Fact(None, "no engine", Fault.WORLD), "undecided"),
    (Fact(None, "no start", Fault.CHANGE), "closed")])
def test_what_must_hold_must_hold_on_every_machine(fact: Fact, state: str) -> None:
    gate: Any = judged_gate("smoke.passed", facts=joined(smoke=fact))
    assert gate.state == state
    if fact.reason:
        assert "shard 2: " in gate.conditions[0].measured + gate.conditions[0].reason


def test_a_baseline_that_one_machine_rightly_lacks_is_no_excuse_for_the_others() -> None:
    assert joined(baseline=Fact(True, "base does not start")).baseline == Fact(True)
    assert joined(baseline=Fact(None, "no engine", Fault.WORLD)).baseline.holds is None
