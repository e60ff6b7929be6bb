"""Checks on time, read from stamps next to the socket."""

from __future__ import annotations

from gatekeeper.checks.kinds import Check, Exchange, either
from gatekeeper.model import CheckCall
from gatekeeper.outcome import CheckStatus, Finding
from gatekeeper.units import LONGEST, format_duration, parse_duration


def _latency(call: CheckCall, exchange: Exchange) -> Finding:
    limit = parse_duration(call.argument) * 1000 if call.argument else call.threshold
    if limit is None:
        return Finding(CheckStatus.UNMEASURED, "a declared latency target", "none declared")
    expected = f"a reply within {format_duration(limit / 1000)}"
    return either(exchange.total_ms <= limit, expected, format_duration(
        round(exchange.total_ms / 1000, 4)))


def _lint_latency(call: CheckCall) -> str:
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
          _latency, _lint_latency, needs="latency_target", threshold=True),
)
