"""What a run notes for its post step, read back as the runner hands it over."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.adapters.journal import Journal, read_journal
from tests.support.runner import read_state


def test_words_come_back_in_their_order(tmp_path: Path) -> None:
    place = tmp_path / "save_state"
    place.touch()
    journal = Journal({"GITHUB_STATE": str(place)})
    words = [{"docker": "unix:///x", "run": "ab", "own": ""}, {"layer": "a<<b\n=c"},
             *({"layer": str(number)} for number in range(20))]
    for word in words:
        journal.note(word)
    state = read_state(place.read_text())
    assert read_journal({**state, "STATE_other": "x", "PATH": "/bin"}) == words


def test_without_a_runner_nothing_is_written(tmp_path: Path) -> None:
    Journal({}).note({"run": "x"})
    Journal({"GITHUB_STATE": str(tmp_path / "not there")}).note({"run": "x"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("state", [
    {"STATE_gatekeeper_1": "{"}, {"STATE_gatekeeper_1": "[]"}, {"STATE_gatekeeper_x": "{}"},
    {"STATE_gatekeeper_": "{}"}, {"gatekeeper_1": "{}"},
])
def test_what_is_no_word_of_ours_is_left_alone(state: dict[str, str]) -> None:
    assert read_journal(state) == []
