"""Checks on the plain text of an answer."""

from __future__ import annotations

from collections.abc import Callable

import regex

from gatekeeper.checks.kinds import (
    Check,
    Exchange,
    either,
    excerpt,
    items,
    needs_items,
    needs_value,
)
from gatekeeper.checks.words import distance_within
from gatekeeper.model import CheckCall
from gatekeeper.outcome import CheckStatus, Finding

REGEX_SECONDS = 1.0
"""A pattern that takes longer on one reply is stopped: hostile text must not hang the gate."""
_PROBES = ("", "x", "0", "\n", "いろは", "The quick brown fox.")
_NOTHING = ("(?!)", "(?<!)", "[^\\s\\S]", "[^\\w\\W]", "[^\\d\\D]")
"""What nothing matches."""
DEFAULT_EDITS = 5.0


def _answers(call: CheckCall, exchange: Exchange) -> Finding:
    text = exchange.answer.text.strip()
    return either(bool(text), "an answer", excerpt(text) if text else "an empty reply")


def _equals(call: CheckCall, exchange: Exchange) -> Finding:
    text = exchange.answer.text.strip()
    return either(text == call.argument, f"exactly {excerpt(call.argument)}", excerpt(text))


def _missing(call: CheckCall, exchange: Exchange, fold: Callable[[str], str]) -> list[str]:
    text = fold(exchange.answer.text)
    return [item for item in items(call.argument) if fold(item) not in text]


def _contains(fold: Callable[[str], str]) -> Callable[[CheckCall, Exchange], Finding]:
    def run(call: CheckCall, exchange: Exchange) -> Finding:
        holds = fold(call.argument) in fold(exchange.answer.text)
        return either(holds, f"contains {excerpt(call.argument)}", excerpt(exchange.answer.text))

    return run


def _contains_all(fold: Callable[[str], str]) -> Callable[[CheckCall, Exchange], Finding]:
    def run(call: CheckCall, exchange: Exchange) -> Finding:
        missing = _missing(call, exchange, fold)
        got = f"missing: {', '.join(map(repr, missing))}" if missing else "all of them"
        wanted = ", ".join(map(repr, items(call.argument)))
        return either(not missing, f"contains all of {wanted}", got)

    return run


def _contains_any(fold: Callable[[str], str]) -> Callable[[CheckCall, Exchange], Finding]:
    def run(call: CheckCall, exchange: Exchange) -> Finding:
        wanted = items(call.argument)
        holds = len(_missing(call, exchange, fold)) < len(wanted)
        expected = f"contains any of {', '.join(map(repr, wanted))}"
        return either(holds, expected, excerpt(exchange.answer.text))

    return run


def _starts_with(call: CheckCall, exchange: Exchange) -> Finding:
    text = exchange.answer.text.lstrip()
    holds = text.startswith(call.argument)
    return either(holds, f"starts with {excerpt(call.argument)}", excerpt(text, 60))


def _regex(call: CheckCall, exchange: Exchange) -> Finding:
    expected = f"matches /{call.argument}/"
    try:
        match = regex.search(call.argument, exchange.answer.text, timeout=REGEX_SECONDS)
    except TimeoutError:
        # It has neither matched nor missed: `not-regex` must not pass on it either.
        reason = f"the pattern did not finish within {REGEX_SECONDS:g} s"
        return Finding(CheckStatus.UNMEASURED, expected, reason)
    return either(match is not None, expected, excerpt(match[0] if match else exchange.answer.text))


def lint_pattern(pattern: str) -> str:
    """Why a pattern is unusable or matches everything; empty when it is fine."""
    if not pattern:
        return "needs a pattern"
    try:
        compiled = regex.compile(pattern)
    except regex.error as error:
        return f"not a pattern: {error}"
    try:
        everything = all(compiled.search(probe, timeout=REGEX_SECONDS) for probe in _PROBES)
    except TimeoutError:
        return f"takes longer than {REGEX_SECONDS:g} s on a short text"
    return "matches every text: it can never fail" if everything else ""


def _lint_regex(call: CheckCall) -> str:
    complaint = lint_pattern(call.argument)
    if not complaint and "|" not in call.argument and any(n in call.argument for n in _NOTHING):
        return "matches no text: it can never hold"
    return complaint


def _lint_answers(call: CheckCall) -> str:
    if call.argument:
        return "takes no value"
    # Beside every row's own `answers`, which is why only the negated one is refused.
    return "every row is held to `answers`: it can never fail" if call.negated else ""


def _levenshtein(call: CheckCall, exchange: Exchange) -> Finding:
    limit = int(DEFAULT_EDITS if call.threshold is None else call.threshold)
    text = exchange.answer.text.strip()
    distance = distance_within(call.argument, text, limit)
    got = f"{distance} edits" if distance is not None else f"more: {excerpt(text)}"
    expected = f"within {limit} edits of {excerpt(call.argument)}"
    return either(distance is not None, expected, got)


def _lint_levenshtein(call: CheckCall) -> str:
    limit = DEFAULT_EDITS if call.threshold is None else call.threshold
    if not call.argument:
        return "needs a text"
    if limit < 0 or limit != limit:
        return "the number of edits cannot be negative"
    if limit >= len(call.argument):
        return f"{limit:g} edits can turn the text into any other of its length"
    return ""


def _finish_reason(call: CheckCall, exchange: Exchange) -> Finding:
    got = exchange.answer.finish_reason or "none given"
    return either(got == call.argument, f"finish reason {call.argument}", got)


TEXT_CHECKS = (
    Check("answers", "The answer is not empty.",
          "Something was said; not that it answers. Every row is held to this.", _answers,
          _lint_answers),
    Check("equals", "The answer is exactly this text, white space at its ends aside.",
          "The wording; not that it is right.", _equals, needs_value),
    Check("contains", "The answer contains this text.",
          "The words are there; not what is said about them.", _contains(str), needs_value),
    Check("icontains", "The answer contains this text in any case.",
          "The words are there; not what is said about them.", _contains(str.casefold),
          needs_value),
    Check("contains-all", "The answer contains every text of a comma-separated list.",
          "All the words are there; not what is said about them.", _contains_all(str), needs_items),
    Check("contains-any", "The answer contains one text of a comma-separated list.",
          "One of the words is there; not what is said about it.", _contains_any(str), needs_items),
    Check("icontains-all", "The answer contains every text of a comma-separated list, in any case.",
          "All the words are there; not what is said about them.",
          _contains_all(str.casefold), needs_items),
    Check("icontains-any", "The answer contains one text of a comma-separated list, in any case.",
          "One of the words is there; not what is said about it.",
          _contains_any(str.casefold), needs_items),
    Check("starts-with", "The answer starts with this text.",
          "The beginning; not what follows.", _starts_with, needs_value),
    Check("regex", "The answer matches this pattern somewhere.",
          "The pattern matches, within a second; not what stands round it.", _regex, _lint_regex),
    Check("levenshtein", "The answer is within a number of edits of this text.",
          "Near the wording; not the meaning: one edit can turn a yes into a no.", _levenshtein,
          _lint_levenshtein, threshold=True),
    Check("finish-reason", "The answer ended for this reason.",
          "What the service says of itself; not that it is so.", _finish_reason, needs_value),
)
