"""A browser for the tests: the machine's own Chromium without a head, spoken to through two pipes
in its DevTools protocol (https://chromedevtools.github.io/devtools-protocol/). Nothing listens."""

from __future__ import annotations

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

REQUIRED = "GATEKEEPER_REQUIRE_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--no-default-browser-check", "--disable-background-networking", "--disable-sync",
         "--disable-component-update", "--disable-extensions", "--remote-debugging-pipe")
LAUNCH = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for number, end in zip((3, 4), ends):
    os.dup2(end, number)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Makes the two pipes its third and fourth file, where the browser looks for them."""
HANGS = 120.0
"""Seconds after which a browser that says nothing has hung."""
_KEYS = {"Enter": ("\r", 13), "Tab": ("", 9), " ": (" ", 32), "Escape": ("", 27),
         "ArrowDown": ("", 40), "ArrowRight": ("", 39)}


def find_chromium() -> str:
    """The browser's path. Skips where there is none, unless the environment requires one."""
    named = os.environ.get("CHROMIUM", "")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return found
    why = "there is no Chromium: install one, or name it in CHROMIUM"
    if os.environ.get(REQUIRED):
        raise AssertionError(why)
    pytest.skip(f"{why} (set {REQUIRED}=1 to require it)")


class Chromium:
    """One browser process with a profile of its own."""

    def __init__(self, path: str) -> None:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, str(theirs_in), str(theirs_out), path, *FLAGS,
             f"--user-data-dir={self._profile.name}"],
            pass_fds=(theirs_in, theirs_out), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(theirs_in)
        os.close(theirs_out)
        self._numbers = itertools.count(1)
        self._unread = b""
        self.pages: dict[str, Page] = {}

    def open(self, url: str, *, width: int = 1280, height: int = 900, dark: bool = False) -> Page:
        """A page that has loaded."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self.pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.call("Page.setLifecycleEventsEnabled", enabled=True)
        page.size(width, height)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        page.call("Emulation.setEmulatedMedia", features=scheme)
        page.requests.clear()
        page.go(url)
        return page

    def call(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """One command and its result."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while (told := self.hear()).get("id") != number:
            pass
        assert "error" not in told, told["error"]
        result: dict[str, Any] = told["result"]
        return result

    def hear(self) -> dict[str, Any]:
        """The next thing it says."""
        deadline = monotonic() + HANGS
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._in], [], [], deadline - monotonic())
            piece = os.read(self._in, 1 << 20) if ready else b""
            assert piece, "the browser has ended or hangs"
            self._unread += piece
        line, _, self._unread = self._unread.partition(b"\0")
        told: dict[str, Any] = json.loads(line)
        page = self.pages.get(told.get("sessionId", ""))
        if page is not None and "method" in told:
            page.note(told["method"], told["params"])
        return told

    def close(self) -> None:
        """End it, and its profile with it."""
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)
        self._profile.cleanup()


class Page:
    """One page, with everything it complained about and asked for."""

    def __init__(self, browser: Chromium, session: str) -> None:
        self._browser = browser
        self._session = session
        self._loaded: set[str] = set()
        """Loaders of what has loaded: the empty page of the beginning may come late."""
        self.errors: list[str] = []
        self.requests: list[str] = []

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the protocol."""
        return self._browser.call(method, self._session, **params)

    def note(self, method: str, params: dict[str, Any]) -> None:
        """Take in one event."""
        if method == "Page.lifecycleEvent" and params["name"] == "load":
            self._loaded.add(params["loaderId"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled":
            self.errors.append(json.dumps(params["args"]))
        elif method == "Log.entryAdded":
            self.errors.append(params["entry"]["text"])
        elif method == "Page.javascriptDialogOpening":
            self.errors.append(f"dialog: {params['message']}")

    def run(self, script: str) -> Any:
        """The value of an expression in the page; promises are waited for."""
        told = self.call("Runtime.evaluate", expression=script, returnByValue=True,
                         awaitPromise=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def go(self, url: str) -> None:
        """Open another address, and wait until that very one has loaded."""
        loader = self.call("Page.navigate", url=url)["loaderId"]
        while loader not in self._loaded:
            self._browser.hear()

    def until(self, condition: str) -> None:
        """Wait for a condition in the page."""
        self.run("new Promise((done) => { const look = () => "
                 f"({condition}) ? done() : requestAnimationFrame(look); look(); }})")

    def size(self, width: int, height: int) -> None:
        """Another window."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 600)

    def press(self, key: str, times: int = 1) -> None:
        """Press a key, or type a character."""
        text, code = _KEYS.get(key, (key, 0))
        for _ in range(times):
            self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", key=key,
                      text=text, windowsVirtualKeyCode=code)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.call("Input.insertText", text=text)

    def picture(self, place: Path, *, whole: bool = False) -> None:
        """A picture of what is seen, or of the whole page."""
        told = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        place.write_bytes(base64.b64decode(told["data"]))

    def printed(self) -> bytes:
        """The page as a PDF."""
        return base64.b64decode(self.call("Page.printToPDF")["data"])
