"""The comment as GitHub's own Markdown renderer (cmark-gfm) reads it: whatever a model, a file name
or a pull request says, it is only text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options
from hypothesis import given, settings

from gatekeeper.errors import CouldNotMeasure
from gatekeeper.evidence.record import SideRecord
from gatekeeper.model import Change, ChangeKind, Fault
from gatekeeper.ports import StartFailure
from gatekeeper.report.comment import Mark, gate_digest, make_body, make_complaint
from gatekeeper.report.visit import Visit
from tests.support.builders import PASSED, failed, hostile_text, judged, judgement

OURS = {"h2", "h3", "ul", "li", "code", "table", "thead", "tbody", "tr", "th", "td", "p", "strong",
        "wbr", "a", "br"}
LINK = "https://github.com/acme/assistant/actions/runs/1"
MARK = Mark(gate_digest("x"), "1" * 40, 1, 1, 1)


class Page(HTMLParser):
    """What a rendered comment is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: set[str] = set()
        self.comments: list[str] = []
        self.outside = ""
        self.inside = ""
        self._code = 0
        self.feed(cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._code += tag == "code"
        self.links |= {value or "" for name, value in attrs if name in ("href", "src")}

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag == "code"

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        if self._code:
            self.inside += data
        else:
            self.outside += data


def harmless(page: Page) -> None:
    """Only our own markup, one link of ours, and nobody mentioned."""
    assert page.tags <= OURS
    assert page.links <= {LINK}
    assert len(page.comments) == 1
    # GitHub looks for mentions, references and emoji outside of code elements.
    assert not re.search(r"@|#\d|GH-\d|:[a-z]+:|\bwww\.|://", page.outside)


@given(hostile_text)
@settings(max_examples=100, deadline=None)
def test_a_report_renders_as_ours_whatever_was_said(text: str) -> None:
    failure = StartFailure(text, Fault.CHANGE, text, f"{text}\n{text}")
    body = make_body(judgement(
        judged(text or "x", failed(text, text), PASSED), subject=text, runtime=text,
        changes=(Change(ChangeKind.CODE, text, note=text),), manifest_path=text, cases_path=text,
        head=SideRecord(failure=failure, died=text)),
        MARK, Visit(text, 7, "in the merge queue", (text,), LINK))
    harmless(Page(body))


@given(hostile_text)
@settings(max_examples=50, deadline=None)
def test_a_complaint_renders_as_ours_whatever_was_said(text: str) -> None:
    body = make_complaint(CouldNotMeasure(text, text), MARK, Visit(text, 7, evidence_url=LINK))
    harmless(Page(body))


def test_what_a_model_said_can_be_read() -> None:
    said = "Sure @all, see [x](https://e.example) | <img src=x> `code` 返金"
    page = Page(make_body(judgement(judged("a", failed(said))), MARK, Visit(number=7)))
    assert said in page.inside
