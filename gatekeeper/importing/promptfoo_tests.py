"""The tests of a promptfoo configuration: written out, in files, as scenarios, with what all of
them share. Pure."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gatekeeper.formats.csvtext import NotCsv, lines_of, read_rows
from gatekeeper.formats.nodes import at, entries, items, line_at, text_of, value_of
from gatekeeper.importing.promptfoo_asserts import Assertion, of_cell
from gatekeeper.importing.promptfoo_source import Source
from gatekeeper.importing.rows import Left
from gatekeeper.manifest.document import Fields, Node

MAX_VARIANTS = 200
"""Tests that one test with lists of values stands for."""
_EXPECTED = re.compile(r"__expected\d*")
_NO_COUNTERPART = {
    "assertScoringFunction": "there is no score: every check must hold",
    "threshold": "there is no average: every check must hold, so the row is stricter",
    "provider": "the service is asked, and nobody else",
    "providers": "the service is asked, and nobody else",
    "providerOutput": "the service is asked, and nobody else",
}
_CODE = (".js", ".cjs", ".mjs", ".ts", ".py")


@dataclass(frozen=True, slots=True)
class Test:
    """One test, or what tests share."""

    __test__ = False

    file: str
    line: int
    description: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    assertions: tuple[Assertion, ...] = ()
    prefix: str = ""
    suffix: str = ""
    prompts: tuple[str, ...] = ()
    """Labels of the prompts it is for; empty for all."""
    words: str = ""
    """What its metadata and metrics say of it."""
    own: bool = False
    """It does without the assertions that tests share."""

    def after(self, shared: Test) -> Test:
        """With what tests share put before its own."""
        return replace(
            self, variables={**shared.variables, **self.variables},
            assertions=self.assertions if self.own else (*shared.assertions, *self.assertions),
            prefix=self.prefix or shared.prefix, suffix=self.suffix or shared.suffix,
            prompts=self.prompts or shared.prompts,
            words=f"{shared.words} {self.words}".strip())


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source

    def test(self, node: Node, file: str) -> Test:
        """A mapping as a test."""
        for name, why in _NO_COUNTERPART.items():
            found = entries(node).get(name)
            if found is not None:
                self.source.noted.append(Left(file, found[0].line, f"`{name}`", why))
        options = at(node, "options")
        transform = at(options, "transform") or at(options, "postprocess")
        if provider := at(options, "provider"):
            self.source.note(provider, "`options.provider`", "name your own judge in the "
                             "manifest's `judge` or `embeddings`", file)
        assertions = tuple(
            each for one in items(at(node, "assert")) for each in self.assertions(one, file))
        if transform is not None:
            assertions = tuple(replace(one, transformed=True) for one in assertions)
        return Test(
            file, line_at(node), text_of(at(node, "description")) or "",
            self._variables(at(node, "vars")), assertions,
            text_of(at(options, "prefix")) or "", text_of(at(options, "suffix")) or "",
            tuple(filter(None, map(text_of, items(at(node, "prompts"))))),
            json.dumps(value_of(at(node, "metadata"))) if at(node, "metadata") else "",
            text_of(at(options, "disableDefaultAsserts")) == "true")

    def assertions(self, node: Node, file: str) -> Iterator[Assertion]:
        """One assertion; a reference is followed."""
        target = self.source.referred(node)
        kind = text_of(at(target, "type"))
        if target is None or kind is None:
            self.source.note(node, "an assertion", "it has no `type` that can be found", file)
            return
        inner = tuple(each for one in items(at(target, "assert")) if kind == "assert-set"
                      for each in self.assertions(one, file))
        transform = at(target, "transform") or at(target, "contextTransform")
        yield Assertion(kind, value_of(at(target, "value")), file, line_at(node),
                        _number(at(target, "threshold")), _number(at(target, "weight")),
                        text_of(at(target, "metric")) or "", transform is not None, inner)

    def _variables(self, node: Node | None) -> dict[str, Any]:
        """Names and values; what a file holds in place of its name."""
        if text_of(node):  # a file of variables
            found = [value_of(self.source.document(path, text))
                     for path, text in self.source.named(text_of(node) or "") if text]
            return found[0] if found and isinstance(found[0], dict) else {}
        return {name: self._value(item, value_of(item))
                for name, (_, item) in entries(node).items()}

    def _value(self, node: Node, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(node, item) for item in value]
        if not isinstance(value, str) or not value.startswith("file://"):
            return value
        content = None if value.endswith(_CODE) else self.source.read(value)
        if content is None:
            self.source.note(node, f"the variable's file `{value.removeprefix('file://')}`",
                             "it is code, not there, or not text")
            return None
        return content.strip()


def _number(node: Node | None) -> float | None:
    value = value_of(node)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def tests_of(source: Source) -> Iterator[Test]:
    """Every test with what all of them share, one for each value where a variable has several."""
    reader = _Reader(source)
    shared = _shared(source, reader)
    for one in itertools.chain(_listed(source, reader, at(source.root, "tests")),
                               _scenarios(source, reader)):
        yield from _variants(one.after(shared))


def _shared(source: Source, reader: _Reader) -> Test:
    node = at(source.root, "defaultTest")
    if name := text_of(node):
        for path, text in source.named(name):
            found = source.document(path, text) if text else None
            if found is not None:
                return reader.test(found, path)
        source.note(node, "`defaultTest`", f"{name} is not there, or is not text")
    return reader.test(node, source.path) if isinstance(node, Fields) else Test(source.path, 0)


def _listed(source: Source, reader: _Reader, node: Node | None) -> Iterator[Test]:
    for item in items(node):
        name = text_of(item) or (text_of(at(item, "path")) if at(item, "vars") is None else None)
        if name is None:
            yield reader.test(item, source.path)
            continue
        yield from _in_files(source, reader, item, name)


def _in_files(source: Source, reader: _Reader, item: Node, name: str) -> Iterator[Test]:
    bare = name.removeprefix("file://")
    if bare.partition(":")[0].endswith(_CODE) or "://" in bare:
        source.note(item, f"the tests of `{bare}`", "code or another machine makes them")
        return
    found = False
    for path, text in source.named(bare):
        if text is None:
            continue
        found = True
        if path.lower().endswith(".csv"):
            yield from _rows(source, path, text)
        else:
            for one in items(source.document(path, text)):
                yield reader.test(one, path)
    if not found:
        source.note(item, f"the tests of `{bare}`", "the file is not there, or is not text")


def _rows(source: Source, path: str, text: str) -> Iterator[Test]:
    """A CSV file of tests: a column a variable, and promptfoo's own that start with `__`."""
    columns: list[str] = []
    try:
        for row in read_rows(lines_of(text.encode("utf-8", "replace"))):
            if not columns:
                columns = [name.strip() for name in row.values]
                continue
            if row.values:
                yield _row(path, row.line, dict(zip(columns, row.values, strict=False)))
    except NotCsv as error:
        source.noted.append(Left(path, error.line, "the tests", f"not CSV: {error.reason}"))


def _row(path: str, line: int, cells: Mapping[str, str]) -> Test:
    metric = cells.get("__metric", "")
    asserted = tuple(of_cell(cell, path, line) for name, cell in cells.items()
                     if _EXPECTED.fullmatch(name) and cell.strip())
    return Test(path, line, cells.get("__description", ""),
                {name: value for name, value in cells.items() if not name.startswith("__")},
                tuple(replace(one, metric=metric) for one in asserted),
                cells.get("__prefix", ""), cells.get("__suffix", ""),
                words=" ".join(value for name, value in cells.items()
                               if name.startswith("__metadata")))


def _scenarios(source: Source, reader: _Reader) -> Iterator[Test]:
    """Each set of data of a scenario with each of its tests."""
    for item in items(at(source.root, "scenarios")):
        scenario: Node | None = item
        if name := text_of(item):
            found = [source.document(path, text) for path, text in source.named(name) if text]
            scenario = found[0] if found else None
        if not isinstance(scenario, Fields):
            source.note(item, "a scenario", "it is not there, or is not one")
            continue
        sets = [reader.test(one, source.path) for one in items(at(scenario, "config"))]
        tests = list(_listed(source, reader, at(scenario, "tests")))
        for data, test in itertools.product(sets, tests or [Test(source.path, line_at(item))]):
            yield test.after(data)


def _variants(test: Test) -> Iterator[Test]:
    """A list as a variable's value stands for a test with each of its items."""
    names = [name for name, value in test.variables.items() if isinstance(value, list) and value]
    choices = itertools.product(*(test.variables[name] for name in names))
    for chosen in itertools.islice(choices, MAX_VARIANTS):
        yield replace(test, variables={**test.variables, **dict(zip(names, chosen, strict=True))})

