"""Looking up whether somebody accepted a changed policy: at a desk, or on GitHub when the job runs.

The rules are `policy/acceptance.py`. Reviews are read live, and only where something waits for one;
what was found goes into the pack.
"""

from __future__ import annotations

from dataclasses import replace

from gatekeeper.errors import UsageError
from gatekeeper.github.event import Event
from gatekeeper.github.forge import Denied, Forge, ForgeError, NotThere, ReviewSeen
from gatekeeper.options import Options
from gatekeeper.policy.acceptance import (
    Authority,
    Lookup,
    Proposal,
    Review,
    by_own_word,
    by_review,
    may_accept,
    standing,
)


def at_desk(options: Options) -> Authority:
    """By `--accept-policy DIGEST --reason TEXT`, or not at all; base is whatever a person names."""

    def accepted(proposal: Proposal) -> Lookup:
        if not options.accept_policy:
            return Lookup()
        return Lookup(by_own_word(options.accept_policy, options.reason, proposal.digest))

    return Authority(accepted, lambda path: False)


def on_github(options: Options, forge: Forge | None) -> Authority:
    """By the inputs of a run that somebody started by hand, or by the pull request's reviews."""
    event = options.event

    def accepted(proposal: Proposal) -> Lookup:
        if options.accept_policy:
            return _own_word(options, proposal, forge)
        if not proposal.needed or not event.number:
            return Lookup()
        if forge is None:
            return Lookup(unread="there is no token to read the reviews with; set the input "
                                 "`github-token`")
        try:
            return _in_reviews(forge, event, proposal)
        except ForgeError as error:
            return Lookup(unread=f"the reviews cannot be read: {error.message}")

    return Authority(accepted, lambda path: _governed(forge, event, path))


def _governed(forge: Forge | None, event: Event, path: str) -> bool:
    """A check belongs to a commit, not to what it would be merged into: one that is earned against
    a branch without a manifest counts for the default branch too, once the pull request is turned
    there. So a manifest there is not adopted anew elsewhere. What cannot be read is taken so."""
    if event.base_ref in ("", event.default_ref):
        return False
    try:
        return forge is None or forge.file(path, event.default_ref) is not None
    except ForgeError:
        return True


def _own_word(options: Options, proposal: Proposal, forge: Forge | None) -> Lookup:
    actor = options.event.actor
    if options.event.name != "workflow_dispatch":
        raise UsageError("input `accept-policy` counts only on `workflow_dispatch`",
                         "start the workflow by hand; or let somebody approve the pull request")
    given = by_own_word(options.accept_policy, options.reason, proposal.digest, f"@{actor}")
    if forge is None:
        return Lookup(unread=f"there is no token to read what @{actor} may do with")
    try:
        one = _with_standing(forge, Review(actor, "", "", ""), proposal.approvers)
    except ForgeError as error:
        return Lookup(unread=f"what @{actor} may do cannot be read: {error.message}")
    if not may_accept(one, proposal.approvers):
        who = ", ".join(proposal.approvers) or "who maintains the repository"
        raise UsageError(f"@{actor} may not accept a policy here", f"ask {who}")
    return Lookup(given)


def _in_reviews(forge: Forge, event: Event, proposal: Proposal) -> Lookup:
    """The acceptance among the reviews. Permissions and teams are asked only of those who approved
    this very policy."""
    author, turned = forge.pull(event.number).author, forge.base_changed_at(event.number)
    # What was approved against another base may have changed nothing there.
    seen = [review for review in forge.reviews(event.number) if review.at > turned]
    found, unread = [], ""
    for review in standing(map(_review, seen)):
        if review.state != "APPROVED":
            continue
        if not (review.commit and proposal.digest in _digests_at(forge, proposal, review.commit)):
            continue
        approval = replace(review, digest=proposal.digest)
        try:
            found.append(_with_standing(forge, approval, proposal.approvers))
        except (Denied, NotThere) as error:
            unread = f"@{review.login} approved it, and what they may do cannot be read: " \
                     f"{error.message}; a team needs a token that may read it"
    acceptance = by_review(found, proposal.approvers, author, proposal.digest)
    return Lookup(acceptance, "" if acceptance else unread)


def _digests_at(forge: Forge, proposal: Proposal, commit: str) -> frozenset[str]:
    """Of a commit that is not here and that origin does not give, as none does to a checkout that
    keeps no credentials, the files are read from GitHub."""
    return proposal.digests_at(commit) or frozenset(
        {proposal.digest_in(lambda path: forge.file(path, commit))})


def _review(seen: ReviewSeen) -> Review:
    return Review(seen.login, seen.state, seen.commit, digest="")


def _with_standing(forge: Forge, review: Review, approvers: tuple[str, ...]) -> Review:
    """The review with what decides whether it counts."""
    if not approvers:
        return replace(review, permission=forge.permission(review.login))
    if may_accept(review, approvers):  # named
        return review
    teams = [name.removeprefix("@") for name in approvers if "/" in name]
    inside = (team for team in teams if forge.in_team(team, review.login))
    return replace(review, teams=frozenset(inside))
