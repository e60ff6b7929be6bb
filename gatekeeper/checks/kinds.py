"""What a check is, and what it is given to look at."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gatekeeper.model import Answer, CheckCall
from gatekeeper.outcome import CheckStatus, Finding
from gatekeeper.witnesses.testimony import Testimony


@dataclass(frozen=True, slots=True)
class Baseline:
    """Base's answers to the same case, or why there are none."""

    answers: tuple[Answer, ...] = ()
    moot: str = ""
    """There is rightly nothing to compare with."""
    unmeasured: str = ""
    """There should be something to compare with, and is not."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One answered attempt, with what it is held against."""

    answer: Answer
    total_ms: float
    sources: Mapping[str, str] = field(default_factory=dict)
    """Name of a source (its file's stem) -> its text; the side's own."""
    baseline: Baseline = field(default_factory=Baseline)
    first_token_ms: float | None = None
    """None where nothing was streamed, or no text came."""
    own_ms: float = 0.0
    """What the client itself may have added to both times."""
    prompt: str = ""
    """What was asked; empty where it is not known."""
    instructions: tuple[str, ...] = ()
    """What the side's own service is told before it is asked, as far as its tree says."""
    testimony: Mapping[str, Testimony] = field(default_factory=dict)
    """Check, not negated -> what others said of this very reply, taken from the record."""


_TURNED = {"fail": "hold", "hold": "fail"}
"""What never fails never holds with `not-` in front."""


def _no_complaint(call: CheckCall) -> str:
    return "" if not call.argument else "takes no value"


@dataclass(frozen=True, slots=True)
class Check:
    """One entry of the vocabulary."""

    name: str
    doc: str
    """What it holds a reply to, in one sentence."""
    proves: str
    """What a pass proves; not what it does not."""
    run: Callable[[CheckCall, Exchange], Finding]
    lint: Callable[[CheckCall], str] = _no_complaint
    """Why a call is unusable, can never fail or can never hold; written for the plain call."""
    needs: str = ""
    """`sources`, `latency_target` or `first_token_target` when the manifest must declare it, the
    targets only where the call has none of its own."""
    streams: bool = False
    """It speaks of replies that are streamed, and of no others."""
    threshold: bool = False
    """It takes a number in brackets."""
    declared: str = ""
    """The manifest key that names whom it asks, and that must be there."""
    of_row: bool = False
    """Without a value it takes the row's `expected_behavior`."""

    def complaint(self, call: CheckCall) -> str:
        """Why a call is unusable, can never fail or can never hold; empty when it is fine."""
        if call.threshold is not None and not self.threshold:
            return "takes no number in brackets"
        told = self.lint(call)
        if call.negated:
            told = re.sub("never (fail|hold)", lambda word: f"never {_TURNED[word[1]]}", told)
        return told


def held(expected: str, got: str = "") -> Finding:
    """The reply does what was expected."""
    return Finding(CheckStatus.HELD, expected, got)


def broken(expected: str, got: str) -> Finding:
    """The reply does not."""
    return Finding(CheckStatus.BROKEN, expected, got)


def either(holds: bool, expected: str, got: str) -> Finding:
    """Held or broken."""
    return held(expected, got) if holds else broken(expected, got)


def needs_value(call: CheckCall) -> str:
    """Lint for checks whose value must not be empty."""
    return "" if call.argument else "needs a value: an empty one can never fail"


def items(argument: str) -> list[str]:
    """A comma-separated value; `\\,` is a comma."""
    parts = argument.replace("\\,", "\0").split(",")
    return [part.replace("\0", ",").strip() for part in parts if part.strip()]


def needs_items(call: CheckCall) -> str:
    """Lint for checks over a list."""
    return "" if items(call.argument) else "needs a list of values: an empty one can never fail"


def excerpt(text: str, limit: int = 120) -> str:
    """The start of a reply for a failure row."""
    flat = " ".join(text.split())
    return repr(flat) if len(flat) <= limit else repr(flat[: limit - 1] + "…")
