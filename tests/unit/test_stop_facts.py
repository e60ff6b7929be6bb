"""What is read of a stop, out of any pack; and who is asked about GPUs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.adapters.gpu import gpu_holders
from gatekeeper.judging.measure import Fact
from gatekeeper.judging.remarks import remarks_on
from gatekeeper.judging.stopping import proof_of, read_clean, read_shutdown
from gatekeeper.model import Fault

NOT = Fact(None, "not stopped", Fault.WORLD)
GOOD = {"exit_code": 0, "killed": False, "gone": {"port": True},
        "in_flight": {"answered": 2, "refused": 1, "cut_off": 0}}
values = st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.dictionaries(
    st.sampled_from(("answered", "refused", "cut_off", "port")), st.none() | st.booleans() |
    st.integers() | st.text(max_size=3))


@pytest.mark.parametrize(("changed", "holds", "reason"), [
    ({}, True, "exit code 0; in flight: 2 answered, 1 refused"),
    ({"exit_code": 143}, True, "exit code 143; in flight: 2 answered, 1 refused"),
    ({"in_flight": {"answered": 0, "refused": 0, "cut_off": 0}}, True,
     "exit code 0; in flight: nothing"),
    ({"in_flight": {"cut_off": 1}}, False, "exit code 0; in flight: 1 cut off"),
    ({"killed": True}, False, "it did not end within its grace time and was killed"),
    ({"exit_code": 137}, False, "it ended with exit code 137"),
    ({"exit_code": None}, False, "how it ended is not known"),
    ({"in_flight": None}, None, "nothing was asked of it while it was stopped"),
])
def test_a_clean_stop(changed: dict[str, Any], holds: bool | None, reason: str) -> None:
    fact = read_clean({**GOOD, **changed}, NOT)
    assert (fact.holds, fact.reason) == (holds, reason)


def test_what_is_still_there() -> None:
    fact = read_shutdown({**GOOD, "gone": {"container": True, "gpu memory": False}}, NOT)
    assert (fact.holds, fact.reason) == (False, "still there: gpu memory")
    assert read_shutdown({**GOOD, "gone": {}}, NOT).holds is False


@given(st.dictionaries(st.sampled_from(("exit_code", "killed", "gone", "in_flight")), values)
       | values)
def test_a_pack_may_hold_anything(found: Any) -> None:
    proof = proof_of({"head": found, "base": found}, "head")
    read_clean(proof, NOT)
    read_shutdown(proof, NOT)
    list(remarks_on(Fact(True), (), {"head": found}))


def test_a_kill_is_said_of_either_side() -> None:
    killed = {**GOOD, "killed": True}
    told = list(remarks_on(Fact(True), (), {"head": killed, "base": killed}))
    assert [words.partition("'")[0] for words in told] == ["head", "base"]


@pytest.mark.parametrize(("script", "found"), [
    ("echo 12; echo 345", {12, 345}), ("echo '[Not Supported]'", set()), ("exit 9", None)])
def test_who_holds_memory_of_a_gpu(
    script: str, found: set[int] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert gpu_holders() == found


def test_without_the_tool_it_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpu_holders() is None
