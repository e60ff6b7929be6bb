"""Checks on time, read from stamps next to the socket."""

from __future__ import annotations

from gatekeeper.checks.kinds import Check, Exchange, either
from gatekeeper.formats.units import LONGEST, format_duration, parse_duration
from gatekeeper.model import CheckCall
from gatekeeper.outcome import CheckStatus, Finding


def _limit(call: CheckCall) -> float | None:
    """Milliseconds; None where the call names none."""
    return parse_duration(call.argument) * 1000 if call.argument else call.threshold


def _words(milliseconds: float) -> str:
    return format_duration(round(milliseconds / 1000, 4))


def _within(limit: float | None, took: float | None, own: float, what: str) -> Finding:
    """Milliseconds. What lies above the limit by no more than the client's own part may have been
    in time."""
    if limit is None:
        return Finding(CheckStatus.UNMEASURED, f"{what} within a declared target", "none declared")
    expected = f"{what} within {format_duration(limit / 1000)}"
    if took is None:
        return Finding(CheckStatus.UNMEASURED, expected, "no text was streamed")
    if took - own <= limit < took:
        said = f"{_words(took)}, and up to {_words(own)} of it is the client's own"
        return Finding(CheckStatus.UNMEASURED, expected, said)
    return either(took <= limit, expected, _words(took))


def _latency(call: CheckCall, exchange: Exchange) -> Finding:
    return _within(_limit(call), exchange.total_ms, exchange.own_ms, "a reply")


def _first_token(call: CheckCall, exchange: Exchange) -> Finding:
    return _within(_limit(call), exchange.first_token_ms, exchange.own_ms, "a first token")


def _lint_target(call: CheckCall) -> str:
    if call.threshold is not None and call.argument:
        return "takes no number in brackets beside a value"
    try:
        seconds = parse_duration(call.argument) if call.argument else None
    except ValueError as error:
        return str(error)
    if call.threshold is not None:
        seconds = call.threshold / 1000
    if seconds is None or 0 < seconds <= LONGEST:
        return ""
    return "a target must be above 0 and at most 24h"


TIMING_CHECKS = (
    Check("latency", "The last byte arrives within the contract's `latency_target`, or within "
          "`latency:500ms`; `latency(500)` is in milliseconds.",
          "This reply, on this machine, under the declared concurrency; not the next one.",
          _latency, _lint_target, needs="latency_target", threshold=True),
    Check("time-to-first-token", "The first text of a stream arrives within the contract's "
          "`first_token_target`, or within `time-to-first-token:300ms`; a head, a comment and an "
          "empty piece are no text. Refused where the contract does not stream.",
          "This reply, on this machine, under the declared concurrency; not when thinking that "
          "comes outside the text began.", _first_token, _lint_target,
          needs="first_token_target", threshold=True, streams=True),
)
