"""`promptfooconfig.yaml` as rows of a cases file: every prompt with every test, as promptfoo runs
them. What has no counterpart is told with its line. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gatekeeper.cases.file import Standards
from gatekeeper.formats.nodes import at, entries, items, text_of
from gatekeeper.importing.promptfoo_asserts import WITNESSES, Assertion, NoCounterpart, turned
from gatekeeper.importing.promptfoo_prompts import Prompt, prompts_of
from gatekeeper.importing.promptfoo_source import Source, open_source
from gatekeeper.importing.promptfoo_tests import Test, tests_of
from gatekeeper.importing.rows import DraftRow, Left, Written, as_csv, with_ids
from gatekeeper.importing.template import NotPlain, NoValue, render
from gatekeeper.model import Risk
from gatekeeper.trees.working import Files

MAX_ROWS = 5000
_UNSAID = ("description", "$schema", "tags", "metadata", "prompts", "tests", "scenarios",
           "defaultTest", "assertionTemplates", "targets")
_TOP = {
    "providers": "the service of the manifest is asked, and nobody else",
    "outputPath": "the evidence pack holds the results",
    "evaluateOptions": "`eval` in the manifest says how often and how many at a time",
    "derivedMetrics": "there is no score: gates speak of cases, one by one",
    "extensions": "code is not run here",
    "nunjucksFilters": "code is not run here",
    "redteam": "attacks are not made up here: a case is fixed",
    "env": "a service's variables stand in the manifest's `service.environment`",
}
_RISKS = (
    (Risk.SAFETY, r"safe|jailbreak|inject|harm|toxic|\bpii\b|privac|refus|secur|malicious|leak"),
    (Risk.GROUNDING, r"ground|cit(?:e|ation)|faithful|hallucinat|context|source|retriev|\brag\b"),
    (Risk.PERFORMANCE, r"latenc|performance|speed"),
    (Risk.FORMAT, r"json|format|schema|structur|markdown"),
)
_BY_CHECK = {Risk.SAFETY: ("is-refusal",), Risk.FORMAT: ("is-json", "contains-json"),
             Risk.PERFORMANCE: ("latency",)}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of the assertions that are written come over."""

    came: int
    waiting: int
    """They ask a judge or embeddings, which the manifest does not declare."""
    left: int

    @property
    def all(self) -> int:
        """As many as there are."""
        return self.came + self.waiting + self.left


@dataclass(frozen=True, slots=True)
class Brought:
    """What a configuration comes to."""

    rows: tuple[DraftRow, ...]
    cases: str
    """The cases file."""
    left: tuple[Left, ...]
    tally: Tally


def bring_over(files: Files, path: str, standards: Standards) -> Brought:
    """All of a configuration; FilesNeedMending where it cannot be read. `standards` says what the
    manifest declares; a row holds to no more than that."""
    source = open_source(files, path)
    prompts = prompts_of(source)
    maker = _Maker(source, standards)
    _note_the_rest(source)
    rows: list[DraftRow] = []
    for test in tests_of(source):
        rows += maker.rows(prompts, test)
        if len(rows) > MAX_ROWS:
            source.noted.append(Left(path, test.line, "what follows",
                                     f"{MAX_ROWS} rows are enough"))
            rows = rows[:MAX_ROWS]
            break
    if not prompts:
        source.noted.append(Left(path, 0, "the tests", "there is no prompt that is text"))
    cases, refused = as_csv(with_ids(rows), standards)
    source.noted.extend(Left(path, 0, f"row {row.case_id}", why) for row, why in refused)
    gone = {row.case_id for row, _ in refused}
    kept = tuple(row for row in with_ids(rows) if row.case_id not in gone)
    return Brought(kept, cases, tuple(dict.fromkeys(source.noted)), maker.tally())


def _note_the_rest(source: Source) -> None:
    for name, (place, node) in entries(source.root).items():
        if name in _UNSAID:
            continue
        why = _TOP.get(name, "it has no counterpart")
        told = ", ".join(filter(None, map(_provider, items(node)))) if name == "providers" else ""
        source.noted.append(Left(source.path, place.line, f"`{name}`" + (f" ({told})" if told
                                                                         else ""), why))


def _provider(node: Any) -> str:
    return text_of(node) or text_of(at(node, "id")) or next(iter(entries(node)), "")


class _Maker:
    def __init__(self, source: Source, standards: Standards) -> None:
        self._source = source
        self._standards = standards
        self._states: dict[tuple[str, int, str, str], str] = {}

    def tally(self) -> Tally:
        """Each assertion once, however many rows it is in; it came if it came for any."""
        states = list(self._states.values())
        return Tally(states.count("came"), states.count("waiting"), states.count("left"))

    def rows(self, prompts: Iterable[Prompt], test: Test) -> Iterator[DraftRow]:
        """A row for each prompt that the test is for."""
        wanted = [one for one in prompts if not test.prompts or one.label in test.prompts]
        for prompt in wanted:
            try:
                variables = _settled(test.variables)
                text = render(f"{test.prefix}{prompt.text}{test.suffix}", variables)
            except NotPlain as error:
                self._leave(test, prompt, error)
                continue
            if text.strip():
                yield self._row(test, text.strip(), variables)

    def _leave(self, test: Test, prompt: Prompt, error: NotPlain) -> None:
        """A value that is missing is the test's, all else the prompt's."""
        place = (test.file, test.line) if isinstance(error, NoValue) else \
            (self._source.path, prompt.line)
        what = f"the prompt `{' '.join(prompt.text.split())[:40]}`"
        self._source.noted.append(Left(*place, what, str(error)))

    def _row(self, test: Test, prompt: str, variables: Mapping[str, Any]) -> DraftRow:
        checks: list[Written] = []
        for one in test.assertions:
            checks += self._checks(one, variables)
        risk = _risk(test, [check.text for check in checks])
        note = f"from {test.file}:{test.line}" if test.line else f"from {test.file}"
        name = test.description or _named(test.variables) or str(risk)
        return DraftRow(name, prompt, test.description or _expected(test), risk, note,
                        tuple(dict.fromkeys(checks)))

    def _checks(self, one: Assertion, variables: Mapping[str, Any]) -> tuple[Written, ...]:
        place = (one.file, one.line, one.type, repr(one.value))
        name = one.type.removeprefix("not-")
        try:
            checks = turned(one, variables, self._source.read)
            owed = WITNESSES.get(name, "")
            if owed and owed not in self._standards.declared:
                self._state(place, "waiting")
                self._note(one, f"it needs `{owed}` in the manifest; declare it and import again")
                return ()
        except NoCounterpart as error:
            self._state(place, "left")
            self._note(one, str(error))
            return ()
        if one.weight not in (None, 1.0):
            self._note(one, "there are no weights: it must hold like any other")
        self._state(place, "came")
        return checks

    def _note(self, one: Assertion, why: str) -> None:
        self._source.noted.append(Left(one.file, one.line, f"`{one.type}`", why, one.type))

    def _state(self, place: tuple[str, int, str, str], state: str) -> None:
        if self._states.get(place) != "came":
            self._states[place] = state


def _settled(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Variables whose values name others, filled in."""
    return {name: _plain(value, variables) for name, value in variables.items()}


def _plain(value: Any, variables: Mapping[str, Any]) -> Any:
    try:
        return render(value, variables) if isinstance(value, str) and "{{" in value else value
    except NotPlain as error:
        raise NoValue(str(error)) from None


def _risk(test: Test, checks: list[str]) -> Risk:
    """What a test is about, by its words, then by what it is held to."""
    words = f"{test.description} {test.words} {' '.join(one.metric for one in test.assertions)}"
    for risk, pattern in _RISKS:
        if re.search(pattern, words.lower()):
            return risk
    for risk, names in _BY_CHECK.items():
        if checks and all(re.match(rf"(?:{'|'.join(names)})\b", check) for check in checks):
            return risk
    return Risk.REGRESSION


def _named(variables: Mapping[str, Any]) -> str:
    return next((" ".join(value.split()[:5]) for value in variables.values()
                 if isinstance(value, str) and value.strip()), "")


def _expected(test: Test) -> str:
    said = [f"{one.type} {one.value}" if isinstance(one.value, str) and one.value else one.type
            for one in test.assertions]
    return " ".join("; ".join(said).split())[:200] or "stays comparable"
