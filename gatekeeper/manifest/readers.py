"""From nodes to values: small readers, and one binder from a mapping to a frozen dataclass.

A reader takes a node and the problem list; it returns a value, or `WRONG` after it has said why.
Every problem of a file is found in one pass, so nothing here stops at the first.
"""

from __future__ import annotations

import dataclasses
import datetime
import re
import sys
from collections.abc import Callable
from typing import Any, Final, TypeVar

from gatekeeper.errors import Problem
from gatekeeper.formats.spelling import nearest
from gatekeeper.formats.units import LONGEST, SIZE_UNITS, parse_duration, parse_size
from gatekeeper.manifest import shapes
from gatekeeper.manifest.document import Fields, Items, Node, Place, Scalar
from gatekeeper.manifest.shapes import Shape, is_required, shape_of, shaped, written

T = TypeVar("T")
LARGEST = 10**6 * SIZE_UNITS["g"]
MAX_DIGITS = 18
"""Digits of a whole number; more are a mistake, and Python would not even read them back."""
_WHOLE = re.compile(r"-?[0-9]+")


class _Wrong:
    def __repr__(self) -> str:
        return "WRONG"


WRONG: Final = _Wrong()
"""What a reader returns when it has complained."""


@dataclasses.dataclass(slots=True)
class Complaints:
    """The problems of one file, as they are found."""

    file: str
    problems: list[Problem] = dataclasses.field(default_factory=list)

    def at(self, place: Place, message: str, hint: str = "") -> _Wrong:
        self.problems.append(Problem(self.file, place.line, place.column, message, hint))
        return WRONG


Reader = Callable[[Node, Complaints], Any]


def _shown(node: Node) -> str:
    if isinstance(node, Scalar):
        return f"`{node.text}`" if node.text or node.tag != "null" else "nothing"
    return "a list" if isinstance(node, Items) else "a mapping"


@shaped(lambda: shapes.TEXT)
def text(node: Node, complaints: Complaints) -> Any:
    """Any scalar, as written."""
    if not isinstance(node, Scalar) or node.tag == "null":
        return complaints.at(node.place, f"expected text, got {_shown(node)}")
    if "\0" in node.text:
        return complaints.at(node.place, "the text holds a NUL character, which nothing can take")
    return node.text


@shaped(lambda: shapes.NAME)
def name(node: Node, complaints: Complaints) -> Any:
    """The name of a variable or of a build argument."""
    value = text(node, complaints)
    if value is WRONG or (value and "=" not in value):
        return value
    return complaints.at(node.place, f"`{value}` is not a name", "write a name without `=`")


@shaped(lambda: shapes.PATH)
def path(node: Node, complaints: Complaints) -> Any:
    """A path of the service, or of its file system: from the root, without spaces."""
    value = text(node, complaints)
    if value is WRONG or re.fullmatch(r"/[!-~]*", value):
        return value
    hint = "write it without spaces, percent-encoded" if value.startswith("/") else \
        f"write `/{value}`"
    return complaints.at(node.place, f"`{value}` is not a path from the root", hint)


def integer(low: int, high: int) -> Reader:
    """A whole number within bounds."""

    @shaped(lambda: {"type": "integer", "minimum": low, "maximum": high})
    def read(node: Node, complaints: Complaints) -> Any:
        if isinstance(node, Scalar) and node.tag == "int" and _WHOLE.fullmatch(node.text):
            if len(node.text) <= MAX_DIGITS and low <= int(node.text) <= high:
                return int(node.text)
            return complaints.at(node.place, f"`{node.text}` is outside {low} to {high}")
        return complaints.at(node.place, f"expected a whole number, got {_shown(node)}")

    return read


def number(low: float, high: float) -> Reader:
    """A number within bounds."""

    @shaped(lambda: {"type": "number", "minimum": low, "maximum": high})
    def read(node: Node, complaints: Complaints) -> Any:
        if isinstance(node, Scalar) and node.tag in ("int", "float"):
            try:
                value = float(node.text)
            except ValueError:
                value = float("nan")
            if low <= value <= high:
                return value
            return complaints.at(node.place, f"`{node.text}` is outside {low:g} to {high:g}")
        return complaints.at(node.place, f"expected a number, got {_shown(node)}")

    return read


@shaped(lambda: {"type": "boolean"})
def boolean(node: Node, complaints: Complaints) -> Any:
    """true or false."""
    if isinstance(node, Scalar) and node.tag == "bool":
        return node.text.lower() in ("true", "yes", "on")
    return complaints.at(node.place, f"expected true or false, got {_shown(node)}")


def _measured(parse: Callable[[str], Any], most: float, words: str, shape: Shape) -> Reader:
    """A number with a unit, above 0: a time or a ceiling of nothing is none."""

    @shaped(lambda: shape)
    def read(node: Node, complaints: Complaints) -> Any:
        if not isinstance(node, Scalar):
            return complaints.at(node.place, f"expected a number with a unit, got {_shown(node)}")
        try:
            value = parse(node.text)
        except ValueError as error:
            return complaints.at(node.place, str(error))
        if 0 < value <= most:
            return value
        return complaints.at(node.place, f"`{node.text}` is not above 0 and at most {words}")

    return read


@shaped(lambda: shapes.DATE)
def date(node: Node, complaints: Complaints) -> Any:
    """A calendar day as `2027-01-31`, which is how it is kept."""
    value = text(node, complaints)
    if value is WRONG:
        return value
    try:
        return datetime.date.fromisoformat(value).isoformat()
    except ValueError:
        return complaints.at(node.place, f"`{value}` is not a day", "write it as 2027-01-31")


duration = _measured(parse_duration, LONGEST, "24h", shapes.DURATION)
size = _measured(parse_size, LARGEST, "1000000g", shapes.SIZE)


def choice(*words: str) -> Reader:
    """One of a few words."""

    @shaped(lambda: {"enum": list(words)})
    def read(node: Node, complaints: Complaints) -> Any:
        value = text(node, complaints)
        if value is WRONG or value in words:
            return value
        return complaints.at(node.place, f"unknown word `{value}`", nearest(value, words))

    return read


def list_of(item: Reader) -> Reader:
    """A list, or a single item in place of a list of one."""

    @shaped(lambda: shapes.either(shape_of(item), {"type": "array", "items": shape_of(item)}))
    def read(node: Node, complaints: Complaints) -> Any:
        nodes = node.nodes if isinstance(node, Items) else (node,)
        values = tuple(item(child, complaints) for child in nodes)
        return tuple(value for value in values if value is not WRONG)

    return read


def mapping_of(keys: Reader | tuple[str, ...], item: Reader) -> Reader:
    """A mapping with free keys, or with keys out of a closed list."""

    @shaped(lambda: shapes.mapping(None if callable(keys) else keys, shape_of(item)))
    def read(node: Node, complaints: Complaints) -> Any:
        if not isinstance(node, Fields):
            return complaints.at(node.place, f"expected a mapping, got {_shown(node)}")
        values = {}
        for key, (place, child) in node.entries.items():
            if callable(keys):
                keys(Scalar(place, key, "str"), complaints)
            elif key not in keys:
                complaints.at(place, f"unknown key `{key}`", nearest(key, keys))
                continue
            values[key] = item(child, complaints)
        return {key: value for key, value in values.items() if value is not WRONG}

    return read


@shaped(dict)
def tree(node: Node, complaints: Complaints) -> Any:
    """Free JSON-like data: the request template."""
    if isinstance(node, Fields):
        return {key: tree(child, complaints) for key, (_, child) in node.entries.items()}
    if isinstance(node, Items):
        return [tree(child, complaints) for child in node.nodes]
    if node.tag == "int" and _WHOLE.fullmatch(node.text) and len(node.text) <= MAX_DIGITS:
        return int(node.text)
    if node.tag == "float":
        return number(-sys.float_info.max, sys.float_info.max)(node, complaints)
    if node.tag == "bool":
        return boolean(node, complaints)
    return None if node.tag == "null" else node.text


def key(
    reader: Reader,
    default: Any = dataclasses.MISSING,
    *,
    doc: str,
    shorthand: Reader | None = None,
) -> Any:
    """A manifest key: how it is read, what it is when left out, and a sentence for the docs.

    `shorthand` reads a scalar or list written where the full form is a mapping.
    """
    metadata = {"reader": reader, "doc": doc, "shorthand": shorthand}
    if isinstance(default, (dict, list)):
        frozen = default
        return dataclasses.field(default_factory=lambda: frozen, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def keys_of(type_: Any) -> list[dataclasses.Field[Any]]:
    """The fields of a dataclass that are manifest keys; a value's place in its file is none."""
    return [field for field in dataclasses.fields(type_) if "reader" in field.metadata]


def bind(type_: type[T]) -> Reader:
    """A reader for a mapping whose keys are the fields of a frozen dataclass.

    What was complained about falls back to its default, so that the rest of the file can still be
    looked at; a file with complaints is never used.
    """

    @shaped(lambda: shapes.of_keys(keys_of(type_)))
    def read(node: Node, complaints: Complaints) -> Any:
        if not isinstance(node, Fields):
            return complaints.at(node.place, f"expected a mapping, got {_shown(node)}")
        known = {written(field): field for field in keys_of(type_)}
        values: dict[str, Any] = {}
        for name, (place, child) in node.entries.items():
            field = known.get(name)
            if field is None:
                complaints.at(place, f"unknown key `{name}`", nearest(name, known))
                continue
            values[field.name] = _read_field(field, child, complaints)
        for name, field in known.items():
            if is_required(field) and name not in node.entries:
                values[field.name] = complaints.at(node.place, f"`{name}` is missing",
                                                   field.metadata["doc"])
        if any(values.get(field.name) is WRONG and is_required(field) for field in known.values()):
            return WRONG
        return type_(**{name: value for name, value in values.items() if value is not WRONG})

    return read


def _read_field(field: dataclasses.Field[Any], node: Node, complaints: Complaints) -> Any:
    shorthand: Reader | None = field.metadata["shorthand"]
    if shorthand is not None and not isinstance(node, Fields):
        return shorthand(node, complaints)
    reader: Reader = field.metadata["reader"]
    return reader(node, complaints)
