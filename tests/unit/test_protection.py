"""Whether a branch's rules make the gate block, from what GitHub says of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gatekeeper.github.protection import ACTIONS_APP, Seen, findings, required, with_check

FILES = (".github/workflows/gate.yml", "gatekeeper.yaml", "eval_cases.csv")
BARE = Seen("main", (), {"protected": False}, "", {FILES[0]: "on: {pull_request: {}}"}, FILES)


def check_rule(*contexts: str, app: int | None = ACTIONS_APP) -> dict[str, Any]:
    """A ruleset's rule that requires checks."""
    return {"type": "required_status_checks", "parameters": {"required_status_checks": [
        {"context": name, "integration_id": app} for name in contexts]}}


def classic(*contexts: str) -> dict[str, Any]:
    """Classic protection as a reader sees it."""
    return {"protected": True, "protection": {"enabled": True, "required_status_checks": {
        "enforcement_level": "non_admins", "contexts": list(contexts), "checks": [
            {"context": name, "app_id": ACTIONS_APP} for name in contexts]}}}


@pytest.mark.parametrize(("seen", "holds", "words"), [
    (BARE, False, "nothing blocks: no rule of `main` requires the check `gate`"),
    (replace(BARE, rules=[check_rule("test")]), False,
     "nothing blocks: no rule of `main` requires the check `gate`; it requires `test`"),
    (replace(BARE, rules=[check_rule("test", "Gate")]), True, "`main` requires the check `gate`"),
    (replace(BARE, rules=[check_rule("gate", app=None)]), True,
     "`main` requires the check `gate`, which any app and whoever may write can set"),
    (replace(BARE, protection=classic("gate")), True, "`main` requires the check `gate`"),
    (replace(BARE, rules=[check_rule("gate", app=-1)]), True,
     "`main` requires the check `gate`, which any app and whoever may write can set"),
    (replace(BARE, rules=[check_rule("gate", app=7)]), False,
     "`main` requires the check `gate` of app 7, which this job's is not: the merge will wait for "
     "it in vain"),
    (replace(BARE, rules=None, protection=None), None,
     "whether `main` requires the check `gate` cannot be read"),
    (replace(BARE, rules=[{"type": "workflows", "parameters": {"workflows": [
        {"path": FILES[0], "repository_id": 7}]}}], repository=7), True,
     "`main` requires the gate's workflow, which a pull request cannot edit"),
    (replace(BARE, rules=[{"type": "workflows", "parameters": {"workflows": [
        {"path": FILES[0], "repository_id": 999}]}}], repository=7), None,
     "`main` requires the workflows `.github/workflows/gate.yml`; whether one of them runs this "
     "gate cannot be told from here"),
    (replace(BARE, rules=[{"type": "workflows", "parameters": {"workflows": [
        {"path": "ci/lint.yml"}]}}]), None,
     "`main` requires the workflows `ci/lint.yml`; whether one of them runs this gate cannot be "
     "told from here"),
    (replace(BARE, rules=[{"type": "required_status_checks", "parameters": None}]), False,
     "nothing blocks: no rule of `main` requires the check `gate`"),
])
def test_whether_it_blocks(seen: Seen, holds: bool | None, words: str) -> None:
    found = required(seen, "gate")
    assert (found.holds, found.words) == (holds, words)
    assert bool(found.help) is (holds is False)


def words_of(seen: Seen) -> list[str]:
    """What is said beyond the required check."""
    return [f"{one.holds} {one.words}" for one in findings(seen, "gate")[1:]]


def test_without_code_owners_the_workflow_is_anybodys() -> None:
    said, = words_of(BARE)
    assert said.startswith("False there is no CODEOWNERS file: who may push a branch")


def test_code_owners_that_cannot_be_read_are_not_taken_for_none() -> None:
    assert words_of(replace(BARE, codeowners=None)) == [
        "None CODEOWNERS cannot be read, so who owns the workflow cannot be told"]


def test_a_workflow_that_a_pull_request_may_add_needs_an_owner_too() -> None:
    owned = "".join(f"/{path} @ann\n" for path in FILES)
    assert words_of(replace(BARE, codeowners=owned))[0] == \
        "False no code owner for `.github/workflows/another.yml`"


def test_a_file_that_nobody_owns_is_named() -> None:
    seen = replace(BARE, codeowners="/.github/ @ann\n/gatekeeper.yaml @ann\n")
    assert words_of(seen) == ["False no code owner for `eval_cases.csv`",
                              "False `main` does not require a review by code owners"]


def test_owners_whose_review_is_required() -> None:
    rule = {"type": "pull_request", "parameters": {"require_code_owner_review": True}}
    seen = replace(BARE, codeowners="* @ann", rules=[rule])
    assert words_of(seen) == ["True workflow, manifest and cases have code owners",
                              "True `main` requires their review"]


def test_classic_protection_does_not_tell_readers_whether_owners_review() -> None:
    seen = replace(BARE, codeowners="* @ann", protection=classic("gate"))
    assert words_of(seen)[1].startswith("None whether `main` requires their review")


@pytest.mark.parametrize(("text", "holds"), [
    ("on: {pull_request: {}}", False), ("on: [pull_request, merge_group]", True),
    ("on:\n  merge_group:\n", True), ("on: push # merge_group", False),
    ("on: push\njobs: {a: {if: \"github.event_name != 'merge_group'\"}}", False)])
def test_a_merge_queue_needs_the_workflow_to_run_in_it(text: str, holds: bool) -> None:
    seen = replace(BARE, rules=[{"type": "merge_queue"}], workflows={FILES[0]: text})
    assert findings(seen, "gate")[-1].holds is holds


def test_a_new_ruleset_requires_the_check_of_github_actions() -> None:
    body = with_check(None, "main", "gate")
    assert body["conditions"]["ref_name"] == {"include": ["refs/heads/main"], "exclude": []}
    assert required(replace(BARE, rules=body["rules"]), "gate").holds is True
    assert with_check(body, "main", "gate") == body


def test_what_somebody_put_into_our_ruleset_stays() -> None:
    there = {"name": "gatekeeper", "bypass_actors": [{"actor_id": 1}], "conditions": {
        "ref_name": {"include": ["refs/heads/v1"], "exclude": ["refs/heads/main"]}},
        "rules": [{"type": "deletion"}, check_rule("lint")]}
    body = with_check(there, "main", "gate")
    assert body["bypass_actors"] == [{"actor_id": 1}]
    assert body["conditions"]["ref_name"] == {
        "include": ["refs/heads/v1", "refs/heads/main"], "exclude": []}
    assert body["rules"] == [{"type": "deletion"}, check_rule("lint", "gate")]
