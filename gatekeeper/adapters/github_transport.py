"""Requests to GitHub's REST API: authentication, time limits, retries, rate limits, pages, and the
words for a no.

Session and authentication are github3.py's. Its models are not: they cannot read all that GitHub
sends (a comment of an account that is gone), and nothing in it retries or waits. Rules of waiting:
docs.github.com, "Rate limits for the REST API" and "Best practices for using the REST API".
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests
from github3.session import GitHubSession

from gatekeeper.github.forge import Denied, ForgeError, NotThere, Unsure
from gatekeeper.neutral import shortened, visible
from gatekeeper.ports import Progress

CONNECT_SECONDS, READ_SECONDS = 5.0, 20.0
TRIES = 4
PATIENCE_SECONDS = 120.0
"""How long one run waits for rate limits, all told: a job that sleeps costs what one that works
does."""
SECONDARY_SECONDS = 60.0
"""GitHub asks for at least a minute where it names no time."""
BETWEEN_WRITES = 1.0
PAGE = 100
MAX_PAGES = 100
_TOKEN = re.compile("[!-~]+")


class Transport:
    """One token at one API. Not for more than one thread."""

    def __init__(
        self, api_url: str, token: str, progress: Progress,
        sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.time,
    ) -> None:
        self._session = GitHubSession(CONNECT_SECONDS, READ_SECONDS)
        self._session.base_url = api_url.rstrip("/")
        # github3's models want every body as HTML and as text too, which GitHub has to render.
        self._session.headers["Accept"] = "application/vnd.github+json"
        self._session.headers["X-GitHub-Api-Version"] = "2022-11-28"
        if token:
            # A workflow's token is an installation's, and only so does github3 let it make checks.
            self._session.app_installation_token_auth(
                {"token": token, "expires_at": "2099-01-01T00:00:00Z"})
        self._token = token
        self._progress = progress
        self._sleep = sleep
        self._clock = clock
        self._waited = 0.0
        self._last_write = float("-inf")

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def get(self, path: str, **params: str | int) -> Any:
        """One JSON document."""
        return _json(self.send("GET", path, params=params))

    def pages(self, path: str, key: str = "", **params: str | int) -> Iterator[Any]:
        """Every item of a paginated list, page by page; `key` names the list inside each page."""
        answer = self.send("GET", path, params={**params, "per_page": PAGE})
        for _ in range(MAX_PAGES):
            page = _json(answer)
            items = page.get(key) if key and isinstance(page, dict) else page
            if not isinstance(items, list):
                raise ForgeError(f"GitHub's answer to {_path(answer.url)} is not a list")
            yield from items
            following = answer.links.get("next", {}).get("url")
            if not following:
                return
            answer = self.send("GET", following)
        raise ForgeError(f"GitHub's list {path} does not end after {MAX_PAGES} pages")

    def write(self, method: str, path: str, body: Mapping[str, Any] | None = None,
              once: bool = False) -> Any:
        """One write. Where done twice is not done `once`, it is Unsure after an answer that leaves
        open whether it was done; others are repeated."""
        wait = self._last_write + BETWEEN_WRITES - self._clock()
        if 0 < wait <= BETWEEN_WRITES:
            self._sleep(wait)
        try:
            answer = self.send(method, path, body=body, once=once)
        finally:
            self._last_write = self._clock()
        return _json(answer) if answer.content else None

    def upload(self, url: str, name: str, content: bytes) -> None:
        """Send bytes as they are, once; Unsure after an answer that leaves open whether they are
        there."""
        self.send("POST", url, params={"name": name}, once=True, content=content)

    def read(self, path: str, limit: int, accept: str = "") -> bytes | None:
        """At most `limit` bytes, from whichever host GitHub sends us to; None where there are
        more."""
        content = bytearray()
        with self.send("GET", path, accept=accept, stream=True) as answer:
            try:
                for chunk in answer.iter_content(1 << 16):
                    content += chunk
                    if len(content) > limit:
                        return None
            except requests.RequestException as error:
                raise ForgeError(f"GitHub's answer to {path} broke off: {_short(error)}") from None
        return bytes(content)

    def send(
        self, method: str, path: str, params: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None, accept: str = "", stream: bool = False,
        once: bool = False, content: bytes | None = None,
    ) -> requests.Response:
        """One request with its retries; ForgeError, Denied, NotThere or Unsure."""
        if self._token and not _TOKEN.fullmatch(self._token):
            # The client would say it, in the words of an error.
            raise ForgeError("the token holds characters that no token has",
                             "is there a space or the end of a line in the secret?")
        url = path if "://" in path else self._session.build_url(*path.strip("/").split("/"))
        headers = {"Accept": accept} if accept else {}
        if content is not None:  # the one type that GitHub's description has for it
            headers["Content-Type"] = "application/octet-stream"
        for left in reversed(range(TRIES)):
            try:
                answer: requests.Response = self._session.request(
                    method, url, params=params, json=body, data=content, headers=headers,
                    stream=stream, allow_redirects=method == "GET")
            except requests.RequestException as error:
                self._again(left, error, unsure=once and not _never_sent(error))
            else:
                if answer.status_code < 300:
                    return answer
                with answer:
                    self._look_at(answer, once, left)
        raise AssertionError("the last try returns or raises")

    def _again(self, left: int, error: object, unsure: bool) -> None:
        """Wait before another try, or raise."""
        words = f"GitHub does not answer at {self._session.base_url}: {_short(error)}"
        if unsure:
            raise Unsure(words)
        if not left:
            raise ForgeError(words, "run the job again; https://www.githubstatus.com may say more")
        self._sleep(2.0 ** (TRIES - 1 - left))

    def _look_at(self, answer: requests.Response, once: bool, left: int) -> None:
        """Wait before another try, or raise what the answer means."""
        limit = _limit(answer, self._clock())
        if limit is not None:
            self._wait_for_limit(limit, left)
        elif answer.status_code >= 500:
            self._again(left, f"status {answer.status_code}", unsure=once)
        else:
            raise _refusal(answer, bool(self._token))

    def _wait_for_limit(self, seconds: float, left: int) -> None:
        tries = TRIES - 1 - left
        wait = max(seconds, 1.0) * 2.0 ** (tries if seconds == SECONDARY_SECONDS else 0)
        if not left or self._waited + wait > PATIENCE_SECONDS:
            raise ForgeError(f"GitHub's rate limit is used up; it asks to wait {wait:.0f} s",
                             "run the job again later, or give it a token with a limit of its own")
        self._waited += wait
        self._progress.say(f"GitHub asks to wait {wait:.0f} s (rate limit)")
        self._sleep(wait)


def _never_sent(error: Exception) -> bool:
    """Whether no connection came about, so that nothing can have been done."""
    words = repr(error)
    return (isinstance(error, requests.ConnectTimeout) or "NewConnectionError" in words
            or "NameResolutionError" in words)


def _limit(answer: requests.Response, now: float) -> float | None:
    """Seconds to wait where this is a rate limit: of the hour, or a secondary one."""
    if answer.status_code not in (403, 429):
        return None
    given = answer.headers.get("retry-after", "")
    if given.isdecimal():
        return float(given)
    if answer.headers.get("x-ratelimit-remaining") == "0":
        reset = answer.headers.get("x-ratelimit-reset", "")
        return max(float(reset) - now, 1.0) if reset.isdecimal() else SECONDARY_SECONDS
    if answer.status_code == 429 or "secondary rate limit" in _message(answer).lower():
        return SECONDARY_SECONDS
    return None


def _refusal(answer: requests.Response, with_token: bool) -> ForgeError:
    what = f"{answer.request.method} {_path(answer.url)}"
    words = _message(answer)
    if answer.status_code == 401:
        return ForgeError(f"GitHub does not accept the token: {words}",
                          "a workflow's own is `${{ github.token }}`" if with_token else
                          "give one in GITHUB_TOKEN")
    if answer.status_code == 403:
        missing = permission_in(answer.headers.get("x-accepted-github-permissions", ""))
        return Denied(f"this token may not {what}: {words}", missing)
    if answer.status_code in (404, 410):
        return NotThere(f"GitHub has no {_path(answer.url)}, or not for this token")
    if answer.is_redirect:
        return ForgeError("the repository has moved on GitHub", "use its new name")
    return ForgeError(f"GitHub refused {what} with status {answer.status_code}: {words}")


def permission_in(header: str) -> str:
    """`X-Accepted-GitHub-Permissions` as a workflow writes it: `issues=write; contents=write` is
    `issues: write`, the first of its alternatives."""
    name, equals, level = header.partition(";")[0].partition(",")[0].strip().partition("=")
    return f"{name.replace('_', '-')}: {level}" if equals else ""


def _path(url: str) -> str:
    _, _, rest = url.partition("://")
    return "/" + rest.partition("/")[2].partition("?")[0]


def _message(answer: requests.Response) -> str:
    try:
        data = answer.json()
    except ValueError:
        return _short(answer.reason or "no reason given")
    if not isinstance(data, dict):
        return "no reason given"
    listed = data.get("errors")
    errors = [str(one.get("message") or one.get("code") or "") if isinstance(one, dict)
              else str(one) for one in (listed if isinstance(listed, list) else [])]
    return _short("; ".join(filter(None, [str(data.get("message") or ""), *errors])))


def _short(words: object) -> str:
    return shortened(visible(" ".join(str(words).split())), 240)


def _json(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise ForgeError(f"GitHub's answer to {_path(answer.url)} is not JSON",
                         "is the API's address right?") from None
