"""YAML as nodes that remember where they stand, so that every complaint can point.

Safe by construction: nodes are composed, never constructed into objects, duplicate keys are
problems, and the number of nodes is bounded so that aliases cannot multiply.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import yaml

from gatekeeper.errors import Problem
from gatekeeper.formats.yamltext import LOADER, nests_too_deep

MAX_NODES = 20_000
MAX_DEPTH = 100
"""Levels of nesting; libyaml's composer has no bound of its own and overruns the stack."""
MAX_BYTES = 1_000_000

ENDLESS = "the file nests or repeats itself without end"


@dataclass(frozen=True, slots=True)
class Place:
    """1-based position of a node or key."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """A leaf: its text as written and the YAML type it resolves to."""

    place: Place
    text: str
    tag: str
    """`str`, `int`, `float`, `bool`, `null` or `timestamp`."""


@dataclass(frozen=True, slots=True)
class Items:
    """A sequence."""

    place: Place
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping; keys keep their own places."""

    place: Place
    entries: dict[str, tuple[Place, Node]]


Node: TypeAlias = Scalar | Items | Fields


class _Composer:
    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.budget = MAX_NODES

    def convert(self, node: yaml.Node) -> Node:
        place = Place(node.start_mark.line + 1, node.start_mark.column + 1)
        self.budget -= 1
        if self.budget < 0:
            raise RecursionError
        if isinstance(node, yaml.ScalarNode):
            return Scalar(place, node.value, node.tag.rpartition(":")[2])
        if isinstance(node, yaml.SequenceNode):
            return Items(place, tuple(self.convert(child) for child in node.value))
        return self._fields(place, node)

    def _fields(self, place: Place, node: yaml.Node) -> Fields:
        entries: dict[str, tuple[Place, Node]] = {}
        for key, value in node.value:
            at = Place(key.start_mark.line + 1, key.start_mark.column + 1)
            if not isinstance(key, yaml.ScalarNode):
                self._complain(at, "a key must be plain text")
                continue
            if key.value in entries:
                first = entries[key.value][0].line
                self._complain(at, f"`{key.value}` is given twice (first on line {first})",
                               "keep one of them")
            entries[key.value] = (at, self.convert(value))
        return Fields(place, entries)

    def _complain(self, place: Place, message: str, hint: str = "") -> None:
        self.problems.append(Problem(self.file, place.line, place.column, message, hint))


def _bound_depth(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise RecursionError


def parse_yaml(text: str, file: str) -> tuple[Node | None, list[Problem]]:
    """The root node of a one-document YAML text, and what is wrong with it as YAML."""
    if len(text) > MAX_BYTES:
        return None, [Problem(file, 0, 0, f"the file is larger than {MAX_BYTES} bytes")]
    unprintable = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if unprintable:
        before = text[: unprintable.start()]
        column = len(before) - before.rfind("\n")
        return None, [Problem(file, before.count("\n") + 1, column,
                              "not YAML: control characters are not allowed")]
    composer = _Composer(file)
    try:
        _bound_depth(text)
        root = yaml.compose(text, Loader=LOADER)
        if root is None:
            return None, [Problem(file, 1, 1, "the file is empty", "start with `version: 1`")]
        return composer.convert(root), composer.problems
    except yaml.MarkedYAMLError as error:
        if nests_too_deep(error):
            return None, [Problem(file, 1, 1, ENDLESS, "write it without YAML anchors")]
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return None, [Problem(file, line, column, f"not YAML: {error.problem or error.context}")]
    except yaml.YAMLError as error:
        return None, [Problem(file, 1, 1, f"not YAML: {error}")]
    except RecursionError:
        return None, [Problem(file, 1, 1, ENDLESS, "write it without YAML anchors")]
