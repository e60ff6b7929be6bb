"""Who may let a changed policy decide, read from GitHub as the job runs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gatekeeper.adapters.github import GitHub
from gatekeeper.errors import CouldNotMeasure, UsageError
from gatekeeper.github.accepting import on_github
from gatekeeper.github.dispatched import with_base
from gatekeeper.github.event import Event
from gatekeeper.options import Options
from gatekeeper.policy.acceptance import Lookup, Proposal
from tests.github.conftest import ANN, BASE, HEAD, WORKFLOW, WORKFLOW_MAY, Clock, client_of
from tests.support.github.server import GitHubStandIn

DIGEST = "sha256:" + "d" * 64
OLDER, ABSENT = "c" * 40, "e" * 40
PULLED = Event("pull_request", head_sha=HEAD, base_sha=BASE, number=1, base_ref="main",
               actor="ann")
DISPATCHED = Event("workflow_dispatch", head_sha=HEAD, base_sha=BASE, number=1, base_ref="main",
                   ref="feature", actor="ann")


@pytest.fixture
def pulled(github: GitHubStandIn) -> GitHubStandIn:
    """Ann's pull request; carol maintains, bob may only write."""
    github.add_token(WORKFLOW, WORKFLOW_MAY)
    github.add_pull(1, HEAD, BASE, author="ann")
    for login, role in (("ann", "admin"), ("carol", "maintain"), ("bob", "write")):
        github.set_permission(login, role)
    return github


@pytest.fixture
def client(pulled: GitHubStandIn) -> Iterator[GitHub]:
    """gatekeeper's client with the workflow's token."""
    with client_of(pulled, WORKFLOW, Clock()) as client:
        yield client


def digests_at(commit: str) -> frozenset[str]:
    """What the commits' policies are: only head's is the proposed one. One is not here."""
    return frozenset() if commit == ABSENT else frozenset(
        {DIGEST} if commit == HEAD else {"sha256:" + "0" * 64})


def iter_clock() -> Callable[[], float]:
    """Time that passes between one question and the next."""
    times = itertools.count(1_790_000_000, 60)
    return lambda: float(next(times))


def looked_up(client: GitHub | None, *approvers: str, event: Event = PULLED, needed: bool = True,
              accept: str = "", reason: str = "") -> Lookup:
    """What is found of an acceptance."""
    options = Options(Path(), event=event, accept_policy=accept, reason=reason)
    proposal = Proposal(DIGEST, approvers, needed, digests_at,
                        lambda read: (read("policy") or b"").decode())
    return on_github(options, client).lookup(proposal)


def by(found: Lookup) -> str:
    """Who accepted it; empty where nobody did, and that is known."""
    assert not found.unread, found.unread
    return found.acceptance.by if found.acceptance else ""


def test_a_maintainers_approval_of_this_very_policy_accepts_it(
    pulled: GitHubStandIn, client: GitHub
) -> None:
    pulled.add_review(1, "carol", "APPROVED", HEAD)
    found = looked_up(client)
    assert found.acceptance is not None
    assert (found.acceptance.by, found.acceptance.own) == ("@carol", False)
    assert found.acceptance.reason == f"review of {HEAD[:12]}"


@pytest.mark.parametrize("reviews", [
    [],
    [("carol", "APPROVED", OLDER)],
    [("carol", "APPROVED", None)],
    [("bob", "APPROVED", HEAD)],
    [("mallory", "APPROVED", HEAD)],
    [(None, "APPROVED", HEAD)],
    [("ann", "APPROVED", HEAD)],
    [("carol", "DISMISSED", HEAD)],
    [("carol", "COMMENTED", HEAD)],
    [("carol", "APPROVED", HEAD), ("carol", "CHANGES_REQUESTED", HEAD)],
    [("carol", "APPROVED", HEAD), ("carol", "DISMISSED", OLDER)],
])
def test_what_is_no_approval_of_this_policy_by_somebody_who_may(
    pulled: GitHubStandIn, client: GitHub, reviews: list[tuple[str | None, str, str | None]]
) -> None:
    for login, state, commit in reviews:
        pulled.add_review(1, login, state, commit)
    assert by(looked_up(client)) == ""


def test_a_commit_that_the_checkout_does_not_have_is_read_from_github(
    pulled: GitHubStandIn, client: GitHub
) -> None:
    pulled.add_review(1, "carol", "APPROVED", ABSENT)
    assert by(looked_up(client)) == ""
    pulled.files[ABSENT, "policy"] = DIGEST.encode()
    assert by(looked_up(client)) == "@carol"


def test_an_approval_from_before_the_base_was_changed_is_of_something_else(
    pulled: GitHubStandIn, client: GitHub
) -> None:
    pulled.clock = iter_clock()
    pulled.add_review(1, "carol", "APPROVED", HEAD)
    pulled.turn_base(1, "main")
    assert by(looked_up(client)) == ""
    pulled.add_review(1, "carol", "APPROVED", HEAD)
    assert by(looked_up(client)) == "@carol"


@pytest.mark.parametrize(("base_ref", "there", "governed"), [
    ("main", True, False), ("gh-pages", True, True), ("gh-pages", False, False)])
def test_a_manifest_of_the_default_branch_is_not_adopted_anew_on_another(
    pulled: GitHubStandIn, client: GitHub, base_ref: str, there: bool, governed: bool
) -> None:
    event = replace(PULLED, base_ref=base_ref, default_ref="main")
    if there:
        pulled.files["main", "gatekeeper.yaml"] = b"version: 1"
    for forge, wanted in ((client, governed), (None, base_ref != "main")):
        authority = on_github(Options(Path(), event=event), forge)
        assert authority.governed("gatekeeper.yaml") is wanted


def test_a_remark_takes_no_approval_back(pulled: GitHubStandIn, client: GitHub) -> None:
    pulled.add_review(1, "carol", "APPROVED", HEAD)
    pulled.add_review(1, "carol", "COMMENTED", HEAD)
    assert by(looked_up(client)) == "@carol"


def test_whom_base_names_counts_and_nobody_else(pulled: GitHubStandIn, client: GitHub) -> None:
    pulled.add_review(1, "carol", "APPROVED", HEAD)
    assert by(looked_up(client, "@bob")) == ""
    pulled.add_review(1, "bob", "APPROVED", HEAD)
    assert by(looked_up(client, "@bob")) == "@bob"


def test_a_member_of_a_named_team(pulled: GitHubStandIn, client: GitHub) -> None:
    pulled.add_token(ANN, {"pull-requests": "read", "metadata": "read", "members": "read"},
                     login="acme-bot", kind="user")
    pulled.add_team_member("acme/models", "bob")
    pulled.add_team_member("acme/models", "carol", state="pending")
    pulled.add_review(1, "carol", "APPROVED", HEAD)  # not yet a member
    pulled.add_review(1, "mallory", "APPROVED", HEAD)  # none at all
    with client_of(pulled, ANN, Clock()) as reader:
        assert by(looked_up(reader, "@acme/models")) == ""
        pulled.add_review(1, "bob", "APPROVED", HEAD)
        assert by(looked_up(reader, "@acme/models")) == "@bob"


def test_a_team_that_this_token_may_not_read_is_told_and_is_no_acceptance(
    pulled: GitHubStandIn, client: GitHub
) -> None:
    pulled.add_team_member("acme/models", "bob")
    pulled.add_review(1, "bob", "APPROVED", HEAD)
    found = looked_up(client, "@acme/models")
    assert found.acceptance is None
    assert "@bob approved it, and what they may do cannot be read" in found.unread
    assert "a team needs a token that may read it" in found.unread


def test_reviews_are_read_only_where_something_waits_for_them(
    pulled: GitHubStandIn, client: GitHub
) -> None:
    pulled.add_review(1, "carol", "APPROVED", HEAD)
    assert by(looked_up(client, needed=False)) == ""
    assert pulled.requests == []


def test_reviews_that_cannot_be_read_leave_it_open(pulled: GitHubStandIn, client: GitHub) -> None:
    pulled.fail_next("GET", "/reviews", 500, times=9)
    assert "the reviews cannot be read: GitHub does not answer" in looked_up(client).unread
    assert "no token to read the reviews with" in looked_up(None).unread


def test_a_sole_maintainer_accepts_their_own_by_starting_the_workflow(client: GitHub) -> None:
    found = looked_up(client, event=DISPATCHED, accept=DIGEST, reason="shorter answers")
    assert found.acceptance is not None
    assert (found.acceptance.by, found.acceptance.own) == ("@ann", True)


@pytest.mark.parametrize(("changed", "accept", "reason", "says"), [
    ({"actor": "bob"}, DIGEST, "x", "@bob may not accept a policy here"),
    ({}, "sha256:" + "1" * 64, "x", "this change's policy has another digest"),
    ({}, DIGEST, " ", "needs --reason"),
    ({"name": "pull_request"}, DIGEST, "x", "counts only on `workflow_dispatch`"),
])
def test_ones_own_word_has_to_be_exact_and_by_somebody_who_may(
    client: GitHub, changed: dict[str, str], accept: str, reason: str, says: str
) -> None:
    told = {"name": "workflow_dispatch", "number": 1, "actor": "ann", **changed}
    with pytest.raises(UsageError, match=says):
        looked_up(client, event=Event(**told), accept=accept, reason=reason)  # type: ignore[arg-type]


def test_a_run_started_by_hand_stands_for_its_branchs_pull_request(
    pulled: GitHubStandIn, client: GitHub
) -> None:
    pulled.branches["main"] = OLDER
    started = Event("workflow_dispatch", head_sha=HEAD, ref="feature", actor="ann")
    placed = with_base(started, "acme", client)
    assert (placed.number, placed.base_ref, placed.base_sha) == (1, "main", OLDER)
    alone = with_base(Event("workflow_dispatch", head_sha=HEAD, ref="other"), "acme", client)
    assert (alone.number, alone.base_ref, alone.base_sha) == (0, "main", OLDER)


def test_without_a_token_nobody_knows_where_a_branch_would_be_merged() -> None:
    with pytest.raises(CouldNotMeasure, match="without a token"):
        with_base(Event("workflow_dispatch", ref="feature"), "acme", None)
    assert with_base(PULLED, "acme", None) == PULLED
