"""Every command block of the pages is run where its reader would, or declared with a reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.looking import faults_of
from tests.docs.places import PLACES
from tests.docs.running import BLOCKS, COMMANDS, PLAYED, assert_runs
from tests.docs.settings import ELSEWHERE, NOT_RUN, RUN
from tests.docs.shell import LANGUAGES, Setting, commands_of
from tests.support.markdown import ROOT, blocks, pages

HOW = """\
tests/docs/settings.py does not say how this block is run. Put it into RUN with the place it needs
(tests/docs/places.py) and the exit codes that are not 0; where it cannot be run at all, into
NOT_RUN with the reason."""


@pytest.mark.parametrize("key", sorted(BLOCKS), ids=lambda key: f"{key[0]}: {key[1][:40]}")
def test_a_block_does_what_its_page_says(key: tuple[str, str], tmp_path: Path) -> None:
    block = BLOCKS[key]
    assert (key in RUN) != (key in NOT_RUN), f"{block}\n{HOW}"
    assert faults_of(commands_of(block), (ROOT / block.page).parent) == []
    if key in RUN and RUN[key].place not in ELSEWHERE:
        assert_runs(block, RUN[key], PLACES[RUN[key].place](tmp_path))


def test_what_is_said_of_a_block_is_said_of_one_that_is_there() -> None:
    gone = [f"{page}: {first}" for page, first in {**RUN, **NOT_RUN} if (page, first) not in BLOCKS]
    assert gone == [], "tests/docs/settings.py speaks of blocks that no page has any more"


def test_every_first_line_names_one_block() -> None:
    assert len(COMMANDS) == len(BLOCKS)


def test_a_page_that_has_a_script_is_played_by_a_test() -> None:
    tests = [place.read_text("utf-8") for place in (ROOT / "tests").rglob("test_*.py")]
    for page in PLAYED:
        name = Path(page).with_suffix("").as_posix().replace("/", r"[./]")
        assert any(re.search(rf"(?:import|from|\").*{name}", text) for text in tests), page


@pytest.mark.parametrize("setting", RUN.values(), ids=lambda one: one.place)
def test_a_place_is_one_or_is_another_folders(setting: Setting) -> None:
    assert (setting.place in PLACES) != (setting.place in ELSEWHERE)
    if setting.place in ELSEWHERE:
        assert f'blocks_at("{setting.place}")' in (ROOT / ELSEWHERE[setting.place]).read_text()


@pytest.mark.parametrize("key", sorted(NOT_RUN), ids=lambda key: f"{key[0]}: {key[1][:40]}")
def test_who_runs_it_instead_is_there(key: tuple[str, str]) -> None:
    declared = NOT_RUN[key]
    assert declared.why
    assert not declared.run_by or (ROOT / declared.run_by).is_file()


@pytest.mark.parametrize("setting", RUN.values(), ids=lambda one: one.place)
def test_what_a_setting_speaks_of_is_in_its_block(setting: Setting) -> None:
    key = next(key for key, one in RUN.items() if one is setting)
    commands = commands_of(BLOCKS[key])
    for start in (*setting.codes, *setting.before):
        assert any(command.startswith(start) for command in commands), start
    for shown in setting.fills:
        assert any(shown in command for command in commands), shown


@pytest.mark.parametrize("page", pages())
def test_every_block_names_its_language_and_no_command_hides_in_another(page: str) -> None:
    for block in blocks(page):
        assert block.language, f"{block}: name the language: sh, console, yaml, csv, python, text …"
        if block.language not in LANGUAGES and page not in PLAYED:
            hidden = [line for line in block.text.split("\n")
                      if line.startswith(("$ ", "gatekeeper ", "make ", "pip ", "docker "))]
            assert hidden == [], f"{block}: these are commands: make it a block of `sh`"
