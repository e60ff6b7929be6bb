"""GitHub's REST API for one repository, as a test needs it.

    with GitHubStandIn() as github:
        github.add_token("ghs_1", {"pull-requests": "write"})
        github.add_pull(1, head_sha, base_sha)
        … anything that talks to github.url …
        assert [one["author"] for one in github.comments(1)] == ["github-actions[bot]"]
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode

from tests.support.github import (
    branches,
    checks,
    contents,
    conversation,
    gitdata,
    people,
    releases,
    runs,
)
from tests.support.github.exchange import NOT_FOUND, Answer, Asked, refused
from tests.support.github.faults import Faults
from tests.support.github.listener import Listener
from tests.support.github.route import Route, Situation
from tests.support.github.state import Facts
from tests.support.github.tokens import refusal

OF_REPOSITORY = (*conversation.ROUTES, *checks.ROUTES, *people.ROUTES, *branches.ROUTES,
                 *contents.ROUTES, *runs.ROUTES, *gitdata.ROUTES, *releases.ROUTES)
VERSIONS = ("2022-11-28",)
HOURLY = 1000


class Request(NamedTuple):
    """One request as it came."""

    method: str
    path: str
    """Without the API's prefix, with its query."""
    token: str
    body: Any


class GitHubStandIn(Facts, Faults):
    """Answers at `url` until it is left; then a fault of its own, or a route that it does not have,
    is a failed assertion.

    `prefix` is a path before everything, `/api/v3` as on GHES. `port` 0 is any free one.
    """

    def __init__(self, address: str = "127.0.0.1", port: int = 0, prefix: str = "",
                 clock: Callable[[], float] = time.time) -> None:
        Facts.__init__(self, clock)
        Faults.__init__(self, clock)
        self.asked: list[Asked] = []
        """Every request, in order; `requests` is shorter."""
        self.storage_asked: list[Asked] = []
        """What the host of artifacts was asked."""
        self._unknown: list[str] = []
        self._lock = threading.RLock()
        self._prefix = prefix
        self._listener = Listener(address, port, self.answer)
        self._storage = Listener(address, 0, self._stored)
        self._uploads = Listener(address, 0, self._uploaded)
        self.uploads_url = self._uploads.url
        """The address files of releases are taken at; it may be the API's own."""
        self.url = self._listener.url + prefix
        """The API's address, as answers give it. Change it where clients come by another."""

    @property
    def requests(self) -> list[Request]:
        """Every request, in order, refused ones among them."""
        return [Request(one.method, one.path + (f"?{urlencode(one.query)}" if one.query else ""),
                        one.token, one.body) for one in self.asked]

    @property
    def writes(self) -> list[tuple[str, str]]:
        """(method, path) of every request that was not a GET, refused ones among them."""
        return [(one.method, one.path) for one in self.requests if one.method != "GET"]

    def close(self) -> None:
        """Answer no more; say what was wrong with the stand-in itself."""
        self._listener.close()
        self._storage.close()
        self._uploads.close()
        problems = self._listener.problems + self._storage.problems + self._uploads.problems
        assert not problems, "\n".join(problems)
        assert not self._unknown, f"the stand-in has no route for {self._unknown}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def answer(self, asked: Asked) -> Answer:
        """The answer to one request, or what was planned in its place."""
        if not asked.path.startswith(self._prefix + "/"):
            return Answer(404, content=b"<html>Not Found</html>",
                          headers={"content-type": "text/html"})
        path = asked.path.removeprefix(self._prefix)
        asked = replace(asked, path=path, url=self.url + path)
        with self._lock:
            self.asked.append(asked)
            plan = self.take(asked)
            if plan is None or plan.answer is None:
                answer = self._own_answer(asked)
            else:
                if plan.done:
                    self._own_answer(asked)
                answer = plan.answer()
        used = len(self.asked)
        return replace(answer, headers={
            "x-ratelimit-limit": str(HOURLY), "x-ratelimit-used": str(used),
            "x-ratelimit-remaining": str(HOURLY - used), "x-ratelimit-resource": "core",
            "x-ratelimit-reset": str(int(self.clock() + 3600)), "x-github-media-type": "github.v3",
            **answer.headers})

    def _own_answer(self, asked: Asked) -> Answer:
        """GitHub's answer where nothing goes wrong."""
        unfit = _unfit(asked, self._is_upload(asked))
        if unfit is not None:
            return unfit
        token = self.tokens.get(asked.token)
        if asked.token and token is None:
            return refused(401, "Bad credentials")
        found = self._route(asked)
        if found is None:
            return NOT_FOUND
        route, captured = found
        no = refusal(token, route.need, asked, self.unreadable)
        if no is not None or token is None:
            return no or NOT_FOUND
        answer = route.act(Situation(
            self, asked, token, self.url, self._storage.url, self.uploads_url), **captured)
        accepted = {"x-accepted-github-permissions": route.need.header}
        return replace(answer, headers={**accepted, **answer.headers})

    def _route(self, asked: Asked) -> tuple[Route, dict[str, str | int]] | None:
        """The route for what is asked; None where GitHub would have none of it either. Other
        repositories are none of this token's business."""
        table: tuple[Route, ...] = people.ELSEWHERE
        path = asked.path
        if path.startswith("/repos/"):
            table, here = OF_REPOSITORY, f"/repos/{self.repo}"
            if path != here and not path.startswith(here + "/"):
                return None
            path = path.removeprefix(here)
        if self._is_upload(asked):
            table = (releases.UPLOAD,)
        for route in table:
            captured = route.captured(path)
            if captured is not None and route.method == asked.method:
                return route, captured
        self._unknown.append(f"{asked.method} {asked.path}")
        return None

    def _is_upload(self, asked: Asked) -> bool:
        """Whether this came to the host that takes files."""
        return asked.url.startswith(self.uploads_url) and asked.method == "POST" and \
            asked.path.endswith("/assets")

    def _uploaded(self, asked: Asked) -> Answer:
        """The host that takes files of releases, and nothing else."""
        with self._lock:
            self.asked.append(asked)
            plan = self.take(asked)
            if plan is not None and plan.answer is not None:
                if plan.done:
                    self._own_answer(asked)
                return plan.answer()
            return self._own_answer(asked)

    def _stored(self, asked: Asked) -> Answer:
        """The host that artifacts and files of releases are kept at: signed addresses are enough,
        tokens are refused."""
        self.storage_asked.append(asked)
        if "authorization" in asked.headers or asked.query != {"sig": "1"}:
            return Answer(403, content=b"<Error><Code>AuthenticationFailed</Code></Error>",
                          headers={"content-type": "application/xml"})
        _, kind, wanted = asked.path.split("/", 2)
        assets = (one for release in self.releases for one in release["assets"])
        for kept in self.artifacts if kind == "artifacts" else assets:
            if str(kept["id"]) == wanted:
                return Answer(content=kept["content"], headers={
                    "content-type": kept.get("kind", "application/zip")})
        return Answer(404, content=b"<Error><Code>BlobNotFound</Code></Error>",
                      headers={"content-type": "application/xml"})


def _unfit(asked: Asked, upload: bool) -> Answer | None:
    """What GitHub refuses of any client."""
    if not asked.headers.get("user-agent"):
        return refused(403, "Request forbidden by administrative rules. Please make sure your "
                            "request has a User-Agent header")
    version = asked.headers.get("x-github-api-version", VERSIONS[0])
    if version not in VERSIONS:
        return refused(400, f"{version!r} is not a supported version")
    if asked.method in ("POST", "PATCH", "PUT") and not upload:
        try:
            json.dumps(json.loads(asked.content or b"{}"), ensure_ascii=False).encode()
        except ValueError:  # lone surrogates are no text either
            return refused(400, "Problems parsing JSON")
    return None
