"""Commits, tags and refs, kept in a real bare repository; see `state.Facts.git`."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.support.github.accounts import HTML, Document
from tests.support.github.branches import commit_document
from tests.support.github.conversation import simple_pull
from tests.support.github.exchange import NOT_FOUND, Answer, page, refused
from tests.support.github.route import Route, Situation
from tests.support.github.tokens import Need

_UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None,
             "verified_at": None}
_PERSON = {"name": "Ann", "email": "ann@example.com", "date": "2026-01-01T00:00:00Z"}


def git(folder: Path, *args: str, given: str = "") -> str | None:
    """One git command in the bare repository; None where it fails."""
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", *args], cwd=folder, input=given, text=True,
        capture_output=True, check=False,
        env={**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"})
    return done.stdout.strip() if done.returncode == 0 else None


def get_commit(s: Situation, sha: str) -> Answer:
    """One commit with its tree."""
    tree = git(s.facts.repository, "rev-parse", "--verify", f"{sha}^{{tree}}")
    if tree is None or not re.fullmatch("[0-9a-f]{40}", sha):
        return NOT_FOUND
    parents = (git(s.facts.repository, "rev-parse", f"{sha}^@") or "").split()
    url, html = f"{s.repository}/git/commits", f"{HTML}/{s.facts.repo}/commit"
    return Answer(document={
        "sha": sha, "node_id": f"C_{sha}", "url": f"{url}/{sha}", "html_url": f"{html}/{sha}",
        "author": _PERSON, "committer": _PERSON, "message": "A change", "verification": _UNSIGNED,
        "tree": {"sha": tree, "url": f"{s.repository}/git/trees/{tree}"},
        "parents": [{"sha": one, "url": f"{url}/{one}", "html_url": f"{html}/{one}"}
                    for one in parents]})


def compare(s: Situation, both: str) -> Answer:
    """Where one commit is, seen from another."""
    base, _, head = both.partition("...")
    shas = [git(s.facts.repository, "rev-parse", "--verify", f"{one}^{{commit}}")
            for one in (base, head)]
    if None in shas:
        return NOT_FOUND
    counted = git(s.facts.repository, "rev-list", "--left-right", "--count",
                  f"{shas[0]}...{shas[1]}")
    behind, ahead = map(int, (counted or "").split())
    status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else \
        "identical"
    url, html = f"{s.repository}/compare/{both}", f"{HTML}/{s.facts.repo}/compare/{both}"
    of = [commit_document(s, str(sha)) for sha in shas]
    return Answer(document={
        "url": url, "html_url": html, "permalink_url": html, "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch", "base_commit": of[0], "merge_base_commit": of[0],
        "status": status, "ahead_by": ahead, "behind_by": behind, "total_commits": ahead,
        "commits": [], "files": []})


def pulls_of(s: Situation, sha: str) -> Answer:
    """The pull requests that a commit came with."""
    found = [pull for pull in s.facts.pulls.values()
             if sha in (pull["head_sha"], pull.get("merge_sha"))]
    return page(s.asked, [simple_pull(s, pull) for pull in found])


def _ref(s: Situation, name: str) -> Document | None:
    sha = git(s.facts.repository, "rev-parse", "--verify", "--quiet", name)
    if sha is None:
        return None
    kind = git(s.facts.repository, "cat-file", "-t", sha)
    return {"ref": name, "node_id": f"REF_{name}", "url": f"{s.repository}/git/{name}",
            "object": {"type": kind, "sha": sha, "url": f"{s.repository}/git/{kind}s/{sha}"}}


def get_ref(s: Situation, ref: str) -> Answer:
    """One ref, by its whole name without `refs/`."""
    found = _ref(s, f"refs/{ref}")
    return Answer(document=found) if found else NOT_FOUND


def matching_refs(s: Situation, start: str) -> Answer:
    """Every ref that begins so."""
    names = (git(s.facts.repository, "for-each-ref", "--format=%(refname)") or "").split()
    found = [_ref(s, name) for name in names if name.startswith(f"refs/{start}")]
    return page(s.asked, found)


def get_tag(s: Situation, sha: str) -> Answer:
    """A tag's object."""
    if git(s.facts.repository, "cat-file", "-t", sha) != "tag":
        return NOT_FOUND
    return Answer(document=_tag(s, sha))


def _tag(s: Situation, sha: str) -> Document:
    head, _, message = (git(s.facts.repository, "cat-file", "tag", sha) or "").partition("\n\n")
    fields = dict(line.split(" ", 1) for line in head.splitlines())
    kind, of = fields["type"], fields["object"]
    return {
        "node_id": f"TAG_{sha}", "tag": fields["tag"], "sha": sha, "message": message,
        "url": f"{s.repository}/git/tags/{sha}", "verification": _UNSIGNED, "tagger": _PERSON,
        "object": {"sha": of, "type": kind, "url": f"{s.repository}/git/{kind}s/{of}"}}


def create_tag(s: Situation) -> Answer:
    """A tag's object; it has no name yet."""
    body = s.body
    missing = [name for name in ("tag", "message", "object", "type") if not body.get(name)]
    if missing:
        return refused(422, f"Invalid request.\n\n\"{missing[0]}\" wasn't supplied.")
    if git(s.facts.repository, "cat-file", "-t", str(body["object"])) != body["type"]:
        return refused(422, "Could not verify object")
    tagger = body.get("tagger") or {"name": s.token.login, "email": "x", "date": s.facts.now()}
    when = int(datetime.fromisoformat(tagger["date"].replace("Z", "+00:00")).timestamp())
    text = f"object {body['object']}\ntype {body['type']}\ntag {body['tag']}\n" \
           f"tagger {tagger['name']} <{tagger['email']}> {when} +0000\n\n{body['message']}\n"
    sha = git(s.facts.repository, "mktag", given=text)
    return Answer(201, _tag(s, sha)) if sha else refused(422, "Invalid tag")


def create_ref(s: Situation) -> Answer:
    """A new name for an object."""
    name, sha = str(s.body.get("ref", "")), str(s.body.get("sha", ""))
    if not name.startswith("refs/") or name.count("/") < 2 or \
            git(s.facts.repository, "check-ref-format", name) is None:
        return refused(422, "Reference name must start with 'refs/' and contain two slashes")
    if git(s.facts.repository, "cat-file", "-e", sha) is None:
        return refused(422, "Object does not exist")
    if _ref(s, name) is not None:
        return refused(422, "Reference already exists")
    no = tag_refusal(s, name.removeprefix("refs/tags/"), sha)
    if no is not None:
        return no
    git(s.facts.repository, "update-ref", name, sha, "0" * 40)
    return Answer(201, _ref(s, name))


def tag_refusal(s: Situation, tag: str, sha: str) -> Answer | None:
    """Why a tag may not be made; None where it may. Rules of tags hold for every token here, and a
    workflow's own may not tag workflows that the default branch does not have."""
    for ruleset in s.facts.rulesets:
        names: dict[str, Any] = (ruleset.get("conditions") or {}).get("ref_name", {})
        if ruleset.get("target") == "tag" and any(
                one == "~ALL" or fnmatchcase(f"refs/tags/{tag}", one)
                for one in names.get("include", ())) and \
                any(rule["type"] == "creation" for rule in ruleset.get("rules", ())):
            return refused(422, "Repository rule violations found\n\nCannot create ref due to "
                                "creations being restricted.\n\n")
    if tag in s.facts.burned:
        return refused(422, "tag_name was used by an immutable release")
    commit = git(s.facts.repository, "rev-parse", f"{sha}^{{commit}}")
    if commit in s.facts.untaggable and s.token.kind == "workflow":
        return NOT_FOUND
    return None


_READ, _WRITE = Need("read", ("contents",)), Need("write", ("contents",))
ROUTES = (
    Route("GET", "/git/commits/{sha}", _READ, get_commit),
    Route("GET", "/compare/{both}", _READ, compare),
    Route("GET", "/commits/{sha}/pulls", Need("read", ("pull-requests", "contents")), pulls_of),
    Route("GET", "/git/ref/{ref}", _READ, get_ref),
    Route("GET", "/git/matching-refs/{start}", _READ, matching_refs),
    Route("GET", "/git/tags/{sha}", _READ, get_tag),
    Route("POST", "/git/tags", _WRITE, create_tag),
    Route("POST", "/git/refs", _WRITE, create_ref),
)
