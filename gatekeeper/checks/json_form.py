"""Checks on the form of a JSON answer."""

from __future__ import annotations

from gatekeeper.checks.json_schema import Undecided, faults_in, lint_schema
from gatekeeper.checks.jsontext import Found, NotJson, at_path, find_json
from gatekeeper.checks.kinds import (
    Check,
    Exchange,
    broken,
    either,
    excerpt,
    held,
    items,
    needs_items,
)
from gatekeeper.model import CheckCall
from gatekeeper.outcome import CheckStatus, Finding


def _not_json(error: NotJson, exchange: Exchange) -> str:
    return f"not JSON: {error}: {excerpt(exchange.answer.text, 60)}"


def _is_json(call: CheckCall, exchange: Exchange) -> Finding:
    expected = "valid JSON and nothing else" + _by_schema(call)
    try:
        found = find_json(exchange.answer.text)
    except NotJson as error:
        return broken("valid JSON" + _by_schema(call), _not_json(error, exchange))
    if not found.bare:
        return broken(expected, found.extra())
    return _held_by_schema(call, found, expected)


def _contains_json(call: CheckCall, exchange: Exchange) -> Finding:
    expected = "JSON somewhere in the answer" + _by_schema(call)
    try:
        found = find_json(exchange.answer.text)
    except NotJson as error:
        return broken(expected, _not_json(error, exchange))
    return _held_by_schema(call, found, expected)


def _by_schema(call: CheckCall) -> str:
    return f", by the schema {excerpt(call.argument, 60)}" if call.argument else ""


def _held_by_schema(call: CheckCall, found: Found, expected: str) -> Finding:
    if not call.argument:
        return held(expected, found.form)
    try:
        faults = faults_in(found.value, call.argument)
    except Undecided as error:
        return Finding(CheckStatus.UNMEASURED, expected, str(error))
    return either(not faults, expected, "; ".join(faults) or found.form)


def _lint_schema(call: CheckCall) -> str:
    return lint_schema(call.argument) if call.argument else ""


def _required_keys(call: CheckCall, exchange: Exchange) -> Finding:
    expected = f"JSON with the keys {', '.join(items(call.argument))}"
    try:
        found = find_json(exchange.answer.text)
    except NotJson as error:
        return broken(expected, _not_json(error, exchange))
    missing = [path for path in items(call.argument) if not at_path(found.value, path)]
    return either(not missing, expected, f"JSON key missing: {', '.join(missing) or 'none'}")


def _lint_keys(call: CheckCall) -> str:
    for path in items(call.argument):
        parts = path.split(".")
        if "" in parts:
            return f"`{path}` has an empty part: no key is there, so it can never hold"
        if parts.count("**") > 1 or parts[-1] == "**":
            return f"`{path}`: `**` stands once, before a key that may be at any depth"
    return needs_items(call)


def _no_extra_prose(call: CheckCall, exchange: Exchange) -> Finding:
    try:
        found = find_json(exchange.answer.text)
    except NotJson as error:
        return broken("JSON without extra prose", _not_json(error, exchange))
    return either(found.bare, "JSON without extra prose", found.extra() or found.form)


JSON_CHECKS = (
    Check("is-json", "The whole answer is one strict JSON object or array: no fence, no prose, no "
          "duplicate key, no NaN; `is-json:SCHEMA` holds it against a JSON Schema too, of draft "
          "2020-12, or of draft 7 where `$schema` says so.",
          "A parser reads it, and the schema takes it; not that its values are right.", _is_json,
          _lint_schema),
    Check("contains-json", "There is a strict JSON value in the answer, bare, fenced or in prose; "
          "`contains-json:SCHEMA` as above.",
          "A lenient reader finds it; not that a strict one does.", _contains_json, _lint_schema),
    Check("required-keys", "The JSON in the answer has every key of a comma-separated list; "
          "`a.b`, `a.0` and `a.*` reach into it, and `**.a` is a key at any depth.",
          "The keys are there; not their values.", _required_keys, _lint_keys),
    Check("no-extra-prose", "Nothing stands before, after or round the JSON.",
          "The form; not what is in it.", _no_extra_prose),
)
