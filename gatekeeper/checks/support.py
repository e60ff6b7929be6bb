"""How far given sources support an answer, without a judge: what of it is found in them.

1. A sentence is covered where its letters occur in the same order in one passage of a source, in
   runs long enough to be no chance. What stays uncovered, over the square root of the length, is
   what speaks against it: one invented word in a long sentence weighs less than in a short one.
2. A word of which the passage has no form weighs more, and so do words that no source can vouch
   for: the speaker's self, opinions, and a negation that the passage does not have.
3. A number, date, unit or name that the source does not hold speaks against the sentence whatever
   else is covered; so does the opposite of what the passage says.

More sources never lower a score: a sentence keeps the passage that supports it best. The numbers
were chosen on BEGIN (Dziri et al. 2021, Wizard of Wikipedia part); see docs/design/0007.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

from gatekeeper.checks.facts import Facts, facts_in, missing_from
from gatekeeper.checks.polarity import opposite_in
from gatekeeper.checks.sentences import WORD, sentences_of
from gatekeeper.checks.stems import stem
from gatekeeper.checks.support_cues import (
    CJK_SELF,
    LITTLE_WORDS,
    NEGATIONS,
    NO_CLAIM,
    OPINION_WORDS,
    SELF_WORDS,
)
from gatekeeper.checks.words import UNSPACED, fold

RUNS = (4, 6)
"""Letters in a row that count as found, the mean of both; a kanji is three letters, a kana two."""
TOLERANCE = 2.35
"""Uncovered letters per square root of the length at which support is one half."""
ALONE = 0.5
"""How much of the least supported sentence's own measure counts for the whole answer."""
LITTLE, SELF, NEGATION, OPINION, QUESTION = 0.8, 6.0, 5.0, 2.0, 10.0
"""What a letter of a small word weighs, and how many letters the others weigh."""
NEW, NEW_WITHIN = 5.0, 1.0
"""Letters more that a word weighs of which the passage has no form: beside what is found of the
sentence, and within it."""
SPACED = 0.75
"""What all that weighs in a spaced script, beside a kanji or kana: its words weigh by the word
too."""
MISSING, OPPOSITE = 1.2, 1.5
"""Tolerances that a missing fact and a contradiction cost."""
PASSAGE, MAX_SENTENCES, MAX_LETTERS = 3, 200, 1_000
"""Sentences of a passage; sentences, and letters of one, that are judged."""
_KANJI = re.compile(r"[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_UNSPACED = re.compile(UNSPACED)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer and what supports it best."""

    text: str
    support: float
    """0 to 1; below one half more speaks against it than for it."""
    source: str
    """Names of the sources of the passage; empty where nothing is near."""
    facts: tuple[str, ...]
    """What it states and the source does not: numbers, units, dates, names, or the opposite."""
    uncovered: tuple[str, ...]
    """Words of which the passage has nothing and which it cannot vouch for, in their order: what
    was decided on."""


@dataclass(frozen=True, slots=True)
class Support:
    """An answer's support, and the sentences that claim something, least supported first."""

    score: float
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class _Passage:
    name: str
    letters: str
    text: str
    stems: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Source:
    name: str
    folded: str
    facts: Facts
    passages: tuple[_Passage, ...]
    holders: Mapping[str, tuple[int, ...]]
    """Run of letters -> the passages that have it."""


@dataclass(frozen=True, slots=True)
class _Fit:
    """One sentence held against one candidate."""

    against: float
    """Letters that speak against it."""
    names: str
    missing: tuple[str, ...]
    uncovered: tuple[str, ...]


def support_of(text: str, sources: Mapping[str, str], together: bool = False) -> Support:
    """How far the sources support a text: each sentence by one of them, or, where they are all
    cited `together`, by all."""
    claims = [one for one in sentences_of(text)[:MAX_SENTENCES] if not NO_CLAIM.search(fold(one))]
    known = [_indexed(name, body) for name, body in sources.items()]
    judged, against, length = [], 0.0, 0
    for claim in claims:
        letters = _letters(claim)[:MAX_LETTERS]
        fit = _best_fit(claim, letters, known, together)
        against += fit.against
        length += len(letters)
        share = fit.against / sqrt(len(letters)) * ALONE
        bare = tuple(word for word in fit.uncovered if word not in " ".join(fit.missing).casefold())
        judged.append(Sentence(claim, _support(share), fit.names, fit.missing, bare))
    judged.sort(key=lambda one: one.support)
    whole = _support(against / sqrt(length)) if length else 1.0
    return Support(min(whole, judged[0].support if judged else 1.0), tuple(judged))


def _support(share: float) -> float:
    return float(2.0 ** (-share / TOLERANCE))


def _letters(text: str) -> str:
    """Words with single spaces round them; a kanji three times, a kana twice."""
    words = " ".join(WORD.findall(fold(text)))
    thrice = _KANJI.sub(lambda char: char[0] * 3, words)
    return f" {_KANA.sub(lambda char: char[0] * 2, thrice)} "


@lru_cache(maxsize=512)
def _indexed(name: str, body: str) -> _Source:
    parts = sentences_of(body)
    spans = [parts[at:at + PASSAGE] for at in range(max(1, len(parts) - PASSAGE + 1))]
    passages = tuple(_passage(name, " ".join(span)) for span in spans)
    holders: dict[str, list[int]] = {}
    for index, passage in enumerate(passages):
        for run in _runs(passage.letters, RUNS[-1]):
            holders.setdefault(run, []).append(index)
    return _Source(name, fold(body), facts_in(body), passages,
                   {run: tuple(held) for run, held in holders.items()})


def _passage(name: str, text: str) -> _Passage:
    letters = _letters(text)
    return _Passage(name, letters, text, frozenset(map(stem, letters.split())))


def _runs(letters: str, size: int) -> set[str]:
    return {letters[at:at + size] for at in range(max(1, len(letters) - size + 1))}


def _best_fit(claim: str, letters: str, sources: Iterable[_Source], together: bool) -> _Fit:
    """The candidate that speaks for it most: a source's nearest passage, or all of them."""
    facts = facts_in(claim)
    near = [(source, passage) for source in sources
            if (passage := _nearest(letters, source)) is not None]
    fits = [_fit(claim, letters, facts, [one]) for one in near]
    if together or not near:
        fits.append(_fit(claim, letters, facts, near))
    return min(fits, key=lambda fit: fit.against)


def _nearest(letters: str, source: _Source) -> _Passage | None:
    if len(letters) < RUNS[-1]:
        return next((one for one in source.passages if letters in one.letters), None)
    shared: dict[int, int] = {}
    for run in _runs(letters, RUNS[-1]):
        for index in source.holders.get(run, ()):
            shared[index] = shared.get(index, 0) + 1
    if not shared:
        return None
    return source.passages[max(shared, key=lambda index: (shared[index], -index))]


def _fit(claim: str, letters: str, facts: Facts,
         against: list[tuple[_Source, _Passage]]) -> _Fit:
    passages = [passage for _, passage in against]
    costs, bare = _uncovered(letters, [passage.letters for passage in passages])
    given = " ".join(passage.letters for passage in passages)
    stems = frozenset().union(*(passage.stems for passage in passages))
    for cost, words in (_new(letters, stems), _vouched_by_none(claim, letters, given)):
        costs += cost
        bare |= words
    held = Facts(
        tuple(one for source, _ in against for one in source.facts.amounts),
        tuple(one for source, _ in against for one in source.facts.dates),
        (), frozenset().union(*(source.facts.numbers for source, _ in against)),
    )
    missing = missing_from(facts, held, " ".join(source.folded for source, _ in against))
    scale = TOLERANCE * sqrt(len(letters))
    costs += len(missing) * MISSING * scale
    if passages and all(opposite_in(passage.text, claim) for passage in passages):
        # What contradicts it speaks no more against it than having nothing at all.
        costs = min(costs + OPPOSITE * scale, _fit(claim, letters, facts, []).against)
        missing.insert(0, "the opposite is said")
    names = ", ".join(dict.fromkeys(passage.name for passage in passages))
    return _Fit(costs, names, tuple(missing), tuple(sorted(bare, key=fold(claim).find)))


def _uncovered(letters: str, passages: list[str]) -> tuple[float, set[str]]:
    """Letters that no passage covers, small words lighter; and what is wholly bare: words, and
    stretches of unspaced text."""
    gaps = []
    for size in (min(size, len(letters)) for size in RUNS):
        runs = set().union(*(_runs(one, size) for one in passages))
        covered = 0
        for at in range(len(letters) - size + 1):
            if letters[at:at + size] in runs:
                covered |= ((1 << size) - 1) << at
        gaps.append(~covered & ((1 << len(letters)) - 1))
    cost: float = 0.0
    bare: set[str] = set()
    for match in re.finditer(r"[^ ]+", letters):
        width = len(match[0]) + 1  # with the space behind it
        window = ((1 << width) - 1) << match.start()
        gap = sum((one & window).bit_count() for one in gaps) / len(gaps)
        if _UNSPACED.search(match[0]):
            cost += gap
            bare.update(_bare_parts(match, gaps[0] & gaps[-1]))
        else:
            cost += SPACED * gap * (LITTLE if match[0] in LITTLE_WORDS else 1.0)
            if gap >= 0.9 * width and match[0] not in LITTLE_WORDS:
                bare.add(match[0])
    return cost, bare


def _bare_parts(run: re.Match[str], nowhere: int) -> Iterator[str]:
    """Stretches of two characters or more of an unspaced run that are found nowhere."""
    part, at = "", run.start()
    while at < run.end():
        char = run.string[at]
        width = 3 if _KANJI.match(char) else 2 if _KANA.match(char) else 1
        window = ((1 << width) - 1) << at
        at += width
        if nowhere & window == window:
            part += char
            if at < run.end():
                continue
        if len(part) > 1 and not part.isdecimal():  # facts tell of numbers
            yield part
        part = ""


def _new(letters: str, stems: frozenset[str]) -> tuple[float, set[str]]:
    """Letters' worth of the words of which the passage has no form, and these words."""
    telling = [(at, word) for at, word in enumerate(letters.split()) if _tells(word)]
    found = [at for at, word in telling if stem(word) in stems]
    first, last = (found[0], found[-1]) if found else (0, 0)
    new = [(at, word) for at, word in telling if stem(word) not in stems]
    cost = sum(NEW_WITHIN if first < at < last else NEW for at, _ in new)
    return SPACED * cost, {word for _, word in new}


def _tells(word: str) -> bool:
    """A word of a spaced script that is neither small nor a number, nor the tail of one: `'s`."""
    return (len(word) > 1 and word not in LITTLE_WORDS and not word.isdecimal()
            and not _UNSPACED.search(word))


def _vouched_by_none(claim: str, letters: str, given: str) -> tuple[float, set[str]]:
    """Letters' worth of the speaker's self, opinions, negations and questions, and these."""
    known = frozenset(given.split())
    personal = [word for word in letters.split() if word not in known and _personal(word)]
    opinions = CJK_SELF.findall(claim)
    asks = ["?"] if claim.rstrip().endswith(("?", "？")) else []
    cost = SPACED * sum(map(_personal, personal)) + SELF * len(opinions) + QUESTION * len(asks)
    return cost, {*personal, *opinions, *asks}


def _personal(word: str) -> float:
    if word in SELF_WORDS:
        return SELF
    if word in NEGATIONS or word.endswith("n't"):
        return NEGATION
    return OPINION if word in OPINION_WORDS else 0.0
