"""docs/tutorial.md, typed: every block does what the page says, from init to a blocked change."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from docs.tutorial import PAGE, play, steps
from gatekeeper.adapters.processes import free_port, port_is_closed
from gatekeeper.adapters.waiting import wait_until

_VARIES = (
    (re.compile(r"\b[0-9a-f]{12}\b"), "<commit>"),
    (re.compile(r"\b\d+(?:\.\d+)? ?(?:ms|s)\b"), "<time>"),
)


def stable(text: str) -> str:
    """What is seen, without what differs each time."""
    for pattern, name in _VARIES:
        text = pattern.sub(name, text)
    return text


def test_the_page_is_what_comes_of_its_commands(tmp_path: Path) -> None:
    missing = [name for name in ("fastapi", "httpx", "uvicorn")
               if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"the service needs {', '.join(missing)}, which the dev extra brings")
    page, port = PAGE.read_text("utf-8"), free_port()
    written = steps(page)
    assert page.count("```sh\n") == len(written)
    seen = list(play(page, tmp_path, str(port)))
    for step, played in zip(written, seen, strict=True):
        assert played.code == step.code, step.commands + played.out + played.err
        if step.shown:
            assert stable(played.out) == stable(step.seen), step.commands
    assert [step.code for step in written if "gatekeeper run" in step.commands] == [0, 1, 0]
    assert wait_until(lambda: port_is_closed(port), 5)
