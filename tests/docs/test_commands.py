"""Every command block of the pages is run where its reader would run it, or declared with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.looking import faults_of
from tests.docs.places import PLACES
from tests.docs.settings import NOT_RUN, RUN
from tests.docs.typing import LANGUAGES, Setting, answer_for, bare, commands_of, type_in
from tests.support.markdown import ROOT, Block, blocks, pages

BLOCKS = {(block.page, block.first): block for page in pages() for block in blocks(page)
          if block.language in LANGUAGES}
HOW = """\
tests/docs/settings.py does not say how this block is run. Put it into RUN with the place it needs
(tests/docs/places.py) and the exit codes that are not 0; where it cannot be run at all, into NOT_RUN
with the reason."""


@pytest.mark.parametrize("key", sorted(BLOCKS), ids=lambda key: f"{key[0]}: {key[1][:40]}")
def test_a_block_does_what_its_page_says(key: tuple[str, str], tmp_path: Path) -> None:
    block = BLOCKS[key]
    assert (key in RUN) != (key in NOT_RUN), f"{block}\n{HOW}"
    assert faults_of(commands_of(block), (ROOT / block.page).parent) == []
    if key in RUN:
        assert_runs(block, RUN[key], tmp_path)


def assert_runs(block: Block, setting: Setting, folder: Path) -> None:
    """Every command ends with the exit code it must."""
    with PLACES[setting.place](folder) as place:
        typed = type_in(commands_of(block), setting, place.folder, place.variables)
    wrong = [f"{block.page}: {bare(one.command)}\n  exit code {one.code}, not {wanted}\n{one.out}"
             for one in typed
             if one.code != (wanted := answer_for(setting.codes, one.command) or 0)]
    assert wrong == [], "\n".join(wrong)
    said = "".join(one.out for one in typed)
    assert [words for words in setting.says if words not in said] == [], said


def test_what_is_said_of_a_block_is_said_of_one_that_is_there() -> None:
    gone = [f"{page}: {first}" for page, first in {**RUN, **NOT_RUN} if (page, first) not in BLOCKS]
    assert gone == [], "tests/docs/settings.py speaks of blocks that no page has any more"


def test_every_first_line_names_one_block() -> None:
    found = [(block.page, block.first) for page in pages() for block in blocks(page)
             if block.language in LANGUAGES]
    assert len(found) == len(BLOCKS)


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
        if block.language not in LANGUAGES:
            hidden = [line for line in block.text.split("\n")
                      if line.startswith(("$ ", "gatekeeper ", "make ", "pip ", "docker "))]
            assert hidden == [], f"{block}: these are commands: make it a block of `sh`"
