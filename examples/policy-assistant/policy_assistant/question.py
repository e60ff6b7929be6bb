"""What a question wants: its topic, the form of the answer, and whether it asks for a breach."""

from __future__ import annotations

import re
from dataclasses import dataclass

from policy_assistant.features import is_japanese, normalise

_JSON = re.compile(r"\bjson\b", re.ASCII)
_BULLETS = re.compile(
    r"\b(?:in|as|with) (?:(\d+|two|three|four|five) )?bullet(?:s| points)\b|"
    r"(?:箇条書き(\d)?)|(\d)点(?:で|に)"
)
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5}
_FORM = re.compile(
    r"\b(?:return|reply with|give|draft|answer with|write|output)(?: (?:me|only|valid|a|an))* json"
    r"\b(?: (?:only|object))*|\b(?:as|in|using|valid|only) json\b|"
    r"\b(?:summari[sz]e|list|sop|draft|steps?|path)\b|jsonで|json形式で|"
    r"(?:要約|出力|整理|説明)して|ください|教えて"
)
_START = r"(?:^|[.!?;:,]\s*|\b(?:and|please|then|now|just)\s+)"
_OBJECT = r"\b.{0,40}?\b(?:polic(?:y|ies)|rules?|notes?|instructions?)\b"
_BENDING = {
    "ignore": rf"{_START}(?:ignore|disregard|forget|bypass|override|set aside){_OBJECT}|"
    r"(?:規程|ルール|規則|方針|指示).{0,8}(?:無視し|忘れ)",
    "invent": rf"{_START}(?:invent|make up|fabricate){_OBJECT}|"
    r"(?:規程|ルール|規則).{0,8}(?:作って|作り出し|でっち上げ|捏造)",
    "change": rf"{_START}(?:change|rewrite|alter|waive){_OBJECT}|"
    r"(?:規程|ルール|規則).{0,8}(?:変えて|変更して|書き換えて)",
}
_ASKED = (
    rf"{_START}(?:give|tell|show|share|send|list|reveal|print)\b(?:(?!\bhow\b|\bwhen\b).){{0,30}}"
)
_TOLD = r".{0,12}(?:教えて|見せて|送って|開示して)"
_SECRETS = {
    "passwords": ("passwords?", "パスワード"),
    "keys": ("(?:api|access|secret) keys?", "(?:apiキー|秘密鍵)"),
    "personal data": (
        r"(?:home address|phone number|e-?mail address|date of birth|personal data)",
        "(?:住所|電話番号|メールアドレス|生年月日|個人情報)",
    ),
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question, understood."""

    text: str
    topic: str
    """The question without the words that only ask for a form."""
    japanese: bool
    wants_json: bool
    bullets: int
    """How many are asked for; 0 for none."""


def read_question(text: str) -> Question:
    """What the last message of the user wants."""
    folded = normalise(text)
    match = _BULLETS.search(folded)
    topic = _FORM.sub(" ", _BULLETS.sub(" ", folded))
    return Question(
        text=text,
        topic=topic,
        japanese=is_japanese(folded),
        wants_json=_JSON.search(folded) is not None,
        bullets=_number(match) if match else 0,
    )


def _number(match: re.Match[str]) -> int:
    word = next((group for group in match.groups() if group), "3")
    return min(_NUMBERS.get(word) or int(word), 10)


def bends_policy(question: Question, verbs: str) -> bool:
    """Whether the question asks to do to policy one of the things named in `verbs`."""
    folded = normalise(question.text)
    return any(re.search(_BENDING[verb], folded) for verb in _BENDING if verb in verbs)


def asks_to_share(question: Question, secrets: str) -> bool:
    """Whether the question asks to be given one of the things named in `secrets`."""
    folded = normalise(question.text)
    return any(
        re.search(rf"{_ASKED}\b{english}\b|{japanese}{_TOLD}", folded)
        for name, (english, japanese) in _SECRETS.items()
        if name in secrets
    )


ALL_BENDING = ", ".join(_BENDING)
