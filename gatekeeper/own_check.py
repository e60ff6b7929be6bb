"""The Python API: for whoever writes and tests own checks. docs/own-checks.md describes all of it.

A check runs in a container that has no gatekeeper, so it imports these names for type checkers
alone, under `if TYPE_CHECKING:`. Its tests, which run where gatekeeper is, ask `replies_in` for the
very replies that a run has recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, TypedDict, cast

from gatekeeper.evidence.pack import Pack, undamaged
from gatekeeper.judging.from_pack import policy_in
from gatekeeper.model import Answer, Side
from gatekeeper.service.contract import read_reply
from gatekeeper.witnesses.own_checks import item

__all__ = ["Finding", "Reply", "replies_in"]


class Reply(TypedDict):
    """What a check is given of one reply."""

    case: str
    """The row's id; of a row that a change edits `id@base` and `id@head` are two."""
    side: Literal["base", "head"]
    number: int
    """Of the attempt, from 1."""
    risk: Literal["format", "grounding", "safety", "performance", "regression"]
    prompt: str
    expected_behavior: str
    text: str
    """The answer, read through the contract; of a stream all of its text. Hostile."""
    finish_reason: str
    """Empty where the service says none."""
    citations: list[Any]
    """What stands at the contract's evidence pointer: texts and mappings; empty without one."""


class Finding(TypedDict):
    """What a check returns."""

    passed: bool
    expected: str
    """Not empty."""
    got: str


def replies_in(pack: str | Path) -> Iterator[Reply]:
    """Every reply of an evidence pack that holds an answer, as an own check would be given it: case
    by case, base's attempts before head's. UsageError where it is no pack, or a damaged one."""
    opened = Pack.open(Path(pack))
    with undamaged(pack, "use a pack as it was written"):
        policy = policy_in(opened, opened.read_record())
        with opened.attempts() as attempts:
            for case in policy.cases:
                for side in (Side.BASE, Side.HEAD):
                    for attempt in attempts.of(case.case_id, side):
                        answer = read_reply(policy.contracts[side], attempt.reply)
                        if isinstance(answer, Answer):
                            yield cast(Reply, item(case, side, attempt.number, answer))
