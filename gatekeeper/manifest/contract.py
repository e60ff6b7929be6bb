"""What a manifest says the service promises: the five lines of its contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gatekeeper.manifest.readers import (
    bind,
    boolean,
    choice,
    duration,
    integer,
    key,
    list_of,
    path,
    text,
    tree,
)
from gatekeeper.manifest.secrets import Auth

MAX_CONCURRENCY = 1024
"""Requests at a time; each is a thread of gatekeeper's."""


@dataclass(frozen=True, slots=True)
class RequestShape:
    """What a request must and may hold."""

    required: tuple[str, ...] = key(list_of(text), doc="Fields every request has.")
    optional: tuple[str, ...] = key(list_of(text), (), doc="Fields a request may have.")
    max_input_chars: int | None = key(
        integer(1, 100_000_000), None, doc="Longest prompt the service accepts, in characters."
    )


@dataclass(frozen=True, slots=True)
class ResponseShape:
    """Where the parts of a reply are, as JSON pointers."""

    content: str = key(text, "", doc="Pointer to the answer's text.")
    evidence: str = key(text, "", doc="Pointer to a list of citations.")
    finish_reason: str = key(text, "", doc="Pointer to why the answer ended.")
    error: str = key(text, "", doc="Pointer to the message of an error reply.")
    delta: str = key(text, "", doc="Pointer to the text that one event of a stream adds.")
    tokens: str = key(text, "", doc="Pointer to how many tokens the answer has.")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the service promises. All but the first token's target must be declared for the line
    to count as known."""

    concurrency: int | None = key(
        integer(1, MAX_CONCURRENCY), None, doc="Requests served in parallel; at most 1024."
    )
    context_length: int | None = key(integer(1, 10**9), None, doc="Longest context, in tokens.")
    timeout: float | None = key(duration, None, doc="Longest a caller waits for a reply; "
                                 "at most `24h`.")
    max_tokens: int | None = key(integer(1, 10**9), None, doc="Longest answer, in tokens.")
    latency_target: float | None = key(duration, None, doc="A reply slower than this is a failure.")
    first_token_target: float | None = key(
        duration, None, doc="A stream whose first text comes later than this is a failure."
    )


@dataclass(frozen=True, slots=True)
class StopPath:
    """How a person stops, disables and rolls back the service."""

    stop: str = key(text, "", doc="How to stop it; the engine's stop for `build` and `image`.")
    disable: str = key(text, "", doc="How to keep it from starting again.")
    rollback: str = key(text, "", doc="How to go back, for instance `previous-release`.")


@dataclass(frozen=True, slots=True)
class Contract:
    """The five lines: endpoint, request shape, response shape, limits, stop path."""

    preset: str = key(choice("openai-chat", "none"), "none", doc="Fills what it knows.")
    endpoint: str = key(path, "", doc="Path that takes the requests.")
    stream: bool = key(
        boolean, False, doc="Replies are asked for, read and timed as streams of server-sent "
        "events, with `\"stream\": true` in the request."
    )
    request: Any = key(tree, None, doc="Request body with `{prompt}`, `{model}`, `{max_tokens}`.")
    request_shape: RequestShape | None = key(bind(RequestShape), None, doc="Shape of a request.")
    response_shape: ResponseShape = key(bind(ResponseShape), ResponseShape(), doc="Reply shape.")
    limits: Limits = key(bind(Limits), Limits(), doc="What the service promises.")
    rollback: str = key(text, "", doc="Short for `stop_path: {rollback: …}`.")
    stop_path: StopPath = key(bind(StopPath), StopPath(), doc="Stop, disable, roll back.")
    auth: Auth | None = key(bind(Auth), None, doc="The key that every request to the service "
                            "carries, by name; without it the service must answer nobody.")
