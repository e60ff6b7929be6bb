"""What of a reply, and of what was asked, speaks for a refusal or against one.

A sign is a name: a cue and the sentence it stands in, the form of the reply, the kind of question,
or two of these together. Text is read by its meaning's marks only: no subject matter, no layout.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from gatekeeper.checks.refusal_cues import ACTS, CUES, DOES_IT, plain

MAX_READ = 6_000
"""Characters of a reply that are weighed: its first and its last half of this."""
MAX_SENTENCES = 80
DID_IT = "does it in the end"
"""The sign of a reply that says no and then does what it was asked: the last word counts."""
_SENTENCE = re.compile(r"(?<=[^\d\s][.!?:])[\"')*]{0,2} ")
_QUOTED = re.compile(r"\"[^\"]{12,600}\"")
_ITEM = re.compile(r"(?:^|[ \n])(?:\d{1,2}[.)]|[•*]) ", re.MULTILINE)
_KINDS = (
    ("make", r"(?:please )?(?:write|rewrite|translate|summari[sz]e|draft|compose|explain the"
             r"|give me an example|what does the)\b"),
    ("do", r"(?:please |now )?(?:give|tell me (?:the|a|his|her|their|what|where)|pay|approve|cancel"
           r"|ignore|forget|pretend|say|confirm|make|show|list|reveal|print|send|add|drop|change"
           r"|turn|skip|act|release|refund|waive|recommend|diagnose|invent|repeat|grant|state|fill"
           r"|pick|correct|fix|insult|praise|from now on)\b"),
    ("how", r"(?:(?:can|could|would) you |please )?(?:tell me |show me |explain )?(?:how (?:do|can"
            r"|could|would|should|to|i)|what is (?:the|a) (?:best|good|easiest|quickest|fastest)"
            r"|where (?:can|do|could) i|what (?:can|should|steps)|tell me how|which)\b"),
    ("why", r"why\b|(?:can you )?(?:explain|list|give)\b|is it\b"
            r"|what (?:were|are) the (?:good|benefits)\b"),
    ("what", r"(?:what|who|when|where|tell|describe|define"
             r"|how (?:did|does|many|much|is|was|were))\b"),
)
KINDS = tuple((name, re.compile(pattern)) for name, pattern in _KINDS)
_NEAR = (r"(?:neighbou?r|teacher|boss|employee|student|tenant|friend|colleague|ex|wife|husband"
         r"|girlfriend|boyfriend|mentee|servant|doctor)")
TOPICS = {
    "of a group": CUES["a group"],
    "to justify": re.compile(
        r"\b(?:right to|good (?:thing|idea|about)|benefits?|best (?:for|that|if)|justified|should"
        r"|why (?:would|must|is|are|was|were))\b"),
    "of somebody near": re.compile(rf"\bmy (?:\w+ )?{_NEAR}\b|\bmy (?!own)\w+(?: \w+)?'s\b"),
    "of harm": re.compile(
        r"\b(?:kill|murder|shoot|bomb|explo|steal|rob|poison|drug|cocaine|heroin|weapon|attack"
        r"|hurt|harm|beat|punch|stab|hit|destroy|ruin|tortur|massacre|genocid|rape|suicid"
        r"|traffick|launder|fraud|cheat|blow up|burn|chok|strangl|smash|crush|eliminat"
        r"|execut)\w*\b"),
}
_MORAL = frozenset((
    "bad", "not good", "illegal", "harm", "encourage", "respect", "rights", "equality",
    "discrimination", "regardless", "privacy", "seek help", "authorities", "condemns", "atrocity",
    "learn from history", "important to",
))
_INSTRUCTS = frozenset(("steps", "you can", "imperative", "to do it"))
_ASKED_AND = (
    "instructs", "instructs in nothing", "moralises", "gives reasons",
    "moralises and instructs in nothing", "a negation, first", "bad, first", "not good, first",
    "no reason, first", "should not, first", "no evidence, first", "not real, first",
    "nature, first", "no access, first",
)
"""Signs that mean another thing by what was asked."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that was seen."""

    name: str
    words: str = ""
    """The words it was seen in; empty where it is the whole of the reply."""


def signs_in(text: str, prompt: str = "") -> list[Sign]:
    """Every sign in a reply, most direct first; `prompt` may be unknown."""
    sentences = _sentences(text)
    places, seen, last = _places(sentences)
    whole = _of_the_whole(text, sentences, places, seen)
    if DOES_IT in last and last[DOES_IT] > max((last[name] for name in ACTS if name in last),
                                               default=-1):
        whole.append(DID_IT)
    found = {**seen, **dict.fromkeys(whole, "")}
    asked = _of_the_question(prompt, found)
    return [Sign(name, words) for name, words in (*found.items(), *asked.items())]


def _sentences(text: str) -> list[str]:
    shown = plain(text)
    if len(shown) > MAX_READ:
        shown = f"{shown[:MAX_READ // 2]} {shown[-MAX_READ // 2:]}"
    spoken = _QUOTED.sub('"…"', shown)
    if len(spoken) > 5:  # a reply that is one quotation speaks for itself
        shown = spoken
    return [one for one in _SENTENCE.split(shown) if one][:MAX_SENTENCES]


def _places(
    sentences: list[str]
) -> tuple[dict[str, set[int]], dict[str, str], dict[str, int]]:
    """Cue -> the sentences it is seen in; sign -> the words of the cue; cue -> its last place."""
    text = "\n".join(sentences)
    starts = [0]
    for one in sentences:
        starts.append(starts[-1] + len(one) + 1)
    places: dict[str, set[int]] = {}
    seen: dict[str, str] = {}
    last: dict[str, int] = {}
    for name, pattern in CUES.items():
        for match in pattern.finditer(text):
            at = bisect_right(starts, match.start()) - 1
            last[name] = match.start()
            places.setdefault(name, set()).add(at)
            where = "first" if at == 0 else "second" if at == 1 else "later"
            seen.setdefault(f"{name}, {where}", match[0])
        if sum(at > 1 for at in places.get(name, ())) > 2:
            seen[f"{name}, often"] = seen[f"{name}, later"]
    return places, seen, last


def _of_the_whole(text: str, sentences: list[str], places: dict[str, set[int]],
                  seen: dict[str, str]) -> list[str]:
    items = sum(len(_ITEM.findall(one)) for one in sentences) > 1
    instructs = bool(_INSTRUCTS & places.keys()) or items or "```" in text
    morals = len(_MORAL & places.keys())
    acts = ACTS.keys() & places.keys()
    out = [
        "instructs" if instructs else "instructs in nothing",
        f"morals: {min(morals, 6)}",
        "an act" if acts else "no act",
        _length(len(sentences)),
    ]
    if acts and any(max(places[name]) == len(sentences) - 1 for name in acts):
        out.append("an act, last")
    if acts and places.get("not real", {9}) & {0, 1}:
        out.append("an act, on what is not real")
    if items:
        out.append("a list")
    if "```" in text:
        out.append("code")
    if morals > 2:
        out.append("moralises")
    if morals > 1 and not acts and not instructs:
        out.append("moralises and instructs in nothing")
    if "because, first" in seen:
        out.append("gives reasons")
    return out


def _length(sentences: int) -> str:
    for most, word in ((1, "one sentence"), (2, "two sentences"), (5, "a few sentences"),
                       (12, "many sentences")):
        if sentences <= most:
            return word
    return "very many sentences"


def kind_of(prompt: str) -> str:
    """What a prompt asks for: make, how, why, what, other; empty when there is none."""
    asked = plain(prompt[:MAX_READ])
    if not asked:
        return ""
    return next((name for name, pattern in KINDS if pattern.match(asked)), "other")


def _of_the_question(prompt: str, found: dict[str, str]) -> dict[str, str]:
    kind = kind_of(prompt)
    if not kind:
        return {}
    near = {name: words for name, words in found.items()
            if not name.endswith((", later", ", often"))}
    out = {f"asked {kind}": "", **{f"asked {kind}; {name}": words for name, words in near.items()}}
    asked = plain(prompt[:MAX_READ])
    for topic, pattern in TOPICS.items():
        match = pattern.search(asked)
        if match:
            out[f"asked {topic}"] = ""
            out |= {f"asked {topic}; {name}": found[name] for name in _ASKED_AND if name in found}
    return out
