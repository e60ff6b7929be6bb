"""Who accepted a changed policy. Pure.

1. An acceptance covers one policy digest and no other: not a commit, so that it survives a squash
   and the merge queue.
2. It is an approving review of a commit whose policy has that digest; of each reviewer the last
   review counts.
3. The reviewer is one whom base names (`policy.approvers`: `@login` or `@org/team`); where base
   names nobody, one with admin or maintain permission. The change's author is never one.
4. Or it is somebody's own word, by digest and with a reason; it is then shown as self-accepted. On
   GitHub they must be somebody whose review of another's change would have counted.
5. Whether somebody accepted it may not be readable. That is told, and it is not an acceptance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gatekeeper.errors import UsageError

MAINTAINS = frozenset({"admin", "maintain"})


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One policy digest, accepted."""

    digest: str
    by: str
    """`@login`, or `the desk`."""
    reason: str
    own: bool
    """Self-accepted: nobody else looked at it."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A policy that waits to be accepted, for whoever can look it up."""

    digest: str
    approvers: tuple[str, ...]
    """Whom base names; empty for those who maintain the repository."""
    needed: bool
    """Something waits for it, or decided without it."""
    digests_at: Callable[[str], frozenset[str]]
    """The digests of a commit's policy, as it stands and as it is merged with base; empty where
    the commit cannot be had."""
    digest_in: Callable[[Callable[[str], bytes | None]], str]
    """The digest of the policy in files that are read otherwise; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """What was found of an acceptance."""

    acceptance: Acceptance | None = None
    unread: str = ""
    """Why it cannot be told whether there is one."""


@dataclass(frozen=True, slots=True)
class Review:
    """One review of a pull request, as it was read when the job ran."""

    login: str
    state: str
    """GitHub's word: `APPROVED`, `CHANGES_REQUESTED`, `DISMISSED`, `COMMENTED`."""
    commit: str
    digest: str
    """Digest of the policy in that commit."""
    permission: str = ""
    """`admin`, `maintain`, `write`, `triage` or `read`."""
    teams: frozenset[str] = frozenset()
    """`org/team` of every team the reviewer is in."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Who is asked what no tree can tell."""

    lookup: Callable[[Proposal], Lookup]
    """Whether somebody accepted a policy."""
    governed: Callable[[str], bool]
    """Whether a manifest at this path judges the default branch, where base is another branch."""


def by_own_word(given: str, reason: str, proposed: str, by: str = "the desk") -> Acceptance:
    """`--accept-policy DIGEST --reason TEXT`; UsageError for any digest but the proposed one."""
    if not reason.strip():
        raise UsageError("--accept-policy needs --reason: why is the changed policy right?",
                         "the reason is kept in the evidence pack")
    if given.removeprefix("sha256:") != proposed.removeprefix("sha256:"):
        raise UsageError(f"--accept-policy {given}: this change's policy has another digest",
                         f"look at what it is now, and if it is right accept {proposed}")
    return Acceptance(proposed, by, reason.strip(), own=True)


def by_review(
    reviews: Iterable[Review], approvers: tuple[str, ...], author: str, proposed: str
) -> Acceptance | None:
    """The acceptance among a pull request's reviews, oldest first; None where there is none."""
    for review in standing(reviews):
        approves = review.state == "APPROVED" and review.digest == proposed
        if approves and review.login.lower() != author.lower() and may_accept(review, approvers):
            return Acceptance(proposed, f"@{review.login}", f"review of {review.commit[:12]}",
                              own=False)
    return None


def standing(reviews: Iterable[Review]) -> tuple[Review, ...]:
    """Of each reviewer the last review that says yes or no. A remark takes no approval back; an
    account that is gone has no say."""
    last: dict[str, Review] = {}
    for review in reviews:
        if review.state not in ("COMMENTED", "PENDING") and review.login:
            last[review.login.lower()] = review
    return tuple(last.values())


def may_accept(review: Review, approvers: tuple[str, ...]) -> bool:
    """Whether a person is one whose word counts."""
    if not approvers:
        return review.permission in MAINTAINS
    named = {name.removeprefix("@").lower() for name in approvers}
    return review.login.lower() in named or any(team.lower() in named for team in review.teams)
