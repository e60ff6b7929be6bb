"""Runs a block in its place and says what did not come out as its page says."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tests.docs.places import Place
from tests.docs.settings import RUN
from tests.docs.typing import LANGUAGES, Setting, answer_for, bare, commands_of, type_in
from tests.support.markdown import ROOT, Block, blocks, pages

PLAYED = [page for page in pages() if (ROOT / page).with_suffix(".py").is_file()]
"""Pages with a script of their name beside them, which plays them from their first block to their
last: such a page is its script's, and a test has to play it."""
COMMANDS = [block for page in pages() if page not in PLAYED for block in blocks(page)
            if block.language in LANGUAGES]
BLOCKS = {(block.page, block.first): block for block in COMMANDS}
"""Page and first line -> the block of commands."""


def blocks_at(place: str) -> list[tuple[str, str]]:
    """The blocks that are run at a place."""
    return [key for key, setting in RUN.items() if setting.place == place]


def assert_runs(block: Block, setting: Setting, place: AbstractContextManager[Place]) -> str:
    """Every command ends with the exit code it must; what they said."""
    with place as made:
        typed = type_in(commands_of(block), setting, made.folder, made.variables)
    wrong = [f"{block.page}: {bare(one.command)}\n  exit code {one.code}, not {wanted}\n{one.out}"
             for one in typed
             if one.code != (wanted := answer_for(setting.codes, one.command) or 0)]
    assert wrong == [], "\n".join(wrong)
    said = "".join(one.out for one in typed)
    assert [words for words in setting.says if words not in said] == [], said
    return said
