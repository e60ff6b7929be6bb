"""YAML, JSON and TOML files compared by value: a comment, a quote or key order is no change."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import yaml

from gatekeeper.formats.yamltext import LOADER, nests_too_deep

MAX_BYTES = 1_000_000
MAX_VALUES = 50_000
MAX_DEPTH = 100
MAX_SHOWN = 80
"""Characters of a value in a report."""
ABSENT = "absent"
"""How a missing value reads in a report."""

_PLAIN_12 = re.compile(
    r"~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)"
    r"|\.(?:nan|NaN|NAN)|y|Y|n|N|")
"""Plain scalars that YAML 1.2's core schema does not read as text (yaml.org/spec/1.2.2, 10.3.2)."""
_TEXT = "tag:yaml.org,2002:str"


class Unparsable(Exception):
    """The file cannot be read as what its name says."""


class Plain(str):
    """A YAML scalar that some reader takes for something else than text, as it is written: what it
    means is the service's affair, and `no`, `false` and `'no'` are three values."""

    def __repr__(self) -> str:
        return str(self)


class Missing:
    """A pointer leads nowhere. One instance, compared by identity."""

    def __repr__(self) -> str:
        return ABSENT


MISSING = Missing()


def is_structured(path: str) -> bool:
    """Whether the name promises YAML, JSON or TOML."""
    return path.lower().endswith((".yaml", ".yml", ".json", ".toml"))


def parse_structured(path: str, content: bytes) -> Any:
    """The value of a file; Unparsable when it is not what its name says, has no end, or can be read
    in more than one way."""
    if len(content) > MAX_BYTES:
        raise Unparsable(f"larger than {MAX_BYTES} bytes")
    try:
        text = content.decode("utf-8")
        if text.startswith("\ufeff"):
            raise Unparsable("starts with a byte order mark")
        if path.lower().endswith(".toml"):
            value: Any = tomllib.loads(text)
        elif path.lower().endswith(".json"):
            value = json.loads(text, object_pairs_hook=_without_duplicates)
        else:
            value = _read_yaml(text)
        _bounded(value)
    except RecursionError:
        raise Unparsable("nests without end") from None
    except yaml.YAMLError as error:
        if nests_too_deep(error):
            raise Unparsable("nests without end") from None
        raise Unparsable(" ".join(str(error).split())[:200]) from None
    except ValueError as error:  # JSON, TOML, encoding
        raise Unparsable(str(error)[:200]) from None
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Unparsable("a key is given twice")
    return value


def _read_yaml(text: str) -> Any:
    """One document as mappings, lists and scalars. Depth is looked at by events first: libyaml's
    composer overruns its stack on deep nesting, and takes the process with it. A tag or a version
    says how a value is to be read, which is the service's affair."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.DocumentStartEvent) and event.version:
            raise Unparsable("says which YAML it is written in")
        tag = getattr(event, "tag", None)
        if tag:
            raise Unparsable(f"gives a value the tag {tag}")
        if depth > MAX_DEPTH:
            raise Unparsable(f"nests deeper than {MAX_DEPTH}")
    root = yaml.compose(text, Loader=LOADER)
    return None if root is None else _YamlReader().value(root)


class _YamlReader:
    def __init__(self) -> None:
        self._budget = MAX_VALUES

    def value(self, node: yaml.Node) -> Any:
        self._budget -= 1
        if self._budget < 0:  # aliases can make a small file endless to walk
            raise Unparsable(f"holds more than {MAX_VALUES} values")
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child) for child in node.value]
        return _without_duplicates([(self._key(key), self.value(child))
                                    for key, child in node.value])

    def _key(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise Unparsable("a key is not plain text")
        self._budget -= 1
        return _scalar(node)


def _scalar(node: yaml.ScalarNode) -> str:
    plain = not node.style  # libyaml says "", PyYAML's own parser None
    if plain and (node.tag != _TEXT or _PLAIN_12.fullmatch(node.value)):
        return Plain(node.value)
    return str(node.value)


def _bounded(value: Any) -> None:
    """Depth and size are bounded before anything compares."""
    level, seen = [value], 0
    for _ in range(MAX_DEPTH):
        seen += len(level)
        if seen > MAX_VALUES:
            raise Unparsable(f"holds more than {MAX_VALUES} values")
        level = [child for item in level if isinstance(item, (dict, list))
                 for child in (item.values() if isinstance(item, dict) else item)]
        if not level:
            return
    raise Unparsable(f"nests deeper than {MAX_DEPTH}")


def at_pointer(value: Any, pointer: str) -> Any:
    """The value at a JSON pointer (RFC 6901); MISSING where it leads nowhere."""
    if pointer in ("", "/"):
        return value
    for name in pointer_parts(pointer):
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return MISSING
    return value


def pointer_parts(pointer: str) -> list[str]:
    """The names on the way to a value."""
    return [part.replace("~1", "/").replace("~0", "~")
            for part in pointer.removeprefix("/").split("/")]


def without_pointers(value: Any, pointers: list[str]) -> Any:
    """The value with the watched keys taken out: what is left of the file."""
    return _without(value, [pointer_parts(pointer) for pointer in pointers])


def _without(value: Any, paths: list[list[str]]) -> Any:
    """An item of a list leaves a gap, so that those behind it keep their places."""
    gone = {path[0] for path in paths if len(path) == 1}

    def rest(name: str, item: Any) -> Any:
        return _without(item, [path[1:] for path in paths if len(path) > 1 and path[0] == name])

    if isinstance(value, dict):
        return {name: rest(name, item) for name, item in value.items() if name not in gone}
    if isinstance(value, list):
        return [None if str(i) in gone else rest(str(i), item) for i, item in enumerate(value)]
    return value


def same_value(one: Any, other: Any) -> bool:
    """Equality in which a type counts: 1, 1.0, true and '1' are four values."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return _keys(one) == _keys(other) and all(same_value(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(
            same_value(a, b) for a, b in zip(one, other, strict=True)
        )
    if isinstance(one, str):
        return bool(one == other)
    return repr(one) == repr(other)  # NaN is the same as NaN, 07:00Z is not 08:00+01:00


def same_way(one: Any, other: Any, pointer: str) -> bool:
    """Whether the keys on the way to a value are of one kind on both sides: `1` is not `'1'`."""
    for name in pointer_parts(pointer):
        if not (isinstance(one, dict) and isinstance(other, dict)
                and name in one and name in other):
            return True
        kinds = [next(type(key) for key in side if key == name) for side in (one, other)]
        if kinds[0] is not kinds[1]:
            return False
        one, other = one[name], other[name]
    return True


def _keys(value: dict[str, Any]) -> set[tuple[str, type]]:
    return {(name, type(name)) for name in value}


def show_value(value: Any) -> str:
    """A value on one line for a person, in JSON's manner; a plain scalar as it is written."""
    if value is MISSING:
        return ABSENT
    shown = value if isinstance(value, str) else _in_json(value)
    return shown if len(shown) <= MAX_SHOWN else shown[: MAX_SHOWN - 1] + "…"


def _in_json(value: Any) -> str:
    if isinstance(value, dict):
        members = (f"{json.dumps(str(name), ensure_ascii=False)}: {_in_json(value[name])}"
                   for name in sorted(value, key=str))
        return f"{{{', '.join(members)}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_in_json, value))}]"
    if isinstance(value, Plain):
        return str(value)
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return str(value)
