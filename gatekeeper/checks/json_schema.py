"""JSON held against a JSON Schema of draft 7 or 2020-12, by the `jsonschema` library.

Imported only where a row has a schema. The schema is base's and trusted; the JSON is not: patterns
run with a time limit, and nothing is fetched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

import regex

from gatekeeper.checks.jsontext import NotJson, parse_json
from gatekeeper.checks.kinds import excerpt

SECONDS = 1.0
"""A pattern of a schema that takes longer on one value is stopped."""
MOST_FAULTS = 3
MAX_LETTERS = 1_000_000
"""JSON that is longer when written out is not held against a schema."""
DRAFTS = {
    "": "Draft202012Validator",
    "https://json-schema.org/draft/2020-12/schema": "Draft202012Validator",
    "http://json-schema.org/draft-07/schema": "Draft7Validator",
    "https://json-schema.org/draft-07/schema": "Draft7Validator",
}
"""What `$schema` says -> the validator; 2020-12 where it says nothing."""
_SAYS_NOTHING = frozenset(("$schema", "$id", "$comment", "$defs", "definitions", "title",
                           "description", "default", "examples"))
_PROBES: tuple[Any, ...] = ({}, {"a": {"b": [None]}}, [], [[{}]])


class Undecided(Exception):
    """The schema could not be held against a value; says why."""


def lint_schema(text: str) -> str:
    """Why a schema is unusable, asks for nothing or can never hold; empty when it is fine."""
    try:
        schema = parse_json(text)
    except NotJson as error:
        return f"the schema is not JSON: {error}"
    if schema is False:
        return "the schema takes no value: it can never hold"
    if not isinstance(schema, dict):
        return "a schema is a JSON object"
    if _draft(schema) is None:
        return (f"`$schema` {schema['$schema']!r} is not known: use "
                "https://json-schema.org/draft/2020-12/schema or "
                "http://json-schema.org/draft-07/schema#")
    return _fault_of_schema(text, schema) or _idle(schema) or _unheld(text)


def _idle(schema: dict[str, Any]) -> str:
    types = schema.get("type", [])
    named = {types} if isinstance(types, str) else set(types)
    if named and not named & {"object", "array"}:
        return "the JSON of an answer is an object or an array: the schema can never hold"
    asked = schema.keys() - _SAYS_NOTHING
    if not asked or (asked == {"type"} and named >= {"object", "array"}):
        return "the schema takes every object and array: leave it out"
    return ""


def _unheld(text: str) -> str:
    """Why nothing can be held against it: a reference into nowhere, or round in a circle."""
    try:
        for probe in _PROBES:
            faults_in(probe, text)
    except Undecided as error:
        return str(error)
    return ""


def _draft(schema: dict[str, Any]) -> str | None:
    return DRAFTS.get(str(schema.get("$schema", "")).rstrip("#"))


def _fault_of_schema(text: str, schema: dict[str, Any]) -> str:
    import jsonschema.exceptions  # noqa: PLC0415 - 60 ms, and most rows have no schema

    try:
        _validator(text).check_schema(schema)
    except jsonschema.exceptions.SchemaError as error:
        return f"not a schema at {_pointer(error.absolute_path)}: {excerpt(error.message, 160)}"
    return ""


def faults_in(value: Any, text: str) -> list[str]:
    """What is wrong with a value by the schema in a text, with JSON pointers; Undecided where the
    schema cannot be held against it."""
    import referencing.exceptions  # noqa: PLC0415

    if len(json.dumps(value)) > MAX_LETTERS:
        raise Undecided("the JSON is too large to be held against a schema")
    try:
        faults = islice(_validator(text).iter_errors(value), MOST_FAULTS)
        return [f"at {_pointer(one.absolute_path)}: {excerpt(one.message, 120)}" for one in faults]
    except referencing.exceptions.Unresolvable as error:
        raise Undecided(f"the schema refers to {error.ref!r}, which is not in it") from None
    except RecursionError:
        raise Undecided("the schema refers to itself without end") from None
    except regex.error as error:
        raise Undecided(f"a pattern of the schema is not one: {error}") from None
    except TimeoutError:
        raise Undecided(f"a pattern of the schema did not finish within {SECONDS:g} s") from None


def _pointer(path: Any) -> str:
    return "".join(f"/{part}" for part in path) or "/"


@lru_cache(maxsize=128)
def _validator(text: str) -> Any:
    import jsonschema  # noqa: PLC0415
    import referencing  # noqa: PLC0415

    schema = parse_json(text)
    known = getattr(jsonschema, _draft(schema) or "Draft202012Validator")
    extend: Any = jsonschema.validators.extend
    ours = extend(known, {
        "pattern": _pattern, "patternProperties": _pattern_properties, "uniqueItems": _unique})
    return ours(schema, registry=referencing.Registry())


def _found(pattern: str, text: str) -> bool:
    return regex.search(pattern, text, timeout=SECONDS) is not None


def _pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[Any]:
    import jsonschema  # noqa: PLC0415

    if isinstance(value, str) and not _found(pattern, value):
        yield jsonschema.ValidationError(f"{excerpt(value, 60)} does not match /{pattern}/")


def _pattern_properties(
    validator: Any, patterns: dict[str, Any], value: Any, schema: Any
) -> Iterator[Any]:
    if isinstance(value, dict):
        for pattern, inner in patterns.items():
            for name, one in value.items():
                if _found(pattern, name):
                    yield from validator.descend(one, inner, path=name, schema_path=pattern)


def _unique(validator: Any, wanted: bool, value: Any, schema: Any) -> Iterator[Any]:
    """In time that grows with the list, which the library's own does not."""
    import jsonschema  # noqa: PLC0415

    if wanted and isinstance(value, list):
        written = [json.dumps(_plain(one), sort_keys=True) for one in value]
        if len(set(written)) < len(written):
            yield jsonschema.ValidationError("an item is given twice")


def _plain(value: Any) -> Any:
    """With 1.0 as 1, which JSON Schema holds to be the same."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
