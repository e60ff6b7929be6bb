"""The page put together: a template, a style, a script, and two blocks of data.

Cases are taken one at a time and written down as they come; at most one is in memory. What is
embedded is bounded, and what was left out is said and counted.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from gatekeeper.cases.reducers import Rule
from gatekeeper.judging.judgement import Judgement
from gatekeeper.manifest.contract import Contract
from gatekeeper.model import Attempt, Risk, Side
from gatekeeper.neutral import for_script
from gatekeeper.outcome import CaseJudgement, CaseStatus
from gatekeeper.report.html.case_data import brief_data, whole_data
from gatekeeper.report.html.run_data import WORDS, run_data
from gatekeeper.report.html.times import Timed
from gatekeeper.report.markdown import run_alone

FOLDER = Path(__file__).parent
SCRIPTS = ("dom.js", "diff.js", "tree.js", "times.js", "detail.js", "cases.js", "page.js")
"""In the order in which they build on each other."""


@dataclass(slots=True)
class Room:
    """How much of the cases the page may hold, in characters."""

    failing: int = 12_000_000
    """For cases that did not pass, whole."""
    passing: int = 8_000_000
    """For cases that passed, whole."""
    brief: int = 4_000_000
    """For those that no longer fit, as a line of the table."""


@dataclass(slots=True)
class Page:
    """The page of one run, filled case by case."""

    contracts: Mapping[Side, Contract]
    rules: Mapping[Risk, Rule]
    lines: IO[str]
    """Where the cases wait until the page is put together: read back from its beginning."""
    room: Room = field(default_factory=Room)
    timed: Timed = field(default_factory=Timed)
    brief: int = 0
    """Cases of which only a line of the table is in the page."""
    left_out: int = 0
    """Cases of which nothing is in the page."""

    def add(self, case: CaseJudgement, attempts: Mapping[Side, Iterable[Attempt]]) -> None:
        """Take in one case with its attempts."""
        self.timed.add(case, self.rules.get(case.case.risk, Rule()).repeats)
        fails = case.head.status is not CaseStatus.PASSED
        left = self.room.failing if fails else self.room.passing
        line = for_script(whole_data(case, self.contracts, attempts)) + "\n" if left > 0 else ""
        if 0 < len(line) <= left:
            if fails:
                self.room.failing -= len(line)
            else:
                self.room.passing -= len(line)
            self.lines.write(line)
            return
        line = for_script(brief_data(case)) + "\n"
        if len(line) > self.room.brief:
            self.left_out += 1
            return
        self.room.brief -= len(line)
        self.brief += 1
        self.lines.write(line)

    def parts(self, judgement: Judgement, documents: Mapping[str, Any]) -> Iterator[str]:
        """The page, piece by piece."""
        limits = self.contracts[Side.HEAD].limits
        data = run_data(judgement, documents) | {
            "times": self.timed.data({"total": limits.latency_target,
                                      "first": limits.first_token_target}),
            "brief": self.brief,
            "left_out": self.left_out,
            "alone": run_alone("CASE", judgement.record.manifest_path),
        }
        before, between, after = frame(WORDS[judgement.verdict.conclusion])
        yield before
        yield for_script(data)
        yield between
        self.lines.seek(0)
        while piece := self.lines.read(1 << 20):
            yield piece
        yield after


def frame(word: str) -> tuple[str, str, str]:
    """The page before, between and after its data; `word` is the verdict's."""
    style = _file("style.css")
    script = "(() => {\n\"use strict\";\n" + "".join(map(_file, SCRIPTS)) + "})();\n"
    policy = f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; " \
             "base-uri 'none'; form-action 'none'"
    page = _file("template.html")
    for name, text in (("POLICY", policy), ("WORD", word), ("STYLE", style), ("SCRIPT", script)):
        page = page.replace(f"%{name}%", text)
    before, rest = page.split("%RUN%")
    between, after = rest.split("%CASES%")
    return before, between, after


def _file(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
