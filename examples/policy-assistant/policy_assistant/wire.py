"""The OpenAI chat format: requests read strictly, answers and errors written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from policy_assistant.answer import Answer
from policy_assistant.decode import count_tokens

CONTEXT_LENGTH = 4096
"""Tokens of all messages together."""


class BadRequest(Exception):
    """A request that cannot be answered; the message goes to the caller."""

    def __init__(
        self,
        message: str,
        status: HTTPStatus = HTTPStatus.BAD_REQUEST,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind

    def body(self) -> dict[str, Any]:
        """The error as the API words it."""
        return {"error": {"message": str(self), "type": self.kind}}


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A chat request that makes sense."""

    question: str
    """The last message of the user."""
    prompt_tokens: int
    temperature: float | None
    seed: int | None
    max_tokens: int | None
    stream: bool


def read_request(body: bytes, model_id: str) -> ChatRequest:
    """The request in a body; BadRequest says what is wrong with it."""
    try:
        values: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("the body is not JSON") from None
    if not isinstance(values, dict):
        raise BadRequest("the body must be a JSON object")
    if values.get("model") not in (None, model_id):
        raise BadRequest(f"no such model; this service has {model_id}", HTTPStatus.NOT_FOUND)
    texts = _messages(values.get("messages"))
    tokens = sum(count_tokens(text) for _, text in texts)
    if tokens > CONTEXT_LENGTH:
        raise BadRequest(f"the messages have {tokens} tokens, the limit is {CONTEXT_LENGTH}")
    asked = [text for role, text in texts if role == "user" and text.strip()]
    if not asked:
        raise BadRequest("`messages` holds no text of the user")
    stream = values.get("stream")
    if stream not in (None, True, False):
        raise BadRequest("`stream` must be true or false")
    longest = "max_completion_tokens" if "max_completion_tokens" in values else "max_tokens"
    return ChatRequest(
        question=asked[-1],
        prompt_tokens=tokens,
        temperature=_number(values, "temperature", 2.0),
        seed=_whole(values, "seed", 0),
        max_tokens=_whole(values, longest, 1),
        stream=stream is True,
    )


def _messages(value: Any) -> list[tuple[str, str]]:
    if not isinstance(value, list) or not value:
        raise BadRequest("`messages` must be a list with at least one message")
    return [_message(item) for item in value]


def _message(item: Any) -> tuple[str, str]:
    if not isinstance(item, dict) or not isinstance(item.get("role"), str):
        raise BadRequest("every message needs a `role`")
    content = item.get("content")
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        content = "\n".join(part for part in parts if isinstance(part, str))
    if not isinstance(content, str):
        raise BadRequest("every message needs a `content` of text")
    return item["role"], content.encode("utf-8", "replace").decode("utf-8")  # no lone surrogates


def _number(values: dict[str, Any], name: str, largest: float) -> float | None:
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= largest:
        raise BadRequest(f"`{name}` must be a number from 0 to {largest:g}")
    return float(value)


def _whole(values: dict[str, Any], name: str, least: int) -> int | None:
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise BadRequest(f"`{name}` must be a whole number of at least {least}")
    return value


def _usage(prompt_tokens: int, answer: Answer) -> dict[str, int]:
    completion = count_tokens(answer.text)
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion,
        "total_tokens": prompt_tokens + completion,
    }


def _citations(answer: Answer) -> list[dict[str, str]]:
    return [{"source": one.source, "quote": one.text} for one in answer.citations]


def completion(frame: dict[str, Any], answer: Answer, prompt_tokens: int) -> dict[str, Any]:
    """The whole answer as one `chat.completion`; `frame` holds id, time and model."""
    message = {"role": "assistant", "content": answer.text, "citations": _citations(answer)}
    choice = {"index": 0, "message": message, "finish_reason": answer.finish_reason}
    usage = _usage(prompt_tokens, answer)
    return {**frame, "object": "chat.completion", "choices": [choice], "usage": usage}


def chunks(frame: dict[str, Any], answer: Answer, prompt_tokens: int) -> Iterator[dict[str, Any]]:
    """The answer as `chat.completion.chunk`s; the last one carries citations and usage."""

    def chunk(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return {**frame, "object": "chat.completion.chunk", "choices": [choice]}

    yield chunk({"role": "assistant", "content": ""})
    for piece in re.findall(r"\S+\s*|\s+", answer.text):
        yield chunk({"content": piece})
    last = chunk({"citations": _citations(answer)}, answer.finish_reason)
    yield {**last, "usage": _usage(prompt_tokens, answer)}
