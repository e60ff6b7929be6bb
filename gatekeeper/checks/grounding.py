"""Grounding without a judge: citations resolve, and quoted words occur in what is given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gatekeeper.checks.kinds import Check, Exchange, broken, either, excerpt, held
from gatekeeper.checks.words import count_words, fold
from gatekeeper.model import Answer, CheckCall
from gatekeeper.outcome import Finding

_BRACKETED = re.compile(r"[\[【［]([^\[\]【】［］]{1,80})[\]】］](?!\()")
_QUOTED = re.compile(
    r"\"([^\"]{1,2000})\"|“([^”]{1,2000})”|「([^」]{1,2000})」|『([^』]{1,2000})』"
)
_SOURCE_KEYS = ("source", "id", "document", "file", "title", "name")
_QUOTE_KEYS = ("quote", "text", "snippet", "passage")
MIN_QUOTED_WORDS = 3
"""Shorter quoted spans are names and emphasis, not evidence."""


def cited_names(answer: Answer) -> list[str]:
    """What the answer cites: names in square brackets, and the contract's evidence list."""
    names = [
        part.strip()
        for match in _BRACKETED.finditer(answer.text)
        for part in re.split(r"[,;、，；]", match[1])
        if part.strip()
    ]
    for citation in answer.citations:
        name = citation if isinstance(citation, str) else _first(citation, _SOURCE_KEYS)
        if name:
            names.append(name)
    return list(dict.fromkeys(names))


def quoted_spans(answer: Answer) -> list[str]:
    """Quoted words long enough to be evidence, and the evidence list's own quotes."""
    spans = [next(group for group in match if group) for match in _QUOTED.findall(answer.text)]
    spans = [span for span in spans if count_words(span) >= MIN_QUOTED_WORDS]
    given = (
        _first(citation, _QUOTE_KEYS) for citation in answer.citations if isinstance(citation, dict)
    )
    return list(dict.fromkeys([*spans, *(quote for quote in given if quote)]))


def _first(citation: Mapping[str, object], keys: tuple[str, ...]) -> str:
    return next((str(citation[key]) for key in keys if isinstance(citation.get(key), str)), "")


def resolve(name: str, sources: Mapping[str, str]) -> str | None:
    """The source a citation names: its stem, its file name, or its stem with a section after it."""
    wanted = fold(re.sub(r"^(?:source|出典|来源)[:：]\s*", "", name, flags=re.IGNORECASE))
    for stem in sources:
        known = fold(stem)
        if wanted == known or re.match(re.escape(known) + r"(?:\.\w{1,5})?(?:[#§ :].*)?$", wanted):
            return stem
    return None


def _unresolved(exchange: Exchange) -> Iterator[str]:
    for name in cited_names(exchange.answer):
        if resolve(name, exchange.sources) is None:
            yield name


def _cites_sources(call: CheckCall, exchange: Exchange) -> Finding:
    names = cited_names(exchange.answer)
    expected = "cites given sources, and only them"
    if not names:
        return broken(expected, f"cites nothing: {excerpt(exchange.answer.text)}")
    unknown = list(_unresolved(exchange))
    got = f"no such source: {', '.join(unknown)}" if unknown else f"cites {', '.join(names)}"
    return either(not unknown, expected, got)


def _quotes_verbatim(call: CheckCall, exchange: Exchange) -> Finding:
    texts = [fold(text) for text in exchange.sources.values()]
    expected = "every quoted span occurs in the sources"
    for span in quoted_spans(exchange.answer):
        wanted = fold(span).strip(" .。,、…")
        if not any(wanted in text for text in texts):
            return broken(expected, f"invalid quotation: {excerpt(span)} is in no source")
    return held(expected, f"{len(quoted_spans(exchange.answer))} quoted spans")


GROUNDING_CHECKS = (
    Check("cites-sources", "The answer cites at least one source, and every citation is the name "
          "of a given source.", "The sources exist; not that they say what is claimed.",
          _cites_sources, needs="sources"),
    Check("quotes-verbatim", "Every quoted span of three words or more, and every quote in the "
          "evidence list, occurs in the sources; white space, quotes, width and case aside.",
          "The quoted words are real; an answer that quotes nothing holds too.",
          _quotes_verbatim, needs="sources"),
)
