"""Every link of every page leads somewhere, to the heading it names."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from tests.support.markdown import ROOT, Link, anchors, links, pages

LOCAL = [link for page in pages() for link in links(page)
         if "://" not in link.target and not link.target.startswith("mailto:")]


def fault(link: Link) -> str:
    """What is wrong with a link; empty where nothing is."""
    path, _, anchor = unquote(link.target).partition("#")
    place = ((ROOT / link.page).parent / path if path else ROOT / link.page).resolve()
    if not place.is_relative_to(ROOT):
        return "leads out of the repository"
    if not place.exists():
        return "is not there"
    if anchor and place.suffix == ".md" and anchor not in anchors(place.read_text("utf-8")):
        return f"has no heading for #{anchor}"
    return ""


@pytest.mark.parametrize("page", pages())
def test_the_links_of_a_page_lead_somewhere(page: str) -> None:
    assert [f"{link}: {fault(link)}" for link in LOCAL if link.page == page and fault(link)] == []


def test_they_are_found() -> None:
    assert len(LOCAL) > 100
    assert any("#" in link.target for link in LOCAL)


@pytest.mark.parametrize(("target", "expected"), [
    ("docs/github.md", ""), ("docs/github.md#what-it-writes", ""),
    ("docs/github.md#what-it-wrote", "has no heading for #what-it-wrote"),
    ("docs/guthib.md", "is not there"), ("../elsewhere.md", "leads out of the repository"),
    ("#release", ""), ("#realese", "has no heading for #realese"), ("docs/images/drill.svg", ""),
])
def test_a_broken_one_would_be_told(target: str, expected: str) -> None:
    assert fault(Link("README.md", 1, target)) == expected


def test_anchors_are_githubs() -> None:
    assert anchors("# `build`: from the *tree*\n## A_b c\n## A_b c\n```\n# no\n```\n"
                   "## What is what?\n<a id=\"here\"></a>\n## 日本語 と\n") == {
        "build-from-the-tree", "a_b-c", "a_b-c-1", "what-is-what", "here", "日本語-と"}
