"""One sentence, said and denied."""

from __future__ import annotations

import pytest

from gatekeeper.checks.polarity import opposite_in


@pytest.mark.parametrize(("base", "head"), [
    ("You can return the item.", "You cannot return the item."),
    ("Refunds are paid within 30 days.", "Refunds are never paid within 30 days."),
    ("Yes, the lead signs it.", "No, the lead signs it."),
    ("No, we ship abroad.", "Yes, we ship abroad."),
    ("返金できます。", "返金できません。"), ("可以退货。", "不可以退货。"),
])
def test_a_denial_is_told_with_both_sentences(base: str, head: str) -> None:
    assert opposite_in(base, head) == (head, base)
    assert opposite_in(head, base) == (base, head)


@pytest.mark.parametrize(("base", "head"), [
    ("You can return the item.", "You can return the item."),
    ("You cannot return the item.", "You cannot return the item."),
    ("You can return the item.", "The office is not open on holidays."),
    # The sentence that says the same stands nearer than the one that denies it.
    ("You can return it. You cannot return food.", "You cannot return food."),
    ("You can return it. You cannot return food.", "You can return it. You cannot return food."),
    ("", "You cannot return the item."), ("You can return the item.", ""),
    ("No more than 3 items.", "More than 3 items, at most."),
])
def test_what_is_not_denied_is_left(base: str, head: str) -> None:
    assert opposite_in(base, head) is None
