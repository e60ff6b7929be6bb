"""Who may do what: roles, teams, and whose token it is."""

from __future__ import annotations

from tests.support.github.accounts import account, profile
from tests.support.github.exchange import NOT_FOUND, Answer, page, refused
from tests.support.github.route import Route, Situation
from tests.support.github.tokens import Need

_OLD_NAMES = {"maintain": "write", "triage": "read"}
"""`permission` has no words for these roles; `role_name` has."""
_RIGHTS = ("pull", "triage", "push", "maintain", "admin")


def get_permission(s: Situation, login: str) -> Answer:
    """What an account may do."""
    role = s.facts.roles.get(login)
    if role is None:
        return refused(404, f"{login} is not a user")
    legacy = _OLD_NAMES.get(role, role if role in ("admin", "write", "read", "none") else "read")
    level = {"admin": 5, "maintain": 4, "write": 3, "triage": 2, "none": 0}.get(role, 1)
    rights = {name: at < level for at, name in enumerate(_RIGHTS)}
    user = {**account(s.api, login), "permissions": rights, "role_name": role}
    return Answer(document={"permission": legacy, "role_name": role, "user": user})


def get_membership(s: Situation, org: str, team: str, login: str) -> Answer:
    """Whether an account is in a team."""
    state = s.facts.teams.get((f"{org}/{team}", login))
    if state is None:
        return NOT_FOUND
    url = f"{s.api}/organizations/1/team/1/memberships/{login}"
    return Answer(document={"state": state, "role": "member", "url": url})


def list_members(s: Situation, org: str, team: str) -> Answer:
    """Who is in a team."""
    members = [login for (name, login), state in s.facts.teams.items()
               if name == f"{org}/{team}" and state == "active"]
    if not any(name == f"{org}/{team}" for name, _ in s.facts.teams):
        return NOT_FOUND
    return page(s.asked, [account(s.api, login) for login in members])


def get_user(s: Situation) -> Answer:
    """Whose token it is; a workflow's is nobody's."""
    if s.token.kind != "user":
        return refused(403, "Resource not accessible by integration")
    return Answer(document=profile(s.api, s.token.login, s.facts.now()))


ROUTES = (
    Route("GET", "/collaborators/{login}/permission", Need("read", ("metadata",)), get_permission),
)
ELSEWHERE = (
    Route("GET", "/orgs/{org}/teams/{team}/memberships/{login}", Need("read", ("members",)),
          get_membership),
    Route("GET", "/orgs/{org}/teams/{team}/members", Need("read", ("members",)), list_members),
    Route("GET", "/user", Need("read", ("metadata",)), get_user),
)
