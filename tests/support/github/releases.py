"""Releases and their files, immutable ones among them."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from tests.support.github.accounts import HTML, Document, account
from tests.support.github.exchange import NOT_FOUND, Answer, invalid, page, refused
from tests.support.github.gitdata import git, tag_refusal
from tests.support.github.route import Route, Situation
from tests.support.github.tokens import Need

LONGEST_BODY = 125_000
Record = dict[str, Any]


def _asset(s: Situation, release: Record, asset: Record) -> Document:
    url = f"{s.repository}/releases/assets/{asset['id']}"
    whole = asset["state"] == "uploaded"
    return {
        "id": asset["id"], "node_id": f"RA_{asset['id']}", "name": asset["name"], "label": "",
        "url": url, "browser_download_url":
            f"{HTML}/{s.facts.repo}/releases/download/{release['tag_name']}/{asset['name']}",
        "state": asset["state"], "content_type": asset["kind"], "size": len(asset["content"]),
        "digest": f"sha256:{hashlib.sha256(asset['content']).hexdigest()}" if whole else None,
        "download_count": 0, "created_at": asset["at"], "updated_at": asset["at"],
        "uploader": account(s.api, release["author"])}


def _document(s: Situation, release: Record) -> Document:
    url, number = f"{s.repository}/releases/{release['id']}", release["id"]
    place = f"untagged-{number}" if release["draft"] else release["tag_name"]
    return {
        "id": number, "node_id": f"RE_{number}", "url": url, "assets_url": f"{url}/assets",
        "html_url": f"{HTML}/{s.facts.repo}/releases/tag/{place}",
        "upload_url": f"{s.uploads}/repos/{s.facts.repo}/releases/{number}/assets{{?name,label}}",
        "tarball_url": None, "zipball_url": None, "author": account(s.api, release["author"]),
        "tag_name": release["tag_name"], "target_commitish": release["target_commitish"],
        "name": release["name"], "body": release["body"], "draft": release["draft"],
        "prerelease": release["prerelease"], "immutable": release["immutable"],
        "created_at": release["created_at"], "updated_at": release["created_at"],
        "published_at": None if release["draft"] else release["created_at"],
        "assets": [_asset(s, release, one) for one in release["assets"]]}


def _writes(s: Situation) -> bool:
    return s.token.has("contents", "write")


def _found(s: Situation, number: int) -> Record | None:
    """A release; a draft only for who may write."""
    return next((one for one in s.facts.releases
                 if one["id"] == number and (not one["draft"] or _writes(s))), None)


def list_releases(s: Situation) -> Answer:
    """Newest first; drafts only for who may write."""
    seen = [one for one in reversed(s.facts.releases) if not one["draft"] or _writes(s)]
    return page(s.asked, [_document(s, one) for one in seen])


def get_release(s: Situation, release: int) -> Answer:
    """One by its number."""
    found = _found(s, release)
    return Answer(document=_document(s, found)) if found else NOT_FOUND


def get_latest(s: Situation) -> Answer:
    """The one that somebody chose, else the newest that is neither a draft nor a prerelease."""
    fit = [one for one in s.facts.releases if not one["draft"] and not one["prerelease"]]
    chosen = [one for one in fit if one["id"] == s.facts.chosen_latest]
    return Answer(document=_document(s, (chosen or fit)[-1])) if fit else NOT_FOUND


def _fault(s: Situation, after: Record, own: Record | None) -> Answer | None:
    """Why a release may not be so."""
    if not after["tag_name"]:
        return invalid("Release", "tag_name", "tag_name can't be blank")
    if len(after["body"] or "") > LONGEST_BODY:
        return invalid("Release", "body", f"body is too long (maximum is {LONGEST_BODY} "
                       "characters)")
    same = (one for one in s.facts.releases if one is not own and not one["draft"]
            and one["tag_name"] == after["tag_name"])
    if next(same, None) and not after["draft"]:
        return invalid("Release", "tag_name", code="already_exists")
    if s.body.get("make_latest") == "true" and (after["draft"] or after["prerelease"]):
        return refused(422, "Validation Failed",
                       "Latest release cannot be draft or prerelease")
    if s.body.get("make_latest", "true") not in ("true", "false", "legacy"):
        return invalid("Release", "make_latest", "is not included in the list")
    return None


def _published(s: Situation, after: Record) -> Answer | None:
    """A release comes out: its tag is made where there is none."""
    tag = after["tag_name"]
    if tag in s.facts.burned:
        return refused(422, "Validation Failed", "tag_name was used by an immutable release")
    name = f"refs/tags/{tag}"
    if git(s.facts.repository, "rev-parse", "--verify", "--quiet", name) is None:
        target = after["target_commitish"]
        sha = git(s.facts.repository, "rev-parse", "--verify", "--quiet", f"{target}^{{commit}}")
        if sha is None:
            return invalid("Release", "target_commitish", code="invalid")
        no = tag_refusal(s, tag, sha)
        if no is not None:
            return no
        git(s.facts.repository, "update-ref", name, sha)
    return None


def create_release(s: Situation) -> Answer:
    """A new one; several drafts of one tag are several."""
    body = s.body
    made: Record = {
        "id": s.facts.next_id(), "tag_name": body.get("tag_name", ""), "assets": [],
        "target_commitish": body.get("target_commitish", s.facts.default_branch),
        "name": body.get("name"), "body": body.get("body"), "draft": body.get("draft", False),
        "prerelease": body.get("prerelease", False), "immutable": False, "author": s.token.login,
        "created_at": s.facts.now()}
    no = _fault(s, made, None) or (None if made["draft"] else _published(s, made))
    if no is not None:
        return no
    s.facts.releases.append(made)
    _settle(s, made)
    return Answer(201, _document(s, made))


def update_release(s: Situation, release: int) -> Answer:
    """Another content for what the body names. Of an immutable one only name and notes, and
    whether it is a prerelease or the latest."""
    found = _found(s, release)
    if found is None:
        return NOT_FOUND
    given = {key: s.body[key] for key in ("tag_name", "target_commitish", "name", "body", "draft",
                                          "prerelease") if key in s.body}
    after = {**found, **given}
    if found["immutable"] and (after["draft"] or after["tag_name"] != found["tag_name"]):
        return refused(422, "Validation Failed", "Cannot change an immutable release")
    no = _fault(s, after, found)
    if no is None and found["draft"] and not after["draft"]:
        no = _published(s, after)
    if no is not None:
        return no
    found |= given
    _settle(s, found)
    return Answer(document=_document(s, found))


def _settle(s: Situation, release: Record) -> None:
    if not release["draft"] and s.facts.immutable_releases and not release["immutable"]:
        release["immutable"] = True
        s.facts.burned.add(release["tag_name"])
    wanted = s.body.get("make_latest")
    fit = not release["draft"] and not release["prerelease"]
    if fit and wanted in (None, "true"):
        s.facts.chosen_latest = release["id"]
    elif s.facts.chosen_latest == release["id"] and (wanted == "false" or not fit):
        s.facts.chosen_latest = 0


def delete_release(s: Situation, release: int) -> Answer:
    """Remove one; its tag stays."""
    found = _found(s, release)
    if found is None:
        return NOT_FOUND
    s.facts.releases.remove(found)
    return Answer(204)


def upload_asset(s: Situation, release: int) -> Answer:
    """One file, as it is. What is no letter, digit, dot, dash or underscore in its name becomes a
    dot."""
    found, name = _found(s, release), s.asked.query.get("name", "")
    kind = s.asked.headers.get("content-type", "")
    if found is None:
        return NOT_FOUND
    if not name or not kind:
        return refused(400, "Bad Content-Type or name")
    if not s.asked.content:
        return refused(400, "Bad Content-Length: empty")
    if found["immutable"]:
        return refused(422, "Validation Failed", "Cannot upload assets to an immutable release.")
    name = re.sub(r"[^A-Za-z0-9._-]+", ".", name)
    if any(one["name"] == name for one in found["assets"]):
        return invalid("ReleaseAsset", "name", code="already_exists")
    found["assets"].append({"id": s.facts.next_id(), "name": name, "kind": kind,
                            "content": s.asked.content, "state": "uploaded",
                            "at": s.facts.now()})
    return Answer(201, _asset(s, found, found["assets"][-1]))


def get_asset(s: Situation, asset: int) -> Answer:
    """Where one file can be had for a minute, if its bytes are asked for."""
    found = next((one for release in s.facts.releases for one in release["assets"]
                  if one["id"] == asset and (not release["draft"] or _writes(s))), None)
    if found is None or s.asked.headers.get("accept") != "application/octet-stream":
        return NOT_FOUND
    return Answer(302, headers={"location": f"{s.storage}/assets/{asset}?sig=1"})


def delete_asset(s: Situation, asset: int) -> Answer:
    """Remove one file."""
    for release in s.facts.releases:
        for one in release["assets"]:
            if one["id"] == asset:
                if release["immutable"]:
                    return refused(422, "Validation Failed",
                                   "Cannot delete asset from an immutable release")
                release["assets"].remove(one)
                return Answer(204)
    return NOT_FOUND


_READ, _WRITE = Need("read", ("contents",)), Need("write", ("contents",))
ROUTES = (
    Route("GET", "/releases", _READ, list_releases),
    Route("GET", "/releases/latest", _READ, get_latest),
    Route("GET", "/releases/assets/{asset#}", _READ, get_asset),
    Route("GET", "/releases/{release#}", _READ, get_release),
    Route("POST", "/releases", _WRITE, create_release),
    Route("PATCH", "/releases/{release#}", _WRITE, update_release),
    Route("DELETE", "/releases/{release#}", _WRITE, delete_release),
    Route("DELETE", "/releases/assets/{asset#}", _WRITE, delete_asset),
)
UPLOAD = Route("POST", "/releases/{release#}/assets", _WRITE, upload_asset)
"""At the host for uploads, and at no other."""
