"""Whose approval of a changed policy counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gatekeeper.policy.acceptance import Review, by_review

PROPOSED = "sha256:" + "a" * 64
APPROVAL = Review("Ann", "APPROVED", "c" * 40, PROPOSED, "maintain")


def accepted(*reviews: Review, approvers: tuple[str, ...] = (), author: str = "bob") -> bool:
    """Whether the reviews accept the proposed policy."""
    return by_review(reviews, approvers, author, PROPOSED) is not None


def test_an_approval_says_who_and_of_which_commit() -> None:
    found = by_review([APPROVAL], (), "bob", PROPOSED)
    assert found is not None
    assert (found.by, found.reason, found.own) == ("@Ann", "review of cccccccccccc", False)


@pytest.mark.parametrize("permission", ["write", "triage", "read", "none", ""])
def test_without_names_only_those_who_maintain_may_accept(permission: str) -> None:
    assert accepted(APPROVAL)
    assert not accepted(replace(APPROVAL, permission=permission))


@pytest.mark.parametrize("name", ["@ann", "ann", "@ANN"])
def test_a_named_approver_needs_no_permission(name: str) -> None:
    assert accepted(replace(APPROVAL, permission="read"), approvers=(name,))


def test_where_base_names_somebody_permission_is_not_enough() -> None:
    assert not accepted(APPROVAL, approvers=("@carol",))


def test_a_team_may_be_named() -> None:
    review = replace(APPROVAL, permission="read", teams=frozenset({"org/Model-Owners"}))
    assert accepted(review, approvers=("@org/model-owners",))
    assert not accepted(review, approvers=("@org/others",))


def test_an_approval_of_another_policy_is_none() -> None:
    assert not accepted(replace(APPROVAL, digest="sha256:" + "b" * 64))
    assert not accepted(replace(APPROVAL, digest=""))


def test_nobody_approves_their_own_change() -> None:
    assert not accepted(APPROVAL, author="ann")


@pytest.mark.parametrize("state", ["CHANGES_REQUESTED", "DISMISSED"])
def test_of_each_reviewer_the_last_word_counts(state: str) -> None:
    taken_back = replace(APPROVAL, state=state)
    assert not accepted(APPROVAL, taken_back)
    assert accepted(taken_back, APPROVAL)
    assert accepted(APPROVAL, replace(taken_back, login="carol"))


def test_a_remark_takes_no_approval_back() -> None:
    assert accepted(APPROVAL, replace(APPROVAL, state="COMMENTED"))


def test_a_later_approval_of_another_commit_replaces_the_earlier() -> None:
    """What the reviewer last looked at is what they stand for."""
    assert not accepted(APPROVAL, replace(APPROVAL, digest="sha256:" + "b" * 64))
