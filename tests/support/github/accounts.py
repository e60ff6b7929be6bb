"""People, bots and repositories as GitHub writes them."""

from __future__ import annotations

import zlib
from typing import Any
from urllib.parse import quote

HTML = "https://github.com"
ACTIONS_BOT, ACTIONS_BOT_ID = "github-actions[bot]", 41898282
Document = dict[str, Any]

_REPOSITORY_LINKS = (
    "archive", "assignees", "blobs", "branches", "collaborators", "comments", "commits", "compare",
    "contents", "contributors", "deployments", "downloads", "events", "forks", "git_commits",
    "git_refs", "git_tags", "hooks", "issue_comment", "issue_events", "issues", "keys", "labels",
    "languages", "merges", "milestones", "notifications", "pulls", "releases", "stargazers",
    "statuses", "subscribers", "subscription", "tags", "teams", "trees",
)
_ACCOUNT_LINKS = ("events", "followers", "following", "gists", "organizations", "received_events",
                  "repos", "starred", "subscriptions")


def account_id(login: str) -> int:
    """The number of an account; the same for the same login."""
    return ACTIONS_BOT_ID if login == ACTIONS_BOT else 1000 + zlib.crc32(login.encode()) % 10**7


def account(api: str, login: str, kind: str = "") -> Document:
    """An account: a bot where the login says so, else a user."""
    path = quote(login)  # a bot's has brackets
    url = f"{api}/users/{path}"
    return {
        "login": login, "id": account_id(login), "node_id": f"U_{account_id(login)}",
        "avatar_url": f"{HTML}/{path}.png", "gravatar_id": "", "url": url,
        "html_url": f"{HTML}/{path}", "site_admin": False, "user_view_type": "public",
        "type": kind or ("Bot" if login.endswith("[bot]") else "User"),
        **{f"{name}_url": f"{url}/{name}" for name in _ACCOUNT_LINKS},
    }


def profile(api: str, login: str, now: str) -> Document:
    """An account as it sees itself."""
    return {
        **account(api, login), "name": login.title(), "company": None, "blog": "", "location": None,
        "email": None, "hireable": None, "bio": None, "public_repos": 1, "public_gists": 0,
        "followers": 0, "following": 0, "created_at": now, "updated_at": now,
    }


def repository(api: str, name: str, now: str, default_branch: str, fork: bool) -> Document:
    """A repository; one that is no fork belongs to an organisation."""
    owner, _, short = name.partition("/")
    url, number = f"{api}/repos/{name}", account_id(name)
    return {
        "id": number, "node_id": f"R_{number}", "name": short, "full_name": name,
        "owner": account(api, owner, "User" if fork else "Organization"),
        "private": True, "visibility": "private", "html_url": f"{HTML}/{name}",
        "description": None, "fork": fork, "url": url, "homepage": None, "language": "Python",
        "git_url": f"git://github.com/{name}.git", "ssh_url": f"git@github.com:{name}.git",
        "clone_url": f"{HTML}/{name}.git", "svn_url": f"{HTML}/{name}", "mirror_url": None,
        "default_branch": default_branch, "size": 1, "archived": False, "disabled": False,
        "has_issues": True, "has_projects": True, "has_wiki": False, "has_pages": False,
        "has_downloads": True, "has_discussions": False, "license": None, "topics": [],
        "created_at": now, "updated_at": now, "pushed_at": now,
        "web_commit_signoff_required": False, "is_template": False, "allow_forking": True,
        **dict.fromkeys(("forks", "forks_count", "open_issues", "open_issues_count", "watchers",
                         "stargazers_count", "watchers_count", "network_count",
                         "subscribers_count"), 0),
        **{f"{link}_url": f"{url}/{link}" for link in _REPOSITORY_LINKS},
    }


def app(api: str, slug: str, now: str) -> Document:
    """An app; GitHub's own makes what a workflow's token makes."""
    number = 15368 if slug == "github-actions" else account_id(slug)
    owner = account(api, "github" if slug == "github-actions" else "acme", "Organization")
    return {
        "id": number, "slug": slug, "node_id": f"A_{number}", "owner": owner, "name": slug,
        "client_id": f"Iv1.{number}", "description": None, "external_url": HTML,
        "html_url": f"{HTML}/apps/{slug}", "created_at": now, "updated_at": now,
        "permissions": {"checks": "write", "metadata": "read"}, "events": ["check_run"],
    }
