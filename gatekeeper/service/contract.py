"""The contract's five lines: spelled out, asked with, and read with. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from gatekeeper.formats.structured import MISSING, at_pointer
from gatekeeper.manifest.contract import Contract, RequestShape, ResponseShape, StopPath
from gatekeeper.manifest.types import Manifest
from gatekeeper.model import REPLY_ERRORS, Answer, Fault, NoAnswer, Reply

LINES = ("endpoint", "request_shape", "response_shape", "limits", "stop_path")
_CHAT_RESPONSE = ResponseShape(
    content="/choices/0/message/content",
    finish_reason="/choices/0/finish_reason",
    error="/error/message",
    delta="/choices/0/delta/content",
    tokens="/usage/completion_tokens",
)
_NAMES = re.compile(r"\{(?:prompt|model|max_tokens)\}")
_CHAT_REQUEST = {
    "model": "{model}",
    "messages": [{"role": "user", "content": "{prompt}"}],
    "max_tokens": "{max_tokens}",
}
_STREAM = {"stream": True}
_CHAT_STREAM = {**_STREAM, "stream_options": {"include_usage": True}}


def spelled_out(manifest: Manifest) -> Contract:
    """The contract with its preset, its shorthands and what the kind of service implies."""
    contract = manifest.contract
    stop = contract.stop_path
    if manifest.service.build or manifest.service.image:
        engine = "docker stop {container}"
        never = "docker update --restart=no {container} && docker stop {container}"
        stop = StopPath(stop.stop or engine, stop.disable or never, stop.rollback)
    elif manifest.service.stop.command:
        stop = replace(stop, stop=stop.stop or " ".join(manifest.service.stop.command))
    stop = replace(stop, rollback=stop.rollback or contract.rollback)
    contract = replace(contract, rollback="", stop_path=stop)
    if contract.preset == "openai-chat":
        contract = _chat(contract)
    if contract.stream:
        more = _CHAT_STREAM if contract.preset == "openai-chat" else _STREAM
        contract = replace(contract, request={**more, **contract.request})
    return contract


def _chat(contract: Contract) -> Contract:
    own = contract.response_shape
    shape = ResponseShape(
        content=own.content or _CHAT_RESPONSE.content,
        evidence=own.evidence,
        finish_reason=own.finish_reason or _CHAT_RESPONSE.finish_reason,
        error=own.error or _CHAT_RESPONSE.error,
        delta=own.delta or (_CHAT_RESPONSE.delta if contract.stream else ""),
        tokens=own.tokens or _CHAT_RESPONSE.tokens,
    )
    optional: tuple[str, ...] = ("model", "max_tokens", "temperature", "stream")
    if contract.stream:
        optional += ("stream_options",)
    return replace(
        contract,
        endpoint=contract.endpoint or "/v1/chat/completions",
        request=contract.request or _CHAT_REQUEST,
        request_shape=contract.request_shape or RequestShape(("messages",), optional),
        response_shape=shape,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One of the five lines and its state."""

    name: str
    state: str
    """`declared` or `unknown`."""
    declared: Any
    missing: tuple[str, ...]
    """Keys that would make it declared."""


def lines(contract: Contract) -> tuple[Line, ...]:
    """The five lines of a spelled-out contract."""
    response = contract.response_shape
    missing = {
        "endpoint": [] if contract.endpoint else ["contract.endpoint"],
        "request_shape": [] if contract.request_shape else ["contract.request_shape"],
        "response_shape": _unset("response_shape", response, ("content", "error")),
        "limits": _unset("limits", contract.limits, ("concurrency", "context_length", "timeout",
                                                     "max_tokens", "latency_target")),
        "stop_path": _unset("stop_path", contract.stop_path, ("stop", "disable", "rollback")),
    }
    return tuple(
        Line(name, "unknown" if missing[name] else "declared", getattr(contract, name),
             tuple(missing[name]))
        for name in LINES
    )


def _unset(line: str, value: Any, names: tuple[str, ...]) -> list[str]:
    return [f"contract.{line}.{name}" for name in names if not getattr(value, name)]


def make_request(contract: Contract, prompt: str, model: str) -> dict[str, Any]:
    """The request body for one prompt; `model` is what the service lists, empty if it does not."""
    values = {"{prompt}": prompt, "{model}": model or None,
              "{max_tokens}": contract.limits.max_tokens}
    filled: dict[str, Any] = _fill(contract.request, values)
    return filled


def _fill(template: Any, values: dict[str, Any]) -> Any:
    """The template with its names filled in, once: a prompt may hold such a name itself. A key
    whose value is a name nothing is known for is left out; the user's own empty values are sent."""
    if isinstance(template, dict):
        return {key: _fill(item, values) for key, item in template.items()
                if not (isinstance(item, str) and item in values and values[item] is None)}
    if isinstance(template, list):
        return [_fill(item, values) for item in template]
    if isinstance(template, str):
        if template in values:
            return values[template]
        return _NAMES.sub(lambda found: str(values[found[0]] or ""), template)
    return template


_TRANSPORT = {
    "refused": "the connection was refused",
    "dropped": "the connection was dropped",
    "timed-out": "no whole reply in time",
    "too-large": "the reply is too large",
    "not-http": "the reply is not HTTP",
    "not-utf8": "the reply is not UTF-8",
    "not-a-stream": "the reply is not a stream of events",
    "not-an-event": "an event of the stream cannot be read",
    "stream-error": "the stream broke off with an error",
    "unfinished": "the stream ended without [DONE] and without a finish reason",
    "gate-fault": "gatekeeper itself failed",
}


def read_reply(contract: Contract, reply: Reply) -> Answer | NoAnswer:
    """What a stored reply says, read through a spelled-out contract; never an exception."""
    if reply.error:
        reason = _TRANSPORT.get(reply.error, reply.error)
        detail = f": {reply.detail}" if reply.detail else ""
        return NoAnswer(reason + detail, REPLY_ERRORS.get(reply.error, Fault.WORLD))
    try:
        body = json.loads(reply.body) if reply.body else MISSING
    except (ValueError, RecursionError):
        body = MISSING
    if reply.status is None or not 200 <= reply.status < 300:
        return NoAnswer(_status_words(contract, reply, body), Fault.CHANGE)
    if body is MISSING:
        what = "an empty body" if not reply.body.strip() else f"not JSON: {reply.body[:80]!r}"
        return NoAnswer(f"HTTP {reply.status} with {what}", Fault.CHANGE)
    shape = contract.response_shape
    text = at_pointer(body, shape.content)
    if not isinstance(text, str):
        error = at_pointer(body, shape.error) if shape.error else MISSING
        said = f" and says {str(error)[:120]!r}" if error is not MISSING else ""
        return NoAnswer(f"HTTP {reply.status} without text at {shape.content}{said}", Fault.CHANGE)
    finish = at_pointer(body, shape.finish_reason) if shape.finish_reason else ""
    evidence = at_pointer(body, shape.evidence) if shape.evidence else ()
    tokens = at_pointer(body, shape.tokens) if shape.tokens else None
    return Answer(
        text,
        finish if isinstance(finish, str) else "",
        tuple(item for item in evidence if isinstance(item, (dict, str)))
        if isinstance(evidence, list)
        else (),
        tokens if isinstance(tokens, int) and not isinstance(tokens, bool) and tokens > 0
        else None,
    )


def _status_words(contract: Contract, reply: Reply, body: Any) -> str:
    if reply.status is not None and 300 <= reply.status < 400:
        return f"HTTP {reply.status}: a redirect, which is not followed"
    pointer = contract.response_shape.error
    said = at_pointer(body, pointer) if pointer and body is not MISSING else MISSING
    words = " ".join((said if isinstance(said, str) and said.strip() else reply.body).split())
    return f"HTTP {reply.status}: {words[:120]!r}" if words else \
        f"HTTP {reply.status} with an empty body"
