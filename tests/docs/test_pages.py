"""What pages say of tests, checks and each other is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gatekeeper.cases.requirements import NOT_HERE
from gatekeeper.checks.table import CHECKS
from tests.support.markdown import ROOT, links, pages

SECURITY = (ROOT / "docs" / "security.md").read_text("utf-8")
PROMPTFOO = (ROOT / "docs" / "from-promptfoo.md").read_text("utf-8")


def test_every_test_that_the_security_model_names_is_there() -> None:
    named = re.findall(r"\[(test_\w+)\]\(([^)]+)\)", SECURITY)
    assert len(named) > 40
    for name, target in named:
        text = (ROOT / "docs" / target).read_text("utf-8")
        assert f"def {name}(" in text, f"{target} has no {name}"
    stories = re.findall(r"\[`([\w-]+)`\]\(\.\./tests/stories/([\w-]+)/about\.txt\)", SECURITY)
    assert len(stories) > 10
    assert [one for one in stories if one[0] != one[1]] == []


def test_every_line_of_an_attacker_has_its_test() -> None:
    tables = re.findall(r"^\| what they try .*\n\|---.*\n((?:\|.*\n)+)", SECURITY, re.MULTILINE)
    rows = [row for table in tables for row in table.splitlines()]
    assert len(rows) > 30
    assert [row for row in rows if "](../tests/" not in row.rsplit(" | ", 1)[1]] == []


def test_every_check_that_promptfoos_table_names_is_one() -> None:
    table = PROMPTFOO.partition("## The assertions")[2].partition("\n## ")[0]
    ours = {*CHECKS, "checks", "judge", "embeddings", "latency_target"}
    for left, right in re.findall(r"^\| (.+?) \| (.+?) \|$", table, re.MULTILINE)[1:]:
        for name in re.findall(r"`([a-z][a-z-]*)`", left):
            same = right.startswith("the same")
            assert name in CHECKS if same else name in NOT_HERE or name == "assert-set", name
        for name in re.findall(r"`([a-z][a-z_-]*)`", right):
            assert name in ours, name


@pytest.mark.parametrize("page", [page for page in pages() if page.startswith("docs/")
                                  and page.count("/") == 1 and page != "docs/README.md"])
def test_the_index_leads_to_every_page(page: str) -> None:
    targets = {link.target.partition("#")[0] for link in links("docs/README.md")}
    assert Path(page).name in targets
