"""What others said of a reply: a judge model, embeddings, an own check. Pure.

They are asked once, after a reply is stored and before it is judged, and what they said is kept as
it came. Judging reads it from there, so the same pack gives the same verdict without any of them. A
testimony counts only for the very question it was given on: the digest of what was asked is kept
with it and made again from the policy and the stored reply.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gatekeeper.formats.canonical import PLACES, digest
from gatekeeper.manifest.witnesses import Embeddings, Judge, OwnChecks
from gatekeeper.model import Answer, Case, CheckCall, Side
from gatekeeper.witnesses.own_checks import item, read_entry
from gatekeeper.witnesses.rubric import messages


@dataclass(frozen=True, slots=True)
class Testimony:
    """What came of one question."""

    by: str = ""
    """Who was asked: a model, or an own check in its image."""
    said: tuple[str, ...] = ()
    """Every answer as it is kept: redacted, bounded."""
    failed: tuple[str, ...] = ()
    """Why an answer never came, once for each."""
    due: int = 1
    """Answers that were to be asked for, by the policy."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask of one reply."""

    case_id: str
    side: Side
    number: int
    call: CheckCall
    """As the row names it, never negated: a check and its `not-` are one question."""
    payload: Any
    """Messages for a judge, two texts for embeddings, an item for an own check."""
    about: str
    """Digest of everything that the answer rests on."""

    @property
    def key(self) -> Key:
        """What its testimony is found by."""
        return self.case_id, self.side, self.number, str(self.call)


Key = tuple[str, Side, int, str]
"""Case, side, number of the attempt, check."""


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Whom the policy names, and what they have said so far."""

    judge: Judge | None = None
    embeddings: Embeddings | None = None
    own: OwnChecks = OwnChecks()
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Own checks' files of the policy's tree, by path relative to the manifest."""
    heard: Mapping[Key, tuple[str, Testimony]] = field(default_factory=dict)
    """Testimony with the digest of what it is about."""

    def questions(self, case: Case, side: Side, number: int, answer: Answer) -> Iterator[Question]:
        """Everything that others are to be asked of one reply."""
        for call in witnessed(case):
            payload, about = _ASKED[call.name](self, call, case, side, number, answer)
            yield Question(case.case_id, side, number, call, payload, about)

    def on(self, case: Case, side: Side, number: int, answer: Answer) -> Mapping[str, Testimony]:
        """Check -> what was said of this reply; nothing for what was said of another."""
        found = {}
        for question in self.questions(case, side, number, answer):
            about, testimony = self.heard.get(question.key, ("", Testimony()))
            if about == question.about:
                due = self.judge.votes if self.judge and question.call.name == RUBRIC else 1
                found[str(question.call)] = replace(testimony, due=due)
        return found


RUBRIC, SIMILAR, PYTHON = "llm-rubric", "similar", "python"


def witnessed(case: Case) -> list[CheckCall]:
    """The checks of a row that others are asked for, each once and none negated."""
    calls = (call for one in case.requirements for call in one.alternatives)
    return list(dict.fromkeys(replace(call, negated=False) for call in calls
                              if call.name in _ASKED))


def _rubric(
    these: Witnesses, call: CheckCall, case: Case, side: Side, number: int, answer: Answer
) -> tuple[Any, str]:
    asked = messages(call.argument, case.prompt, answer.text)
    judge = these.judge
    model = (judge.model, judge.votes, judge.request) if judge else None
    return asked, digest([model, asked])


def _similar(
    these: Witnesses, call: CheckCall, case: Case, side: Side, number: int, answer: Answer
) -> tuple[Any, str]:
    texts = [call.argument, answer.text]
    return texts, digest([these.embeddings.model if these.embeddings else None, texts])


def _python(
    these: Witnesses, call: CheckCall, case: Case, side: Side, number: int, answer: Answer
) -> tuple[Any, str]:
    told = item(case, side, number, answer)
    source = these.files.get(read_entry(call.argument).path, b"")
    return told, digest([hashlib.sha256(source).hexdigest(), call.argument, told])


_ASKED: Mapping[str, Callable[..., tuple[Any, str]]] = {
    RUBRIC: _rubric, SIMILAR: _similar, PYTHON: _python,
}


def cosine(one: Sequence[Any], other: Sequence[Any]) -> str:
    """The cosine of two embeddings as it is kept; ValueError where they are not a pair of vectors
    that point anywhere."""
    if len(one) != len(other) or not one:
        raise ValueError(f"two embeddings of {len(one)} and {len(other)} numbers")
    if not all(_is_number(value) for value in (*one, *other)):
        raise ValueError("an embedding holds something that is not a number")
    lengths = math.hypot(*one), math.hypot(*other)
    if not all(0 < length < math.inf for length in lengths):
        raise ValueError("an embedding that points nowhere")
    value = math.fsum((a / lengths[0]) * (b / lengths[1])
                      for a, b in zip(one, other, strict=True))
    return f"{min(max(value, -1.0), 1.0):.{PLACES}f}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and \
        abs(value) < 1e150


def read_cosine(text: str) -> float | None:
    """A cosine as it is kept; None where the text is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if -1 <= value <= 1 else None


def to_data(question: Question, testimony: Testimony) -> dict[str, Any]:
    """One line of the record."""
    return {
        "case": question.case_id, "side": question.side.value, "number": question.number,
        "check": str(question.call), "about": question.about, "by": testimony.by,
        "said": list(testimony.said), "failed": list(testimony.failed),
    }


def read_heard(lines: Iterable[Any]) -> dict[Key, tuple[str, Testimony]]:
    """The record read back. What is not a line of ours was said by nobody; what was said twice of
    one thing counts as it was said first."""
    heard: dict[Key, tuple[str, Testimony]] = {}
    for line in lines:
        try:
            key = (str(line["case"]), Side(line["side"]), int(line["number"]), str(line["check"]))
            said, failed = (tuple(map(str, line[name])) for name in ("said", "failed"))
            testimony = Testimony(str(line["by"]), said, failed)
            heard.setdefault(key, (str(line["about"]), testimony))
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
    return heard
