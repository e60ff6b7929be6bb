"""The smoke test: healthy, and one request on the contract's endpoint is answered."""

from __future__ import annotations

import json
from typing import Any

from gatekeeper.formats.structured import at_pointer
from gatekeeper.manifest.contract import Contract
from gatekeeper.model import NoAnswer
from gatekeeper.ports import Connection
from gatekeeper.redaction import Redactor
from gatekeeper.replies.stored import stored
from gatekeeper.service.contract import make_request, read_reply
from gatekeeper.service.readiness import whole

PROMPT = "Hello"
SECONDS = 60.0
KEPT = 500
"""Characters of the first message that are kept."""


def smoke_test(
    connection: Connection, contract: Contract, health_path: str, model: str, redact: Redactor
) -> dict[str, Any]:
    """What `api_smoke_test.json` holds for one side. Where gatekeeper itself was short of something
    it does not say whether it was passed: nothing was learned about the service."""
    health = connection.exchange("GET", health_path, None, SECONDS)
    body = json.dumps(make_request(contract, PROMPT, model)).encode()
    got = connection.exchange("POST", contract.endpoint, body, contract.limits.timeout or SECONDS,
                              stream=contract.stream)
    reply, _ = stored(contract, got, redact, 0.0)
    answer = read_reply(contract, reply)
    healthy = health.status == 200 and not health.error
    reason = "" if healthy else f"GET {health_path}: {health.error or f'HTTP {health.status}'}"
    first = ""
    if isinstance(answer, NoAnswer):
        reason = reason or f"POST {contract.endpoint}: {answer.reason}"
    else:
        first = answer.text
        if not first.strip():
            reason = reason or f"POST {contract.endpoint}: the answer is empty"
    found = {
        "health": healthy,
        "model": model,
        "has_choices": _has_choices(reply.body),
        "first_message": whole(first[:KEPT]),
        "reason": whole(reason),
    }
    return found if "gate-fault" in (health.error, got.error) else {**found, "passed": not reason}


def _has_choices(body: str) -> bool:
    try:
        choices = at_pointer(json.loads(body), "/choices")
    except (ValueError, RecursionError):
        return False
    return isinstance(choices, list) and bool(choices)
