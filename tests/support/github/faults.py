"""What goes wrong, and when: failures, cut connections, rate limits, things that happen meanwhile.

A plan is for the next requests of a method whose path holds some text; either may be empty. Plans
are kept in order, and each is used up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.support.github.exchange import Answer, Asked, refused


@dataclass
class Plan:
    """One plan."""

    method: str
    path: str
    times: int
    answer: Callable[[], Answer] | None = None
    """In place of GitHub's own answer."""
    done: bool = False
    """Whether what was asked for is done all the same."""
    happens: Callable[[], object] | None = None
    """Something that happens just before."""

    def is_for(self, asked: Asked) -> bool:
        """Whether this is the next of its requests."""
        return self.times > 0 and self.method in ("", asked.method) and self.path in asked.path


@dataclass
class Faults:
    """All plans, and how a test makes them."""

    clock: Callable[[], float]
    plans: list[Plan] = field(default_factory=list)

    def take(self, asked: Asked) -> Plan | None:
        """The plan for this request, used up by one; what happens meanwhile has happened."""
        for plan in self.plans:
            if plan.happens is not None and plan.is_for(asked):
                plan.times -= 1
                plan.happens()
        for plan in self.plans:
            if plan.answer is not None and plan.is_for(asked):
                plan.times -= 1
                return plan
        return None

    def fail_next(
        self, method: str, path: str, status: int, *, done: bool = False,
        headers: Mapping[str, str] | None = None, content: bytes | None = None, times: int = 1,
    ) -> None:
        """Answer so; `done` when what was asked for is done all the same. `content` is an answer
        that need not be JSON."""
        answer = Answer(status, None if content is not None else {"message": "Server Error"},
                        headers or {}, content)
        self.plans.append(Plan(method, path, times, lambda: answer, done))

    def cut_next(self, method: str, path: str, *, done: bool = False, times: int = 1) -> None:
        """End the connection instead of answering."""
        self.plans.append(Plan(method, path, times, lambda: Answer(cut=True), done))

    def rate_limit_next(
        self, kind: Literal["primary", "secondary"], retry_after: float | None = None, *,
        method: str = "", path: str = "", status: int = 403, times: int = 1,
    ) -> None:
        """Refuse for a rate limit. The primary one is over in `retry_after` seconds, an hour
        otherwise; the secondary one says how long, or does not."""

        def primary() -> Answer:
            reset = str(int(self.clock() + (3600 if retry_after is None else retry_after)))
            return refused(status, "API rate limit exceeded for installation.",
                           x_ratelimit_remaining="0", x_ratelimit_reset=reset)

        def secondary() -> Answer:
            words = "You have exceeded a secondary rate limit. Please wait a few minutes before " \
                    "you try again."
            if retry_after is None:
                return refused(status, words)
            return refused(status, words, retry_after=f"{retry_after:.0f}")

        self.plans.append(Plan(method, path, times,
                               primary if kind == "primary" else secondary))

    def before_next(self, method: str, path: str, happens: Callable[[], object]) -> None:
        """Something that happens just before the next such request is answered."""
        self.plans.append(Plan(method, path, 1, happens=happens))
