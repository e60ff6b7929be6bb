"""Checks on the form of a JSON answer."""

from __future__ import annotations

from gatekeeper.checks.jsontext import NotJson, at_path, find_json
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
from gatekeeper.outcome import Finding


def _not_json(error: NotJson, exchange: Exchange) -> str:
    return f"not JSON: {error}: {excerpt(exchange.answer.text, 60)}"


def _is_json(call: CheckCall, exchange: Exchange) -> Finding:
    try:
        found = find_json(exchange.answer.text)
    except NotJson as error:
        return broken("valid JSON", _not_json(error, exchange))
    return either(found.bare, "valid JSON and nothing else", found.extra() or "JSON")


def _contains_json(call: CheckCall, exchange: Exchange) -> Finding:
    try:
        find_json(exchange.answer.text)
    except NotJson as error:
        return broken("JSON somewhere in the answer", _not_json(error, exchange))
    return held("JSON somewhere in the answer", "JSON")


def _required_keys(call: CheckCall, exchange: Exchange) -> Finding:
    expected = f"JSON with the keys {', '.join(items(call.argument))}"
    try:
        found = find_json(exchange.answer.text)
    except NotJson as error:
        return broken(expected, _not_json(error, exchange))
    missing = [path for path in items(call.argument) if not at_path(found.value, path)]
    return either(not missing, expected, f"JSON key missing: {', '.join(missing) or 'none'}")


def _no_extra_prose(call: CheckCall, exchange: Exchange) -> Finding:
    try:
        found = find_json(exchange.answer.text)
    except NotJson as error:
        return broken("JSON without extra prose", _not_json(error, exchange))
    return either(found.bare, "JSON without extra prose", found.extra() or "JSON alone")


JSON_CHECKS = (
    Check("is-json", "The whole answer is one strict JSON object or array: no fence, no prose, no "
          "duplicate key, no NaN.", "A parser reads it; not that its values are right.", _is_json),
    Check("contains-json", "There is a strict JSON value in the answer, bare, fenced or in prose.",
          "A lenient reader finds it; a strict one may not.", _contains_json),
    Check("required-keys", "The JSON in the answer has every key of a comma-separated list; "
          "`a.b`, `a.0` and `a.*` reach into it.", "The keys are there; not their values.",
          _required_keys, needs_items),
    Check("no-extra-prose", "Nothing stands before, after or round the JSON.",
          "The form alone.", _no_extra_prose),
)
