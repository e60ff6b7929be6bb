"""GitHub's own published API description between a client and the stand-in, as a judge of both.

    client ─► recorder ─► Prism, which validates ─► relay ─► the stand-in of the test at hand

Prism (`prism proxy`, without `--errors`) lets everything pass and says in a header what violates
the description, in the request or in the answer. It takes some seconds and 300 MB to start, so
that one serves a whole session.
"""

from __future__ import annotations

import json
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from gatekeeper.adapters.waiting import wait_until
from tests.support.github.exchange import NOT_FOUND, Answer, Asked
from tests.support.github.listener import Listener
from tests.support.github.server import GitHubStandIn

DESCRIPTION = "@octokit/openapi/generated/api.github.com.json"
START_SECONDS, ANSWER_SECONDS = 120, 30
_HOP = ("connection", "keep-alive", "content-length", "content-encoding", "transfer-encoding",
        "host", "date", "server", "sl-violations")
"""Headers that are each connection's own, and Prism's."""


class Contract:
    """A running Prism with the relay behind it, and a recorder in front for each test; see
    `through`."""

    def __init__(self, modules: Path) -> None:
        self.violations: list[str] = []
        self._stand_in: GitHubStandIn | None = None
        self._session = requests.Session()
        self._session.trust_env = False
        self._relay = Listener("127.0.0.1", 0, self._relayed)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (as long as Prism runs)
        port = _free_port()
        self._prism_url = f"http://127.0.0.1:{port}"
        self._prism = subprocess.Popen(
            ["node", str(modules / ".bin" / "prism"), "proxy", "--host", "127.0.0.1", "--port",
             str(port), str(modules / DESCRIPTION), self._relay.url],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT)
        if not wait_until(self._is_up, START_SECONDS) or self._prism.poll() is not None:
            self._log.seek(0)
            said = self._log.read().decode(errors="replace")
            self.close()
            raise AssertionError(f"Prism does not answer: {said}")

    def close(self) -> None:
        """End Prism and the relay."""
        self._prism.terminate()
        self._prism.wait(30)
        self._relay.close()
        self._session.close()
        self._log.close()

    @contextmanager
    def through(self, github: GitHubStandIn, address: str = "127.0.0.1") -> Iterator[None]:
        """Change a stand-in's `url` to one at this address that leads to it through Prism. At the
        end, a violation by whichever side is a failed assertion."""
        self._stand_in, self.violations = github, []
        try:
            with Listener(address, 0, self._recorded) as recorder:
                github.url = github.uploads_url = recorder.url
                yield
            assert not recorder.problems, "\n".join(recorder.problems)
        finally:
            self._stand_in = None
        assert not self.violations, "\n".join(self.violations)

    def _is_up(self) -> bool:
        if self._prism.poll() is not None:
            return True  # it will not be
        try:
            return self._session.get(self._prism_url, timeout=ANSWER_SECONDS).status_code > 0
        except requests.ConnectionError:
            return False

    def _relayed(self, asked: Asked) -> Answer:
        return NOT_FOUND if _is_beyond_prism(asked) else self._straight(asked)

    def _straight(self, asked: Asked) -> Answer:
        return Answer(503) if self._stand_in is None else self._stand_in.answer(asked)

    def _recorded(self, asked: Asked) -> Answer:
        """Prism's answer, with what it found wrong kept aside."""
        headers = {name: value for name, value in asked.headers.items() if name not in _HOP}
        answer = self._session.request(
            asked.method, self._prism_url + asked.path, params=dict(asked.query), headers=headers,
            data=asked.content or None, timeout=ANSWER_SECONDS, allow_redirects=False)
        direct = _is_beyond_prism(asked)
        for found in json.loads(answer.headers.get("sl-violations", "[]")):
            if not direct or found["location"][0] == "request":
                self.violations.append(_words(asked, found))
        if direct:
            return self._straight(asked)
        kept = {name.lower(): value for name, value in answer.headers.items()
                if name.lower() not in _HOP and not name.lower().startswith("access-control-")}
        return Answer(answer.status_code, headers=kept, content=answer.content)


def _is_beyond_prism(asked: Asked) -> bool:
    """Prism follows redirects by itself, reads raw files as JSON, and does not keep the bytes of
    what is uploaded. Of these it judges requests only; their answers come straight from the
    stand-in."""
    uploaded = asked.method == "POST" and asked.path.endswith("/assets")
    accepted = asked.headers.get("accept", "")
    return (uploaded or asked.path.endswith("/zip") or "raw" in accepted
            or accepted == "application/octet-stream")


def _words(asked: Asked, found: dict[str, Any]) -> str:
    place = ".".join(map(str, found["location"]))
    return f"{asked.method} {asked.path}: {place}: {found['message']}"


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
