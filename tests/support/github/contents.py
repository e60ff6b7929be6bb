"""The repository itself, and its files."""

from __future__ import annotations

import base64
import hashlib

from tests.support.github.accounts import HTML, repository
from tests.support.github.exchange import NOT_FOUND, Answer
from tests.support.github.route import Route, Situation
from tests.support.github.tokens import Need


def get_repository(s: Situation) -> Answer:
    """The repository."""
    facts = s.facts
    return Answer(document=repository(s.api, facts.repo, facts.now(), facts.default_branch, False))


def get_file(s: Situation, path: str) -> Answer:
    """One file at a commit or branch: its bytes where they are asked for, else a document."""
    facts, ref = s.facts, s.asked.query.get("ref", s.facts.default_branch)
    content = facts.files.get((ref, path))
    if content is None:
        content = facts.files.get((facts.branches.get(ref, ref), path))
    if content is None:
        return NOT_FOUND
    if "raw" in s.asked.headers.get("accept", ""):
        kind = "application/vnd.github.raw+json; charset=utf-8"
        return Answer(content=content, headers={"content-type": kind})
    sha = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    url, html = f"{s.repository}/contents/{path}", f"{HTML}/{facts.repo}/blob/{ref}/{path}"
    git = f"{s.repository}/git/blobs/{sha}"
    return Answer(document={
        "type": "file", "encoding": "base64", "size": len(content), "name": path.split("/")[-1],
        "path": path, "content": base64.b64encode(content).decode(), "sha": sha, "url": url,
        "git_url": git, "html_url": html, "download_url": html,
        "_links": {"self": url, "git": git, "html": html}})


ROUTES = (
    Route("GET", "", Need("read", ("metadata",)), get_repository),
    Route("GET", "/contents/{path+}", Need("read", ("contents",)), get_file),
)
