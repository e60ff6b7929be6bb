"""Whether a branch's rules make the gate block: from what GitHub says of them to findings. Pure.

1. A required check names the check, in a ruleset or in classic protection (docs.github.com,
   "Available rules for rulesets"). Names are compared as GitHub does, without regard to case.
2. A required workflow is a stronger way to the same end: a pull request cannot edit it.
3. The files that decide whether and how the gate runs have code owners, and their review is needed.
4. A merge queue waits for the check on its own event; a workflow that does not run on it holds up
   every merge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gatekeeper.github.codeowners import owners_of
from gatekeeper.github.gate_workflows import FOLDER, events_of

ACTIONS_APP = 15368
"""GitHub Actions' own app: a required check that is bound to it cannot be set by another app."""
ANY_APP = -1
"""Classic protection's word for a check that any app may set."""
RULESET = "gatekeeper"
ANOTHER = f"{FOLDER}/another.yml"
"""Stands for a workflow that a pull request may add."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What could be read of a branch; None where this token may not."""

    branch: str
    rules: Sequence[Mapping[str, Any]] | None
    """`GET /rules/branches/{branch}`: the active rules of repository and organisation."""
    protection: Mapping[str, Any] | None
    """`GET /branches/{branch}`: the readers' view of classic protection."""
    codeowners: str | None
    """Empty: there is none."""
    workflows: Mapping[str, str]
    """Path -> text of the workflows that use this action."""
    guarded: tuple[str, ...]
    """Files that must not change unseen: workflows, manifest, cases."""
    repository: int | None = None
    """The repository's id, which tells its own workflows from others' of the same path."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the answer."""

    holds: bool | None
    """None: it cannot be told with this token."""
    words: str
    help: str = ""


def findings(seen: Seen, check: str) -> tuple[Finding, ...]:
    """All that was asked, what blocks first."""
    return (required(seen, check), *_owned(seen), *_queue(seen))


def required(seen: Seen, check: str) -> Finding:
    """Whether the check must be green before a merge."""
    workflows = [one for rule in _rules(seen, "workflows")
                 for one in _list(_part(rule, "parameters").get("workflows"))
                 if isinstance(one, Mapping)]
    demanded = [str(one.get("path")) for one in workflows]
    if any(one.get("path") in seen.workflows and one.get("repository_id") == seen.repository
           for one in workflows if seen.repository):
        return Finding(True, f"`{seen.branch}` requires the gate's workflow, which a pull request "
                       "cannot edit")
    contexts = [*_contexts(seen)]
    apps = [app for name, app in contexts if name.lower() == check.lower()]
    if strange := next((app for app in apps if app not in (ACTIONS_APP, None)), None):
        return Finding(False, f"`{seen.branch}` requires the check `{check}` of app {strange}, "
                       "which this job's is not: the merge will wait for it in vain",
                       "require the one of GitHub Actions")
    if apps:
        also = "" if ACTIONS_APP in apps else ", which any app and whoever may write can set"
        return Finding(True, f"`{seen.branch}` requires the check `{check}`{also}")
    if demanded:
        paths = ", ".join(f"`{path}`" for path in demanded)
        return Finding(None, f"`{seen.branch}` requires the workflows {paths}; whether one of them "
                       "runs this gate cannot be told from here")
    if seen.rules is None and seen.protection is None:
        return Finding(None, f"whether `{seen.branch}` requires the check `{check}` cannot be read")
    names = ", ".join(f"`{name}`" for name in dict.fromkeys(name for name, _ in contexts))
    others = f"; it requires {names}" if names else ""
    return Finding(False, f"nothing blocks: no rule of `{seen.branch}` requires the check "
                   f"`{check}`{others}",
                   "`gatekeeper protect` sets it up, with a token that may administer")


def _contexts(seen: Seen) -> Iterator[tuple[str, int | None]]:
    """Name and app of every required check."""
    for rule in _rules(seen, "required_status_checks"):
        for one in _list(_part(rule, "parameters").get("required_status_checks")):
            if isinstance(one, Mapping):
                app = one.get("integration_id")
                yield str(one.get("context") or ""), _bound(app)
    classic = _part(_part(seen.protection or {}, "protection"), "required_status_checks")
    checks = {str(one.get("context") or ""): one.get("app_id")
              for one in _list(classic.get("checks")) if isinstance(one, Mapping)}
    for name in _list(classic.get("contexts")):
        app = checks.get(str(name))
        yield str(name), _bound(app)


def _bound(app: object) -> int | None:
    return app if isinstance(app, int) and app != ANY_APP else None


def _owned(seen: Seen) -> Iterator[Finding]:
    guarded = [*seen.guarded, ANOTHER]
    if seen.codeowners is None:
        yield Finding(None, "CODEOWNERS cannot be read, so who owns the workflow cannot be told")
        return
    if not seen.codeowners:
        yield Finding(False, "there is no CODEOWNERS file: who may push a branch may edit the "
                      "workflow, and leave the gate out",
                      f"give `{FOLDER}/`, {', '.join(f'`{path}`' for path in seen.guarded)} owners")
        return
    free = [path for path in guarded if not owners_of(path, seen.codeowners)]
    if free:
        yield Finding(False, f"no code owner for {', '.join(f'`{path}`' for path in free)}",
                      "name one in CODEOWNERS; a workflow that is added can have a green job of "
                      "the gate's name" if ANOTHER in free else "name one in CODEOWNERS")
    else:
        yield Finding(True, "workflow, manifest and cases have code owners")
    reviewed = any(_part(rule, "parameters").get("require_code_owner_review") is True
                   for rule in _rules(seen, "pull_request"))
    if reviewed:
        yield Finding(True, f"`{seen.branch}` requires their review")
    elif _part(seen.protection or {}, "protection").get("enabled"):
        yield Finding(None, f"whether `{seen.branch}` requires their review stands in its classic "
                      "protection, which only an administrator's token can read")
    else:
        yield Finding(False, f"`{seen.branch}` does not require a review by code owners",
                      "switch on `Require review from Code Owners`")


def _queue(seen: Seen) -> Iterator[Finding]:
    if not _rules(seen, "merge_queue"):
        return
    for path, text in seen.workflows.items():
        listens = "merge_group" in events_of(text, path)
        yield Finding(listens, f"`{seen.branch}` has a merge queue, and `{path}` "
                      + ("runs in it" if listens else "does not run on `merge_group`: the queue "
                         "will wait for the check in vain"), "" if listens else
                      "add `merge_group:` to `on:`")


def _rules(seen: Seen, kind: str) -> list[Mapping[str, Any]]:
    return [rule for rule in seen.rules or () if rule.get("type") == kind]


def _part(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = data.get(name)
    return part if isinstance(part, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def with_check(existing: Mapping[str, Any] | None, branch: str, check: str) -> dict[str, Any]:
    """The ruleset that requires the check on a branch: ours as it is, with the check in it; a new
    one where there is none. Whatever else somebody put into it stays."""
    rules = [dict(rule) for rule in _list((existing or {}).get("rules"))]
    rule = next((one for one in rules if one.get("type") == "required_status_checks"), None)
    if rule is None:
        rule = {"type": "required_status_checks", "parameters": {
            "strict_required_status_checks_policy": False, "required_status_checks": []}}
        rules.append(rule)
    parameters = dict(_part(rule, "parameters"))
    kept = [one for one in _list(parameters.get("required_status_checks"))
            if str(one.get("context", "")).lower() != check.lower()]
    parameters["required_status_checks"] = [
        *kept, {"context": check, "integration_id": ACTIONS_APP}]
    rule["parameters"] = parameters
    return {"name": RULESET, "target": "branch", "enforcement": "active",
            "bypass_actors": _list((existing or {}).get("bypass_actors")),
            "conditions": {"ref_name": _including(existing, branch)}, "rules": rules}


def _including(existing: Mapping[str, Any] | None, branch: str) -> dict[str, Any]:
    """The branches that a ruleset speaks of, with this one among them."""
    names = _part(_part(existing or {}, "conditions"), "ref_name")
    ref, include = f"refs/heads/{branch}", _list(names.get("include"))
    return {"include": include if {ref, "~ALL"} & {*include} else [*include, ref],
            "exclude": [one for one in _list(names.get("exclude")) if one != ref]}
