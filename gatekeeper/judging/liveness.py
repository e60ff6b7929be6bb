"""Whether a change shows in any reply. Pure.

An adapter that is silently not applied answers every case as base does, and passes. So where a
change is claimed that should show, both sides' replies are compared, word for word:

- A question shows the change where each side always answers it in one way, and the two differ.
- It does not where every reply of both sides is the same.
- Where a side answers it in more than one way, or each was asked once and the two differ, it tells
  nothing: that may be chance.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gatekeeper.cases.sentinels import SENTINELS, is_sentinel
from gatekeeper.judging.measure import Fact
from gatekeeper.manifest.contract import Contract
from gatekeeper.model import Attempt, Change, ChangeKind, Fault, NoAnswer, Side
from gatekeeper.service.contract import read_reply

SHOWING = (ChangeKind.MODEL, ChangeKind.QUANTIZATION, ChangeKind.PROMPT, ChangeKind.ADAPTER,
           ChangeKind.DECODING)
"""Kinds of change that are made for the sake of the replies."""
AGAIN = 3
"""Questions with different replies that are asked once more."""


def claimed(changes: Iterable[Change]) -> tuple[ChangeKind, ...]:
    """The kinds of change that should show in replies."""
    found = {change.kind for change in changes}
    return tuple(kind for kind in SHOWING if kind in found)


class Sign(StrEnum):
    """What the replies to one question tell."""

    SAME = "same"
    SHOWS = "shows"
    ONCE = "once"
    """They differ, and nobody knows whether a side would differ from itself."""
    UNSTEADY = "unsteady"
    NOTHING = "nothing"
    """One of the sides was not heard, or neither answers it."""


def sign_of(base: Iterable[str], head: Iterable[str]) -> Sign:
    """What the replies of both sides to one question tell."""
    one, other = list(base), list(head)
    if not one or not other:
        return Sign.NOTHING
    if len({*one, *other}) == 1:
        return Sign.NOTHING if one[0] in _UNANSWERED else Sign.SAME
    if len({*one}) > 1 or len({*other}) > 1:
        return Sign.UNSTEADY
    return Sign.SHOWS if min(len(one), len(other)) > 1 else Sign.ONCE


_UNANSWERED = frozenset({"no answer"})


def said(contract: Contract, attempt: Attempt) -> str | None:
    """What is compared of a reply: its text, how it ended, what it cites. None where what came back
    says nothing of the service."""
    answer = read_reply(contract, attempt.reply)
    if isinstance(answer, NoAnswer):
        return None if answer.fault is Fault.WORLD else "no answer"
    return json.dumps([answer.text, answer.finish_reason, answer.citations])


@dataclass(slots=True)
class Heard:
    """Both sides' replies, folded into what they tell: a question at a time."""

    signs: dict[Sign, int] = field(default_factory=lambda: dict.fromkeys(Sign, 0))
    sentinels: int = 0
    """Of those that are the same."""
    once: list[tuple[str, int]] = field(default_factory=list)
    """Questions with different replies, each side's first: their id, and how often a side has been
    asked at most."""

    def add(self, name: str, contracts: Mapping[Side, Contract],
            attempts: Mapping[Side, Iterable[Attempt]]) -> None:
        """Count one question."""
        heard = {side: [words for one in tried
                        if (words := said(contracts[side], one)) is not None]
                 for side, tried in attempts.items()}
        sign = sign_of(heard.get(Side.BASE, ()), heard.get(Side.HEAD, ()))
        self.signs[sign] += 1
        self.sentinels += sign is Sign.SAME and is_sentinel(name)
        if sign is Sign.ONCE and len(self.once) < AGAIN:
            most = max(one.number for tried in attempts.values() for one in tried)
            self.once.append((name, most))

    @property
    def asks_sentinels(self) -> bool:
        """No case tells anything but that both sides are the same."""
        return (not self.sentinels and self.signs[Sign.SAME] > 0
                and not any(self.signs[one] for one in (Sign.SHOWS, Sign.ONCE, Sign.UNSTEADY)))

    @property
    def asks_again(self) -> bool:
        """Replies differ, and one more of each side would tell whether that is chance."""
        return not self.signs[Sign.SHOWS] and bool(self.once)


def read_liveness(kinds: tuple[ChangeKind, ...], heard: Heard) -> Fact:
    """Whether a change of these kinds shows."""
    signs, words = heard.signs, _named(kinds)
    if signs[Sign.SHOWS]:
        return Fact(True, f"the change of {words} shows in {_many(signs[Sign.SHOWS], 'reply')}")
    if signs[Sign.ONCE] or signs[Sign.UNSTEADY]:
        return Fact(None, f"whether the change of {words} shows cannot be told: the service "
                    "answers one question in more than one way; a fixed seed or temperature 0 "
                    "would tell", Fault.WORLD)
    if not signs[Sign.SAME]:
        return Fact(None, "no question was answered by both sides", Fault.WORLD)
    cases = _many(signs[Sign.SAME] - heard.sentinels, "case")
    if not heard.sentinels:
        return Fact(None, f"no reply to {cases} differs from base's, and the sentinels were not "
                    "asked", Fault.WORLD)
    return Fact(False, f"the change of {words} has no effect on any reply: base and head answer "
                f"{cases} and {_many(heard.sentinels, 'sentinel')} word for word alike; is it "
                "applied?")


def _named(kinds: tuple[ChangeKind, ...]) -> str:
    return " and ".join(filter(None, (", ".join(kinds[:-1]), kinds[-1])))


def _many(count: int, what: str) -> str:
    if count == 1:
        return f"1 {what}"
    return f"{count} {what.removesuffix('y')}ies" if what.endswith("y") else f"{count} {what}s"


def questions(heard: Heard) -> tuple[tuple[str, int], ...]:
    """What is worth asking of both sides beside the cases: id, and the number of the attempt."""
    if heard.asks_again:
        return tuple((name, most + 1) for name, most in heard.once)
    if heard.asks_sentinels:
        return tuple((one.case_id, 1) for one in SENTINELS)
    return ()
