"""What a reader accepts, as JSON Schema: for editors, which know nothing of readers.

A reader without a shape accepts anything there: an editor that marks what is right is switched off.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Shape = dict[str, Any]
R = TypeVar("R", bound=Callable[..., Any])

TEXT: Shape = {"type": ["string", "number", "boolean"]}
"""Any scalar: YAML reads `1.0` as a number, and a manifest means the text."""
NAME: Shape = {"type": "string", "pattern": "^[^=]+$"}
PATH: Shape = {"type": "string", "pattern": "^/[!-~]*$"}
DATE: Shape = {"type": "string", "format": "date", "examples": ["2027-01-31"]}
MOMENT: Shape = {"type": "string", "pattern": "^[0-9]{4}.*([zZ]|[+-][0-9:.]+)$",
                 "examples": ["2027-01-31T18:00Z"]}
DURATION: Shape = {"type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*([mM]?[sS]|[mMhH])\s*$",
                   "examples": ["500ms", "30s", "2m"]}
SIZE: Shape = {"type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*[kKmMgG]\s*$",
               "examples": ["256m", "2g"]}


def shaped(shape: Callable[[], Shape]) -> Callable[[R], R]:
    """Say what a reader accepts; asked only when the schema is written."""

    def mark(reader: R) -> R:
        reader.shape = shape  # type: ignore[attr-defined]
        return reader

    return mark


def shape_of(reader: Callable[..., Any]) -> Shape:
    """What a reader accepts."""
    shape: Callable[[], Shape] = getattr(reader, "shape", dict)
    return shape()


def either(*shapes: Shape) -> Shape:
    """Any of some shapes; one that accepts anything makes the rest needless."""
    if any(not shape for shape in shapes):
        return {}
    return shapes[0] if len(shapes) == 1 else {"anyOf": list(shapes)}


def mapping(keys: tuple[str, ...] | None, item: Shape) -> Shape:
    """A mapping with free keys, or with keys out of a closed list."""
    if keys is None:
        return {"type": "object", "additionalProperties": item}
    return {"type": "object", "properties": dict.fromkeys(keys, item),
            "additionalProperties": False}


def is_required(field: dataclasses.Field[Any]) -> bool:
    """Whether a manifest key must be there."""
    return field.default is field.default_factory is dataclasses.MISSING


def written(field: dataclasses.Field[Any]) -> str:
    """A key as a manifest has it: `from` is Python's own word, and its field is `from_`."""
    return field.name.rstrip("_")


def of_keys(fields: Sequence[dataclasses.Field[Any]]) -> Shape:
    """A mapping whose keys are fields of a dataclass that say how they are read."""
    required = [written(field) for field in fields if is_required(field)]
    return {"type": "object", "properties": {written(one): _of_key(one) for one in fields},
            "additionalProperties": False, **({"required": required} if required else {})}


def _of_key(field: dataclasses.Field[Any]) -> Shape:
    readers = [field.metadata["reader"], field.metadata["shorthand"]]
    shape = either(*(shape_of(reader) for reader in readers if reader is not None))
    told = field.default and isinstance(field.default, (bool, int, str)) and \
        shape not in (SIZE, DURATION)  # which are kept without their unit
    return {"description": field.metadata["doc"],
            **({"default": field.default} if told else {}), **shape}
