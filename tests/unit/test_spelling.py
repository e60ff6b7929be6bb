"""The nearest right word for a misspelt one."""

from __future__ import annotations

import pytest

from gatekeeper.formats.spelling import nearest

WORDS = ("format", "grounding", "safety", "performance", "regression")


@pytest.mark.parametrize(
    ("word", "meant"),
    [("saftey", "safety"), ("fromat", "format"), ("regressions", "regression"),
     ("performace", "performance"), ("Safety", "safety"),
     ("SAFETY", "safety")],
)
def test_the_nearest_word_is_asked_for(word: str, meant: str) -> None:
    assert nearest(word, WORDS) == f"did you mean `{meant}`?"


@pytest.mark.parametrize("word", ["", "x", "安全", "price"])
def test_where_none_is_near_all_are_named_in_order(word: str) -> None:
    assert nearest(word, WORDS) == \
        "one of: format, grounding, performance, regression, safety"
