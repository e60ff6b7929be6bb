"""Bounds on words, sentences and bullets; and bounds that bind nothing."""

from __future__ import annotations

import pytest

from tests.support.builders import found, refusal_of


@pytest.mark.parametrize(("call", "told"), [
    ("max-words:100000", ""), ("max-words:1", ""), ("min-words:1", ""), ("max-bullets:0", ""),
    ("max-words:100001", "needs at most 100000: no reply is longer, so it can never fail"),
    ("min-words:9999999", "needs at most 100000: no reply is longer, so it can never hold"),
    ("max-words:00000099", "needs at most 100000: no reply is longer, so it can never fail"),
    ("max-words:x", "needs a whole number"), ("max-words:１０", "needs a whole number"),
    ("max-words:1.5", "needs a whole number"), ("max-words:", "needs a whole number"),
    ("min-bullets:0", "every answer has that many: it can never fail"),
    ("max-words:0", "an answer is never empty: it can never hold"),
    ("max-sentences:0", "an answer is never empty: it can never hold"),
])
def test_a_bound_that_binds_nothing_is_refused(call: str, told: str) -> None:
    assert refusal_of(call) == told


@pytest.mark.parametrize(("call", "text", "status", "got"), [
    ("max-words:3", "one two three", "held", "3 words"),
    ("max-words:2", "one two three", "broken", "3 words"),
    ("min-words:3", "one two three", "held", "3 words"),
    ("min-words:4", "one two three", "broken", "3 words"),
    ("max-bullets:0", "no list", "held", "0 bullets"),
    ("max-bullets:0", "- a list", "broken", "1 bullets"),
    ("min-bullets:2", "1. one\n2) two", "held", "2 bullets"),
    ("max-sentences:1", "One. Two.", "broken", "2 sentences"),
])
def test_a_bound_is_itself_allowed(call: str, text: str, status: str, got: str) -> None:
    assert found(call, text) == (status, got)
