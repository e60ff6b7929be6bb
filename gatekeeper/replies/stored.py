"""What came over the socket in the form in which it is stored: decoded, joined, bounded, redacted.
Pure. Nothing that judges ever sees another form.
"""

from __future__ import annotations

from gatekeeper.manifest.contract import Contract
from gatekeeper.model import Reply, Timing
from gatekeeper.ports import Received
from gatekeeper.redaction import Redactor
from gatekeeper.replies.streaming import joined

KEPT_OF_BROKEN = 4096
"""Characters kept of a body that is not a usable reply."""
KEPT_OF_DETAIL = 200


def stored(
    contract: Contract, got: Received, redact: Redactor, started: float
) -> tuple[Reply, Timing]:
    """A reply through a spelled-out contract and its stamps; `started` is in seconds since the run
    began."""
    timing = Timing(started, got.first_byte_ms, got.total_ms)
    if got.events is not None:
        one = joined(contract, got.events, got.done, got.framed)
        text, error, detail = one.body, got.error or one.error, got.detail or one.detail
        timing = Timing(started, got.first_byte_ms, got.total_ms, one.first_token, one.last_token,
                        one.pieces)
    else:
        text, error, detail = _decoded(contract, got)
    if error or got.status is None or not 200 <= got.status < 300:
        text = text[:KEPT_OF_BROKEN]
    # Cut when it is redacted: half a secret would not be known for one.
    words = redact(detail)[:KEPT_OF_DETAIL]
    return Reply(got.status, redact(text), got.content_type, error, words), timing


def _decoded(contract: Contract, got: Received) -> tuple[str, str, str]:
    """Text, error and detail of a reply that was not streamed."""
    error, detail = got.error, got.detail
    try:
        text = got.body.decode("utf-8")
    except UnicodeDecodeError as fault:
        text = got.body.decode("utf-8", "replace")
        error = error or "not-utf8"
        detail = detail or f"byte {fault.start} of {len(got.body)}"
    is_good = got.status is not None and 200 <= got.status < 300
    if contract.stream and is_good and not error:
        error, detail = "not-a-stream", f"it is {got.content_type or 'of no declared type'}"
    return text, error, detail
