"""One Chromium for all of them; they are of one xdist group, so that it is started once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.chromium import Chromium, Page, find_chromium
from tests.support.report import Told, page_of, write


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """The browser."""
    browser = Chromium(find_chromium())
    yield browser
    browser.close()


Show = Callable[..., Page]


@pytest.fixture
def show(chromium: Chromium, tmp_path: Path) -> Iterator[Show]:
    """Opens the page of some cases from disk. Whatever a test does with it: nothing is complained
    about, and nothing is asked of any network."""
    shown: list[Page] = []

    def open_page(*cases: Told, fragment: str = "", page: str = "", width: int = 1280,
                  dark: bool = False, **more: Any) -> Page:
        url = write(page or page_of(*cases, **more), tmp_path)
        shown.append(chromium.open(url + fragment, width=width, dark=dark))
        return shown[-1]

    yield open_page
    for one in shown:
        assert one.run("1") == 1
        assert one.errors == []
        assert [url for url in one.requests if not url.startswith("file:")] == []
        assert len(one.requests) == 1
        one.call("Page.close")
