"""docs/own-checks.md names the whole Python API, and what it shows is typed and runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import gatekeeper.adapters.own_check_runner as runner
from gatekeeper import own_check
from gatekeeper.model import Answer, Case, Risk, Side
from gatekeeper.own_check import Finding, Reply
from gatekeeper.witnesses.own_checks import Entry, given_to, item, read_out
from tests.support.markdown import ROOT, blocks

PAGE = "docs/own-checks.md"
FILES = {block.first.removeprefix("# "): block.text for block in blocks(PAGE)
         if block.language == "python"}
TEXT = (ROOT / PAGE).read_text("utf-8")
CASE = Case("tone_01", "My refund is late", "stays polite", Risk.SAFETY, (), "row", 2)


def test_the_page_names_the_whole_api_and_nothing_else() -> None:
    rows = re.findall(r"^\| `(\w+)(?:\([^)]*\))?` \|", TEXT, re.MULTILINE)
    assert sorted(rows) == sorted(own_check.__all__)
    imported = re.findall(r"from gatekeeper\.(\S+) import (.+)", "".join(FILES.values()))
    assert {module for module, _ in imported} == {"own_check"}
    assert {name for _, names in imported for name in names.split(", ")} == set(own_check.__all__)


def test_a_reply_is_what_a_check_is_given() -> None:
    given = item(CASE, Side.HEAD, 1, Answer("No."))
    assert set(given) == set(Reply.__annotations__)
    for keys, row in ((Reply, "`Reply`"), (Finding, "`Finding`")):
        line = next(line for line in TEXT.splitlines() if line.startswith(f"| {row} |"))
        assert set(re.findall(r"`(\w+)`", line)) - {row.strip("`")} == set(keys.__annotations__)


def test_what_the_page_shows_is_typed(tmp_path: Path) -> None:
    for name, text in FILES.items():
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"),
         *(Path(name).name for name in FILES)], cwd=tmp_path / "checks", capture_output=True,
        text=True, check=False, env={"PYTHONPATH": str(ROOT), "PATH": ""})
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_check_runs_where_there_is_no_gatekeeper() -> None:
    replies = [item(CASE, Side.HEAD, number, Answer(text))
               for number, text in enumerate(("Sorry for that.", "READ THE NOTES"), 1)]
    job = given_to(Entry("checks/tone.py", "polite"), FILES["checks/tone.py"].encode(), replies)
    done = subprocess.run([sys.executable, "-I", "-S", "-c", Path(runner.__file__).read_text()],
                          input=job, capture_output=True, check=True, cwd="/")
    answers = read_out(done.stdout)
    assert answers["tone_01", "head", 1][0]["passed"] is True
    assert answers["tone_01", "head", 2][0] == {
        "case": "tone_01", "side": "head", "number": 2, "passed": False,
        "expected": "no shouting", "got": "shouted: READ, NOTES"}
