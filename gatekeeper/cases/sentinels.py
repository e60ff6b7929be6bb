"""A few fixed questions beside the cases: small talk with a model, in several languages and forms.

They are asked of both sides where a change is claimed that should show in replies and no case shows
it. No check ever judges what comes back; all that counts is whether base and head say the same.
They speak of nobody, and ask for nothing that a service should refuse.
"""

from __future__ import annotations

from gatekeeper.model import Case, Risk

PROMPTS = (
    "Tell me about yourself in two sentences.",
    "Write four lines about the sea in autumn.",
    "List three uses of a paper clip, one a line.",
    "Return a JSON object with the keys colour, number and word, and values of your choice.",
    "Continue: The old lighthouse keeper opened the door and saw",
    "「雨の日の散歩」という題で、短い文を三つ書いてください。",
    "用三句话说明为什么天空是蓝色的。",
    "Explique en deux phrases pourquoi le pain lève.",
)


def is_sentinel(name: str) -> bool:
    """Whether attempts of this name answer a sentinel; no case id holds a slash."""
    return name.startswith("sentinel/")


SENTINELS = tuple(Case(f"sentinel/{number}", prompt, "", Risk.REGRESSION, (), "", 0)
                  for number, prompt in enumerate(PROMPTS, start=1))
"""As cases, so that they are asked the way cases are."""
