"""Grounding without a judge: citations resolve, and quoted words occur in what is given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gatekeeper.checks.jsontext import NotJson, find_json, leaves
from gatekeeper.checks.kinds import Check, Exchange, broken, either, excerpt, held
from gatekeeper.checks.support import Sentence, Support, support_of
from gatekeeper.checks.words import UNSPACED, count_words, fold, narrow
from gatekeeper.model import Answer, CheckCall
from gatekeeper.outcome import Finding

_BRACKETED = re.compile(r"[\[【［]([^\[\]【】［］]{1,80})[\]】］](?!\()")
_QUOTED = re.compile(
    # A straight mark behind a letter or digit opens nothing: 5" is an inch mark.
    r"(?<![A-Za-z0-9])\"(?=[^\s\"])([^\"]+)\"|“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|»([^«»]+)«"
    r"|‘((?:[^‘’]|’(?=[A-Za-z]))+)’(?![A-Za-z])|「([^「」]+)」|『([^『』]+)』"
)
_BLOCK = re.compile(r"(?:^[ \t]{0,3}>.*\n?)+", re.MULTILINE)
_SIGNED = re.compile(r"\s*(?:[—–―]|--)")
"""The line under a block quote that says where it is from."""
_SOURCE_KEYS = ("source", "id", "document", "file", "title", "name")
_QUOTE_KEYS = ("quote", "text", "snippet", "passage")
_JOINED = re.compile(rf"\d[.,]?\d|(?<=\d)[.,]\d|(?!{UNSPACED})[^\W\d_](?!{UNSPACED})[^\W\d_]")
"""Two characters of one word or number; an unspaced character is a word of its own."""
_URL = re.compile(r"https?://\S+")
DEFAULT_SUPPORT = 0.5
SHORT = 3
"""Words up to which a value of a JSON answer makes no sentence of its own."""
MIN_QUOTED_WORDS = 3
"""Shorter quoted spans are names and emphasis, not evidence."""


def cited_names(answer: Answer) -> list[str]:
    """What the answer cites: names in square brackets, and the contract's evidence list."""
    names = [
        part.strip(" \"")
        for match in _BRACKETED.finditer(answer.text)
        for part in re.split(r"[,;、，；]", match[1])
        if part.strip(" \"")
    ]
    for citation in answer.citations:
        name = citation if isinstance(citation, str) else _first(citation, _SOURCE_KEYS)
        if name:
            names.append(name)
    return list(dict.fromkeys(names))


def quoted_spans(answer: Answer) -> list[str]:
    """Quoted words long enough to be evidence, and the evidence list's own quotes."""
    spans = ["".join(match) for match in _QUOTED.findall(answer.text)]
    spans += [_block(match[0]) for match in _BLOCK.finditer(answer.text)]
    spans = [span for span in spans if count_words(span) >= MIN_QUOTED_WORDS]
    given = (
        _first(citation, _QUOTE_KEYS) for citation in answer.citations if isinstance(citation, dict)
    )
    return list(dict.fromkeys([*spans, *(quote for quote in given if quote)]))


def _block(text: str) -> str:
    """The words of a block quote, without its marks and the source named behind it; none of a box
    such as `> [!NOTE]`, which quotes nobody."""
    lines = [re.sub(r"^[ \t]*>[ \t]?", "", line) for line in text.splitlines()]
    if lines[0].startswith("[!"):
        return ""
    return _BRACKETED.sub("", " ".join(line for line in lines if not _SIGNED.match(line))).strip()


def _first(citation: Mapping[str, object], keys: tuple[str, ...]) -> str:
    return next((str(citation[key]) for key in keys if isinstance(citation.get(key), str)), "")


def resolve(name: str, sources: Mapping[str, str]) -> str | None:
    """The source a citation names: its stem, its file name, or its stem with a section after it."""
    name = re.sub(r"^(?:source|出典|来源)[:：]\s*", "", name, flags=re.IGNORECASE)
    for stem in sources:
        for form in (fold, narrow):
            known = re.escape(form(stem)) + r"(?:\.\w{1,5})?(?:[#§ :].*)?"
            if re.fullmatch(known, form(name)):
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


def _occurs(wanted: str, text: str) -> bool:
    """Whether whole words and numbers occur."""
    at = text.find(wanted)
    while at >= 0:
        if not (_inside_word(text, at) or _inside_word(text, at + len(wanted))):
            return True
        at = text.find(wanted, at + 1)
    return False


def _inside_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and _JOINED.match(text, at - 1) is not None


def _quotes_verbatim(call: CheckCall, exchange: Exchange) -> Finding:
    texts = [fold(text) for text in exchange.sources.values()]
    expected = "every quoted span occurs in the sources"
    for span in quoted_spans(exchange.answer):
        wanted = fold(span.replace("**", "")).strip(" .。,、…\"'")
        if not any(_occurs(wanted, text) for text in texts):
            return broken(expected, f"invalid quotation: {excerpt(span)} is in no source")
    return held(expected, f"{len(quoted_spans(exchange.answer))} quoted spans")


def claimed_text(answer: Answer, sources: Mapping[str, str]) -> str:
    """What an answer claims, without citations and addresses; of JSON, the values that name no
    source."""
    try:
        found = find_json(answer.text)
    except NotJson:
        text = answer.text
    else:
        values = [leaf for leaf in leaves(found.value) if resolve(leaf, sources) is None]
        text = " ".join(f"{leaf}{'.' if count_words(leaf) > SHORT else ','}" for leaf in values) \
            if found.bare else answer.text
    return _URL.sub(" ", _BRACKETED.sub(" ", text))


def support_for(exchange: Exchange) -> Support | None:
    """The support of an answer by what it cites, or else by any source; None where it cites, and
    nothing of that is given."""
    names = [name for name in cited_names(exchange.answer) if not name.isdecimal()]
    cited = {stem: exchange.sources[stem] for name in names
             if (stem := resolve(name, exchange.sources)) is not None}
    if names and not cited:
        return None
    text = claimed_text(exchange.answer, exchange.sources)
    return support_of(text, cited or exchange.sources, bool(cited))


def _supported(call: CheckCall, exchange: Exchange) -> Finding:
    least = DEFAULT_SUPPORT if call.threshold is None else call.threshold
    expected = f"every claim is supported by the sources ({least:g})"
    support = support_for(exchange)
    if support is None:
        names = ", ".join(cited_names(exchange.answer))
        return broken(expected, f"cites only what is not given: {names}")
    if not support.sentences:
        return held(expected, "claims nothing")
    wrong = next((one for one in support.sentences if one.facts), None)
    if wrong is not None:
        return broken(expected, f"{', '.join(wrong.facts)}, in {wrong.source or 'the sources'}: "
                                f"{excerpt(wrong.text)}")
    return either(support.score >= least, expected,
                  f"support {support.score:.2f}, least {_told(support.sentences[0])}")


def _lint_support(call: CheckCall) -> str:
    if call.argument:
        return "takes no value"
    if call.threshold is not None and not 0 < call.threshold <= 1:
        return "the support must be above 0, or it can never fail, and at most 1"
    return ""


def _told(sentence: Sentence) -> str:
    lacks = ", ".join(map(repr, sentence.uncovered[:5]))
    where = f"; not in {sentence.source or 'the sources'}: {lacks}" if lacks else ""
    return f"{sentence.support:.2f}: {excerpt(sentence.text)}{where}"


GROUNDING_CHECKS = (
    Check("cites-sources", "The answer cites at least one source, and every citation is the name "
          "of a given source.", "The sources exist; not that they say what is claimed.",
          _cites_sources, needs="sources"),
    Check("quotes-verbatim", "Every quoted span of three words or more, every block quote, and "
          "every quote in the evidence list occurs in the sources in whole words; white space, "
          "quotes, width and case aside.",
          "The quoted words are real; not that they bear out what is said: an answer that quotes "
          "nothing holds too.",
          _quotes_verbatim, needs="sources"),
    Check("supported-by-sources", "Every sentence of the answer is supported by a source it may "
          "lean on: those that the answer cites, or any one given. Its letters are found there in "
          "runs, its words in some form, and its numbers, units, dates and names are there too; "
          "`supported-by-sources(0.7)` asks for more than the default 0.5.",
          "The words of the answer are the source's; not that they are put together rightly: one "
          "replaced word in a sentence may stay unseen, and an answer that claims nothing holds.",
          _supported, _lint_support, needs="sources", threshold=True),
)
