"""Pull requests, their comments and their reviews."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tests.support.github.accounts import HTML, Document, account, repository
from tests.support.github.exchange import NOT_FOUND, Answer, invalid, page
from tests.support.github.route import Route, Situation
from tests.support.github.tokens import Need

LONGEST_BODY = 65536


def _user(s: Situation, login: str | None) -> Document | None:
    return account(s.api, login) if login else None


def _rendered(s: Situation, body: str) -> Document:
    """A body in the forms that were asked for."""
    if not s.asked.wants_full:
        return {"body": body}
    return {"body": body, "body_html": f"<p>{len(body)} characters</p>", "body_text": body}


def _side(s: Situation, pull: dict[str, Any], side: str) -> Document:
    name = pull["head_repo"] if side == "head" else s.facts.repo
    owner = pull["head_owner"] if side == "head" else s.facts.repo.split("/")[0]
    kept = repository(s.api, name, pull["created_at"], s.facts.default_branch,
                      name != s.facts.repo) if name else None
    return {"label": f"{owner or 'unknown'}:{pull[f'{side}_ref']}", "ref": pull[f"{side}_ref"],
            "sha": pull[f"{side}_sha"], "user": _user(s, owner), "repo": kept}


def _label(s: Situation, name: str) -> Document:
    return {"id": 1, "node_id": "LA_1", "url": f"{s.repository}/labels/{quote(name, safe='')}",
            "name": name, "description": "", "color": "ededed", "default": False}


def simple_pull(s: Situation, pull: dict[str, Any]) -> Document:
    """A pull request as lists show it."""
    number = pull["number"]
    url, html = f"{s.repository}/pulls/{number}", f"{HTML}/{s.facts.repo}/pull/{number}"
    issue, at = f"{s.repository}/issues/{number}", pull["created_at"]
    closed = at if pull["state"] == "closed" else None
    links = {"self": url, "html": html, "issue": issue, "comments": f"{issue}/comments",
             "review_comments": f"{url}/comments",
             "review_comment": f"{s.repository}/pulls/comments", "commits": f"{url}/commits",
             "statuses": f"{s.repository}/statuses/{pull['head_sha']}"}
    return {
        "id": pull["id"], "node_id": f"PR_{pull['id']}", "number": number, "state": pull["state"],
        "url": url, "html_url": html, "issue_url": issue, "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        **{f"{name}_url": links[name] for name in ("commits", "review_comments", "review_comment",
                                                   "comments", "statuses")},
        "locked": False, "active_lock_reason": None, "title": f"Change {number}", "body": None,
        "user": _user(s, pull["author"]), "milestone": None, "assignee": None,
        "labels": [_label(s, name) for name in pull.get("labels", ())],
        "assignees": [], "requested_reviewers": [], "requested_teams": [], "draft": False,
        "created_at": at, "updated_at": at, "closed_at": closed,
        "merged_at": pull.get("merged_at"),
        "merge_commit_sha": None, "author_association": "CONTRIBUTOR", "auto_merge": None,
        "head": _side(s, pull, "head"), "base": _side(s, pull, "base"),
        "_links": {name: {"href": href} for name, href in links.items()},
    } | ({"body_html": "", "body_text": ""} if s.asked.wants_full else {})


def get_pull(s: Situation, number: int) -> Answer:
    """One pull request."""
    pull = s.facts.pulls.get(number)
    if pull is None:
        return NOT_FOUND
    return Answer(document={
        **simple_pull(s, pull), "merged": False, "mergeable": True, "rebaseable": True,
        "mergeable_state": "blocked", "merged_by": None, "maintainer_can_modify": False,
        "comments": len(s.facts.comments(number)), "review_comments": 0, "commits": 1,
        "additions": 1, "deletions": 1, "changed_files": 1})


def list_pulls(s: Situation) -> Answer:
    """Pull requests, newest first. A head that is not `owner:branch` is ignored, as GitHub does."""
    query = s.asked.query
    head, state = query.get("head", ""), query.get("state", "open")

    def is_wanted(pull: dict[str, Any]) -> bool:
        label = f"{pull['head_owner']}:{pull['head_ref']}"
        return (state in ("all", pull["state"]) and (":" not in head or head == label)
                and query.get("base", pull["base_ref"]) == pull["base_ref"])

    found = [pull for pull in reversed(s.facts.pulls.values()) if is_wanted(pull)]
    return page(s.asked, [simple_pull(s, pull) for pull in found])


def _comment(s: Situation, comment: dict[str, Any]) -> Document:
    return {
        "id": comment["id"], "node_id": f"IC_{comment['id']}",
        "url": f"{s.repository}/issues/comments/{comment['id']}",
        "html_url": f"{HTML}/{s.facts.repo}/pull/{comment['number']}#issuecomment-{comment['id']}",
        "issue_url": f"{s.repository}/issues/{comment['number']}",
        "user": _user(s, comment["author"]), "author_association": "NONE",
        "created_at": comment["created_at"], "updated_at": comment["updated_at"],
        "performed_via_github_app": None, **_rendered(s, comment["body"])}


def _bad_body(s: Situation) -> Answer | None:
    body = s.body.get("body")
    if not isinstance(body, str) or not body.strip():
        return invalid("IssueComment", "body", "body can't be blank")
    if len(body) > LONGEST_BODY:
        return invalid("IssueComment", "data", "Body is too long (maximum is 65536 characters)",
                       "unprocessable")
    return None


def list_comments(s: Situation, number: int) -> Answer:
    """A pull request's comments, oldest first."""
    if number not in s.facts.pulls:
        return NOT_FOUND
    return page(s.asked, [_comment(s, one) for one in s.facts.comments(number)])


def create_comment(s: Situation, number: int) -> Answer:
    """A new comment, by whom the token is of."""
    if number not in s.facts.pulls:
        return NOT_FOUND
    bad = _bad_body(s)
    if bad is not None:
        return bad
    made = s.facts.add_comment(number, s.token.login, s.body["body"])
    document = _comment(s, s.facts.all_comments[made])
    return Answer(201, document, {"location": document["url"]})


def edit_comment(s: Situation, comment: int) -> Answer:
    """Another body."""
    kept = s.facts.all_comments.get(comment)
    if kept is None:
        return NOT_FOUND
    bad = _bad_body(s)
    if bad is not None:
        return bad
    kept |= {"body": s.body["body"], "updated_at": s.facts.now()}
    return Answer(document=_comment(s, kept))


def delete_comment(s: Situation, comment: int) -> Answer:
    """Remove one."""
    return Answer(204) if s.facts.all_comments.pop(comment, None) else NOT_FOUND


def _review(s: Situation, review: dict[str, Any]) -> Document:
    pull = f"{s.repository}/pulls/{review['number']}"
    html = f"{HTML}/{s.facts.repo}/pull/{review['number']}#pullrequestreview-{review['id']}"
    return {
        "id": review["id"], "node_id": f"PRR_{review['id']}", "user": _user(s, review["author"]),
        "state": review["state"], "html_url": html, "pull_request_url": pull,
        "_links": {"html": {"href": html}, "pull_request": {"href": pull}},
        "submitted_at": review["submitted_at"], "commit_id": review["commit"],
        "author_association": "MEMBER", **_rendered(s, review["body"])}


def list_reviews(s: Situation, number: int) -> Answer:
    """A pull request's reviews, oldest first."""
    if number not in s.facts.pulls:
        return NOT_FOUND
    found = [one for one in s.facts.reviews if one["number"] == number]
    return page(s.asked, [_review(s, one) for one in found])


def list_events(s: Situation, number: int) -> Answer:
    """What happened to a pull request: here, that it was turned to another base branch."""
    if number not in s.facts.pulls:
        return NOT_FOUND
    found = [{"id": one["id"], "node_id": f"BRC_{one['id']}", "event": "base_ref_changed",
              "url": f"{s.repository}/issues/events/{one['id']}", "actor": _user(s, "ann"),
              "commit_id": None, "commit_url": None, "created_at": one["at"]}
             for one in s.facts.turns if one["number"] == number]
    return page(s.asked, found)


_READ = Need("read", ("pull-requests",))
_READ_COMMENTS = Need("read", ("issues", "pull-requests"))
_WRITE_COMMENTS = Need("write", ("issues", "pull-requests"))
ROUTES = (
    Route("GET", "/pulls/{number#}", _READ, get_pull),
    Route("GET", "/pulls", _READ, list_pulls),
    Route("GET", "/pulls/{number#}/reviews", _READ, list_reviews),
    Route("GET", "/issues/{number#}/events", _READ_COMMENTS, list_events),
    Route("GET", "/issues/{number#}/comments", _READ_COMMENTS, list_comments),
    Route("POST", "/issues/{number#}/comments", _WRITE_COMMENTS, create_comment),
    Route("PATCH", "/issues/comments/{comment#}", _WRITE_COMMENTS, edit_comment),
    Route("DELETE", "/issues/comments/{comment#}", _WRITE_COMMENTS, delete_comment),
)
