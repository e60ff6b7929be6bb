"""Private text in a reply. The redactor has run before it was stored: its marks are found here, and
whatever it would mark now."""

from __future__ import annotations

from gatekeeper.checks.kinds import Check, Exchange, either
from gatekeeper.model import CheckCall
from gatekeeper.outcome import Finding
from gatekeeper.redaction import marks_in, shapes_in


def _no_private_text(call: CheckCall, exchange: Exchange) -> Finding:
    text = exchange.answer.text
    kinds = list(dict.fromkeys([*marks_in(text), *shapes_in(text)]))
    got = f"found: {', '.join(kinds)}" if kinds else "none"
    return either(not kinds, "no private text", got)


PRIVACY_CHECKS = (
    Check("no-private-text", "The answer holds no key or token that the redactor knows by shape.",
          "None of the known shapes is there, plainly written or escaped as in JSON.",
          _no_private_text),
)
