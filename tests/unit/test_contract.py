"""The contract's five lines: spelled out, asked with, and read with."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import Problem
from gatekeeper.manifest.contract import Contract
from gatekeeper.manifest.parse import parse_manifest
from gatekeeper.manifest.types import Manifest
from gatekeeper.model import REPLY_ERRORS, Answer, Fault, NoAnswer, Reply
from gatekeeper.service.contract import lines, make_request, read_reply, spelled_out
from tests.support.builders import any_text

LIMITS = "{concurrency: 1, context_length: 9, timeout: 1s, max_tokens: 7, latency_target: 1s}"
OWN = "endpoint: /ask, response_shape: {content: /a/0, evidence: /b}, limits: {max_tokens: 7}"


def parsed(declared: str, service: str = "build: .") -> tuple[Manifest | None, list[Problem]]:
    """A manifest with some contract on its third line."""
    return parse_manifest(f"version: 1\nservice: {{{service}}}\ncontract: {{{declared}}}\n"
                          "gates: {share: [failures == 0]}\n", "g.yaml")


def contract(declared: str, service: str = "build: .") -> Contract:
    """A spelled-out contract, as a manifest declares it."""
    manifest, found = parsed(declared, service)
    assert manifest is not None, found
    return spelled_out(manifest)


CHAT = contract(f"preset: openai-chat, rollback: previous, limits: {LIMITS}")


def states(declared: Contract) -> dict[str, tuple[str, ...]]:
    """Each line and what it misses."""
    assert all((line.state == "declared") is not bool(line.missing) for line in lines(declared))
    return {line.name: line.missing for line in lines(declared)}


def test_the_preset_and_an_image_leave_little_to_declare() -> None:
    assert states(CHAT) == dict.fromkeys(
        ["endpoint", "request_shape", "response_shape", "limits", "stop_path"], ())
    assert states(contract("preset: openai-chat")) == {
        "endpoint": (), "request_shape": (), "response_shape": (),
        "limits": tuple(f"contract.limits.{name}" for name in (
            "concurrency", "context_length", "timeout", "max_tokens", "latency_target")),
        "stop_path": ("contract.stop_path.rollback",)}


def test_a_service_of_ones_own_declares_every_line() -> None:
    own = contract("endpoint: /ask, request: {q: '{prompt}'}, response_shape: {content: /a}",
                   "command: [serve]")
    assert states(own) == {
        "endpoint": (), "request_shape": ("contract.request_shape",),
        "response_shape": ("contract.response_shape.error",),
        "limits": tuple(f"contract.limits.{name}" for name in (
            "concurrency", "context_length", "timeout", "max_tokens", "latency_target")),
        "stop_path": tuple(f"contract.stop_path.{name}" for name in ("stop", "disable",
                                                                     "rollback"))}


def test_what_is_declared_goes_before_the_preset() -> None:
    own = contract("preset: openai-chat, endpoint: /v2, response_shape: {content: /text}, "
                   "stop_path: {stop: systemctl stop x}")
    assert (own.endpoint, own.response_shape.content) == ("/v2", "/text")
    assert own.response_shape.finish_reason == "/choices/0/finish_reason"
    assert own.stop_path.stop == "systemctl stop x"
    assert own.stop_path.disable.startswith("docker update --restart=no")


def test_the_chat_request_holds_prompt_model_and_limit() -> None:
    assert make_request(CHAT, "Say", "tiny") == {
        "model": "tiny", "messages": [{"role": "user", "content": "Say"}], "max_tokens": 7}


def test_what_is_not_known_is_left_out_of_the_request() -> None:
    assert make_request(contract("preset: openai-chat"), "Say", "") == {
        "messages": [{"role": "user", "content": "Say"}]}


def test_a_template_is_filled_wherever_the_names_stand() -> None:
    own = contract(f"request: {{q: 'Q: {{prompt}}', list: ['{{prompt}}', 1.5, true], "
                   f"deep: {{n: '{{max_tokens}}', m: '{{model}}/x'}}}}, {OWN}")
    assert make_request(own, "say", "m") == {
        "q": "Q: say", "list": ["say", 1.5, True], "deep": {"n": 7, "m": "m/x"}}


@given(st.text(max_size=20))
def test_a_prompt_is_sent_as_it_is(prompt: str) -> None:
    sent = json.loads(json.dumps(make_request(CHAT, prompt, "m")))
    assert sent["messages"][0]["content"] == prompt


def test_a_prompt_that_holds_a_name_of_the_template_is_sent_as_it_is() -> None:
    own = contract(f"request: {{q: 'Q: {{prompt}}'}}, {OWN}")
    assert make_request(own, "What is {model}?", "tiny") == {"q": "Q: What is {model}?"}


def test_the_limit_is_filled_into_a_longer_text_too() -> None:
    own = contract(f"request: {{q: '{{prompt}}', hint: 'at most {{max_tokens}}'}}, {OWN}")
    assert make_request(own, "say", "m")["hint"] == "at most 7"


def test_empty_values_of_ones_own_are_sent() -> None:
    own = contract(f"request: {{q: '{{prompt}}', system: '', stop: ~}}, {OWN}")
    assert make_request(own, "say", "m") == {"q": "say", "system": "", "stop": None}


@pytest.mark.parametrize("request_line", ["request: ['{prompt}']", "request: '{prompt}'",
                                          "request: 7"])
def test_a_request_that_is_no_object_is_refused(request_line: str) -> None:
    manifest, found = parsed(f"{request_line}, {OWN}")
    assert (manifest, [problem.line for problem in found]) == (None, [3])


def test_a_request_without_the_prompt_is_refused() -> None:
    manifest, found = parsed(f"request: {{q: fixed}}, {OWN}")
    assert (manifest, [problem.line for problem in found]) == (None, [3])


def reply(status: int | None, body: Any, **more: str) -> Reply:
    """A reply as it is stored; what is no text is written as JSON."""
    return Reply(status, body if isinstance(body, str) else json.dumps(body), **more)


def chat(**message: Any) -> dict[str, Any]:
    """A chat completion."""
    return {"choices": [{"message": message, "finish_reason": "stop"}]}


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (chat(content="hi"), Answer("hi", "stop")),
        (chat(content=""), Answer("", "stop")),
        (chat(content="返金\n\x00"), Answer("返金\n\x00", "stop")),
        ({"choices": [{"message": {"content": "hi"}, "finish_reason": None}]}, Answer("hi")),
        ({"choices": [{"message": {"content": "hi"}}]}, Answer("hi")),
        ({**chat(content="hi"), "error": {"message": "a warning"}}, Answer("hi", "stop")),
    ],
)
def test_an_answer_is_the_text_at_the_contracts_pointer(body: object, answer: Answer) -> None:
    for status in (200, 201, 299):
        assert read_reply(CHAT, reply(status, body)) == answer


def test_the_evidence_list_comes_with_the_answer() -> None:
    own = contract(f"request: {{q: '{{prompt}}'}}, {OWN}")
    body = {"a": ["hi"], "b": ["refund", {"source": "x"}, 3, None]}
    assert read_reply(own, reply(200, body)) == Answer("hi", "", ("refund", {"source": "x"}))
    assert read_reply(own, reply(200, {"a": ["hi"], "b": "refund"})) == Answer("hi")


NOT_JSON = "HTTP 200 with not JSON: "
WITHOUT = "HTTP 200 without text at /choices/0/message/content"


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, "", "HTTP 200 with an empty body"),
        (200, " \r\n", "HTTP 200 with an empty body"),
        (200, "<html>Welcome to nginx!</html>", NOT_JSON + "'<html>Welcome to nginx!</html>'"),
        (200, '{"choices": [{"mess', NOT_JSON + "'{\"choices\": [{\"mess'"),
        (200, 'data: {"choices": []}\n', NOT_JSON + "'data: {\"choices\": []}\\n'"),
        (200, "x" * 500, NOT_JSON + repr("x" * 80)),
        (200, "[" * 100_000, NOT_JSON + repr("[" * 80)),
        (200, "9" * 5_000, NOT_JSON + repr("9" * 80)),
        (200, "null", WITHOUT),
        (200, [], WITHOUT),
        (200, "3", WITHOUT),
        (200, {"choices": []}, WITHOUT),
        (200, chat(content=None), WITHOUT),
        (200, chat(content=[{"type": "text", "text": "hi"}]), WITHOUT),
        (200, {"error": {"message": "no\nmodel"}}, f"{WITHOUT} and says 'no\\nmodel'"),
        (200, {"error": {"message": {"code": 1}}}, f"{WITHOUT} and says \"{{'code': 1}}\""),
        (301, "", "HTTP 301: a redirect, which is not followed"),
        (400, {"error": {"message": "too  long"}}, "HTTP 400: 'too long'"),
        (404, {"detail": "Not Found"}, "HTTP 404: '{\"detail\": \"Not Found\"}'"),
        (429, "slow down", "HTTP 429: 'slow down'"),
        (500, "", "HTTP 500 with an empty body"),
        (500, chat(content="hi"), "HTTP 500: '{\"choices\": [{\"message\": {\"content\": \"hi\"}, "
         "\"finish_reason\": \"stop\"}]}'"),
        (503, "x" * 500, f"HTTP 503: {'x' * 120!r}"),
        (500, " \n", "HTTP 500 with an empty body"),
        (500, {"error": {"message": ""}},
         "HTTP 500: '{\"error\": {\"message\": \"\"}}'"),
    ],
)
def test_a_reply_without_an_answer_names_its_fault(
    status: int, body: object, reason: str
) -> None:
    assert read_reply(CHAT, reply(status, body)) == NoAnswer(reason, Fault.CHANGE)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("refused", "the connection was refused"),
        ("dropped", "the connection was dropped"),
        ("timed-out", "no whole reply in time"),
        ("too-large", "the reply is too large"),
        ("not-http", "the reply is not HTTP"),
        ("not-utf8", "the reply is not UTF-8"),
        ("gate-fault", "gatekeeper itself failed"),
    ],
)
def test_a_transport_fault_is_told_whatever_came_with_it(error: str, words: str) -> None:
    for status in (None, 200, 500):
        read = read_reply(CHAT, reply(status, chat(content="hi"), error=error))
        assert read == NoAnswer(words, REPLY_ERRORS[error])
    read = read_reply(CHAT, reply(None, "", error=error, detail="after 3 of 9 bytes"))
    assert isinstance(read, NoAnswer)
    assert read.reason == f"{words}: after 3 of 9 bytes"


def test_only_our_own_fault_is_the_worlds() -> None:
    assert {error for error, fault in REPLY_ERRORS.items() if fault is Fault.WORLD} == {
        "gate-fault"}


bodies = any_text | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(
        ["choices", "message", "content", "error", "finish_reason"]), inner, max_size=3),
    max_leaves=8,
).map(json.dumps) | st.binary(max_size=40).map(lambda data: data.decode("utf-8", "replace"))


@given(status=st.none() | st.integers(0, 999), body=bodies,
       error=st.sampled_from(["", *REPLY_ERRORS, "of a later version"]), detail=any_text)
def test_any_reply_is_an_answer_or_a_reason(
    status: int | None, body: str, error: str, detail: str
) -> None:
    read = read_reply(CHAT, Reply(status, body, error=error, detail=detail))
    if isinstance(read, NoAnswer):
        assert read.reason
    else:
        assert status is not None
        assert 200 <= status < 300
        assert not error


@pytest.mark.parametrize(("declared", "complaint"), [
    ("preset: openai-chat, request: {m: '{prompt}', stream: true}",
     "g.yaml:3:58: the request says `stream: true` and `contract.stream` is false"),
    ("preset: openai-chat, stream: true, request: {m: '{prompt}', stream: false}",
     "g.yaml:3:72: the request says `stream: false` and `contract.stream` is true"),
    ("endpoint: /a, request: {q: '{prompt}'}, stream: true, response_shape: {content: /a}",
     "g.yaml:3:52: `contract.response_shape.delta` is missing: no text can be read out of a "
     "stream"),
    ("preset: openai-chat, limits: {first_token_target: 300ms}",
     "g.yaml:3:42: a reply that is not streamed has no first token"),
    ("preset: openai-chat, stream: true, response_shape: {delta: d}",
     "g.yaml:3:64: `d` is not a JSON pointer"),
    ("preset: openai-chat, stream: maybe", "g.yaml:3:41: expected true or false, got `maybe`"),
])
def test_a_stream_is_declared_once_and_with_what_it_takes(declared: str, complaint: str) -> None:
    manifest, found = parsed(declared)
    assert manifest is None
    assert [str(one).partition("\n")[0] for one in found] == [complaint]


def test_a_stream_is_spelled_out() -> None:
    chat = contract("preset: openai-chat, stream: true")
    assert chat.request["stream"] is True
    assert chat.request["stream_options"] == {"include_usage": True}
    assert chat.request_shape is not None
    assert chat.request_shape.optional[-2:] == ("stream", "stream_options")
    assert (chat.response_shape.delta, chat.response_shape.tokens) == (
        "/choices/0/delta/content", "/usage/completion_tokens")
    own = contract("endpoint: /a, request: {q: '{prompt}'}, stream: true, "
                   "response_shape: {content: /a, delta: /d}")
    assert own.request == {"q": "{prompt}", "stream": True}
    assert contract("preset: openai-chat").response_shape.delta == ""


@pytest.mark.parametrize(("usage", "tokens"), [
    ({"completion_tokens": 7}, 7), ({"completion_tokens": 0}, None), ({}, None),
    ({"completion_tokens": True}, None), ({"completion_tokens": "7"}, None),
    ({"completion_tokens": -3}, None), (None, None),
])
def test_tokens_are_those_the_service_counts(usage: object, tokens: int | None) -> None:
    body = {"choices": [{"message": {"content": "Hi"}}], "usage": usage}
    assert read_reply(CHAT, Reply(200, json.dumps(body))) == Answer("Hi", tokens=tokens)
