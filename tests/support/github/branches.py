"""Branches, the rules that hold on them, and the rulesets those come from."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from tests.support.github.accounts import HTML, Document, account
from tests.support.github.exchange import NOT_FOUND, Answer, invalid, page, refused
from tests.support.github.route import Route, Situation
from tests.support.github.tokens import Need

ENFORCEMENTS = ("disabled", "active", "evaluate")
_OFF = {"enforcement_level": "off", "contexts": [], "checks": []}


def _applies(s: Situation, ruleset: dict[str, Any], branch: str) -> bool:
    """Whether an active ruleset is about a branch."""

    def named(pattern: str) -> bool:
        if pattern == "~DEFAULT_BRANCH":
            return branch == s.facts.default_branch
        return pattern == "~ALL" or fnmatchcase(f"refs/heads/{branch}", pattern)

    names = (ruleset.get("conditions") or {}).get("ref_name", {})
    return (ruleset.get("enforcement", "active") == "active"
            and ruleset.get("target", "branch") == "branch"
            and any(map(named, names.get("include", ("~ALL",))))
            and not any(map(named, names.get("exclude", ()))))


def list_rules(s: Situation, branch: str) -> Answer:
    """Every active rule of a branch, whether there is such a branch or not."""
    origin = {"ruleset_source_type": "Organization",
              "ruleset_source": s.facts.repo.split("/")[0], "ruleset_id": 1}
    rules = [origin | rule for rule in s.facts.rules.get(branch, ())]
    for ruleset in s.facts.rulesets:
        if _applies(s, ruleset, branch):
            own = {"ruleset_source_type": "Repository", "ruleset_source": s.facts.repo,
                   "ruleset_id": _with_id(s, ruleset)["id"]}
            rules += [rule | own for rule in ruleset.get("rules", ())]
    return page(s.asked, rules)


def get_branch(s: Situation, branch: str) -> Answer:
    """A branch, with as much of its classic protection as readers see."""
    tip = s.facts.branches.get(branch)
    if tip is None:
        return refused(404, "Branch not found")
    classic = s.facts.protection.get(branch)
    checks = _OFF if classic is None else _OFF | classic.get("required_status_checks", {})
    url = f"{s.repository}/branches/{branch}"
    return Answer(document={
        "name": branch, "commit": commit_document(s, tip), "protected": classic is not None,
        "_links": {"self": url, "html": f"{HTML}/{s.facts.repo}/tree/{branch}"},
        "protection": {"enabled": classic is not None, "required_status_checks": checks},
        "protection_url": f"{url}/protection"})


def commit_document(s: Situation, sha: str) -> Document:
    """A commit as branches and comparisons show it."""
    url, by = f"{s.repository}/commits/{sha}", account(s.api, "ann")
    signed = {"name": "Ann", "email": "ann@example.com", "date": s.facts.now()}
    unsigned = {"verified": False, "reason": "unsigned", "signature": None, "payload": None,
                "verified_at": None}
    return {
        "sha": sha, "node_id": f"C_{sha}", "url": url, "comments_url": f"{url}/comments",
        "html_url": f"{HTML}/{s.facts.repo}/commit/{sha}", "author": by, "committer": by,
        "parents": [],
        "commit": {"author": signed, "committer": signed, "message": "A change", "url": url,
                   "comment_count": 0, "verification": unsigned,
                   "tree": {"sha": sha, "url": f"{s.repository}/git/trees/{sha}"}}}


def _with_id(s: Situation, ruleset: dict[str, Any]) -> dict[str, Any]:
    """A ruleset that a test made may have no number yet."""
    if "id" not in ruleset:
        ruleset["id"] = s.facts.next_id()
    return ruleset


def _ruleset(s: Situation, ruleset: dict[str, Any], whole: bool) -> Document:
    number, now = _with_id(s, ruleset)["id"], s.facts.now()
    document = {
        "id": number, "name": ruleset["name"], "target": ruleset.get("target", "branch"),
        "source_type": "Repository", "source": s.facts.repo, "node_id": f"RRS_{number}",
        "enforcement": ruleset.get("enforcement", "active"), "created_at": now, "updated_at": now,
        "_links": {"self": {"href": f"{s.repository}/rulesets/{number}"},
                   "html": {"href": f"{HTML}/{s.facts.repo}/rules/{number}"}}}
    if whole:
        document |= {"conditions": ruleset.get("conditions") or {},
                     "rules": ruleset.get("rules", []),
                     "bypass_actors": ruleset.get("bypass_actors", []),
                     "current_user_can_bypass": "never"}
    return document


def list_rulesets(s: Situation) -> Answer:
    """The rulesets, without their rules."""
    return page(s.asked, [_ruleset(s, one, whole=False) for one in s.facts.rulesets])


def get_ruleset(s: Situation, ruleset: int) -> Answer:
    """One ruleset with its rules."""
    found = next((one for one in s.facts.rulesets if _with_id(s, one)["id"] == ruleset), None)
    return Answer(document=_ruleset(s, found, whole=True)) if found else NOT_FOUND


def _fault(s: Situation, ruleset: int | None) -> Answer | None:
    body = s.body
    if ruleset is None and not body.get("name"):
        return invalid("RepositoryRuleset", "name", "Name can't be blank")
    if body.get("enforcement", "" if ruleset is None else "active") not in ENFORCEMENTS:
        return invalid("RepositoryRuleset", "enforcement", "is not included in the list")
    others = (one for one in s.facts.rulesets if _with_id(s, one)["id"] != ruleset)
    if any(one["name"] == body.get("name") for one in others):
        return refused(422, "Validation Failed", "Name must be unique")
    return None


def create_ruleset(s: Situation) -> Answer:
    """A new ruleset."""
    fault = _fault(s, None)
    if fault is not None:
        return fault
    s.facts.rulesets.append({"id": s.facts.next_id(), **s.body})
    return Answer(201, _ruleset(s, s.facts.rulesets[-1], whole=True))


def update_ruleset(s: Situation, ruleset: int) -> Answer:
    """Another content for what the body names; the rest stays."""
    found = next((one for one in s.facts.rulesets if _with_id(s, one)["id"] == ruleset), None)
    if found is None:
        return NOT_FOUND
    fault = _fault(s, ruleset)
    if fault is not None:
        return fault
    found |= s.body
    return Answer(document=_ruleset(s, found, whole=True))


_READ, _ADMIN = Need("read", ("metadata",)), Need("write", ("administration",))
ROUTES = (
    Route("GET", "/rules/branches/{branch}", _READ, list_rules),
    Route("GET", "/branches/{branch}", Need("read", ("contents",)), get_branch),
    Route("GET", "/rulesets", _READ, list_rulesets),
    Route("GET", "/rulesets/{ruleset#}", _READ, get_ruleset),
    Route("POST", "/rulesets", _ADMIN, create_ruleset),
    Route("PUT", "/rulesets/{ruleset#}", _ADMIN, update_ruleset),
)
