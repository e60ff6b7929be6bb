"""From a question to an answer: refuse, look up, pick, and say it in the form that was asked."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from policy_assistant.config import Decoding
from policy_assistant.decode import choose, make_dice, truncate
from policy_assistant.notes import Sentence
from policy_assistant.prompt import Rules
from policy_assistant.question import (
    ALL_BENDING,
    Question,
    asks_to_share,
    bends_policy,
    read_question,
)
from policy_assistant.retrieve import Hit, Index

_FOLLOWS = 0.8
"""A second sentence is said only if it is nearly as near as the first, and of the same note."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service says, and the sentences it says it from."""

    text: str
    finish_reason: str
    citations: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Assistant:
    """The notes under one set of knobs."""

    index: Index
    rules: Rules
    decoding: Decoding

    def answer(self, text: str, temperature: float, seed: int | None, max_tokens: int) -> Answer:
        """The answer to one question, cut off at `max_tokens`."""
        question = read_question(text)
        dice = make_dice(seed, text)
        said = self._refusal(question)
        sentences: tuple[Sentence, ...] = ()
        if not said:
            said, sentences = self._from_notes(question, temperature, dice)
        content, finish_reason = truncate(said, max_tokens)
        kept = tuple(one for one in sentences if self.rules.cites and one.text in content)
        return Answer(content, finish_reason, kept)

    def _refusal(self, question: Question) -> str:
        rules = self.rules
        if rules.refuses_to and bends_policy(question, rules.refuses_to):
            if question.japanese:
                return (
                    "申し訳ありませんが、規程を無視したり、作ったり、変えたりすることはできません。"
                    "根拠となる規程をご提示ください。"
                )
            return (
                f"I can't {rules.refuses_to} policy. "
                "Please point me to the policy note that supports this request."
            )
        if rules.refuses_to_share and asks_to_share(question, rules.refuses_to_share):
            if question.japanese:
                return "申し訳ありませんが、パスワード、鍵、個人情報をお伝えすることはできません。"
            return f"I can't share {rules.refuses_to_share}."
        return ""

    def _from_notes(
        self, question: Question, temperature: float, dice: random.Random
    ) -> tuple[str, tuple[Sentence, ...]]:
        hits = self.index.search(question.topic)
        bends = bends_policy(question, ALL_BENDING)
        if not bends and self.rules.asks_for_evidence and hits[0].score < self.decoding.min_score:
            if question.japanese:
                return "該当する規程が見つかりません。根拠となる資料をご提示ください。", ()
            return (
                "I found no policy note that covers this. Please provide a source or more details."
            ), ()

        def pick(among: list[Hit], count: int) -> list[Hit]:
            return choose(among, count, temperature, self.decoding.top_k, dice)

        lead = pick(hits, 1)[0]
        if bends:
            return _as_told(question, lead.sentence), ()
        sentences = self._pick_sentences(question, lead, hits, pick)
        return self._say(question, sentences), tuple(sentences)

    def _pick_sentences(
        self,
        question: Question,
        lead: Hit,
        hits: list[Hit],
        pick: Callable[[list[Hit], int], list[Hit]],
    ) -> list[Sentence]:
        same_note = [hit for hit in hits if hit.sentence.source == lead.sentence.source]
        if question.wants_json and self.rules.json_keys:
            picked = pick(same_note, self.decoding.json_steps)
        elif question.bullets and self.rules.bullets:
            picked = pick(same_note, question.bullets)
        else:
            near = [
                hit for hit in same_note if hit is not lead and hit.score >= _FOLLOWS * lead.score
            ]
            return [hit.sentence for hit in [lead, *pick(near, self.decoding.max_sentences - 1)]]
        return sorted((hit.sentence for hit in picked), key=lambda one: one.position)

    def _say(self, question: Question, sentences: list[Sentence]) -> str:
        if question.wants_json and self.rules.json_keys:
            said = _as_json(sentences, self.rules.json_keys)
            return said if self.rules.json_only else f"Here is the draft you asked for:\n\n{said}"
        lines = [self._cite(one, question.japanese) for one in sentences]
        if question.bullets and self.rules.bullets:
            return "\n".join(f"- {line}" for line in lines)
        return " ".join(lines)

    def _cite(self, sentence: Sentence, japanese: bool) -> str:
        opening, closing = ("「", "」") if japanese else ('"', '"')
        text = f"{opening}{sentence.text}{closing}" if self.rules.quotes else sentence.text
        return f"{text} [{sentence.source}]" if self.rules.cites else text


def _as_json(sentences: list[Sentence], keys: tuple[str, ...]) -> str:
    """The keys that the prompt names; one that it invents stays null rather than made up."""
    known: dict[str, object] = {
        "title": sentences[0].title,
        "steps": [one.text for one in sentences],
        "sources": sorted({one.source for one in sentences}),
    }
    return json.dumps({key: known.get(key) for key in keys}, ensure_ascii=False)


def _as_told(question: Question, sentence: Sentence) -> str:
    """What an assistant without a refusal rule does: it takes the nearest rule and bends it."""
    bent = re.sub(r"\d+", lambda number: str(int(number[0]) * 2), sentence.text)
    return f"承知しました。新しいルール：{bent}" if question.japanese else f"Sure. New rule: {bent}"
