"""What a change does to its own judge, in words. Pure.

Every difference between base's policy and head's is one edit, and every edit has a direction.
`tighter` is said only where it can be proven; what cannot be proven either way is `replaced`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gatekeeper.cases.file import DEFAULT_CHECKS
from gatekeeper.cases.requirements import read_requirement
from gatekeeper.formats.structured import show_value
from gatekeeper.manifest.render import readable
from gatekeeper.manifest.types import Gate, Manifest, Waiver
from gatekeeper.model import Case, CheckCall, Requirement
from gatekeeper.policy.declared import Declared
from gatekeeper.policy.directions import UNSET, Direction, direction_of
from gatekeeper.policy.view import view


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference between base's policy and head's."""

    direction: Direction
    path: str
    """Dotted manifest key, or `cases.<id>`."""
    words: str

    @property
    def waits(self) -> bool:
        """It does not count until somebody accepts it."""
        return self.direction in (Direction.LOOSER, Direction.REPLACED)

    def __str__(self) -> str:
        return f"{self.words} ({self.direction})"


def compare(
    base: Declared, head: Declared, before: tuple[Case, ...], after: tuple[Case, ...]
) -> tuple[Edit, ...]:
    """Every edit; `before` and `after` are both sides' rows, read under base's standards, so that
    an edit of a standard is told once and not again for each row."""
    one, other = base.manifest, head.manifest
    return (
        *_places(base, head),
        *_gates(one.gates, other.gates),
        *_keys(view(one), view(other)),
        *_checks(one, other),
        *_waivers(one.waivers, other.waivers, before, after),
        *_watch(one, other),
        *_cases(before, after),
        *_own_files(base.own_files, head.own_files),
    )


def _places(base: Declared, head: Declared) -> Iterator[Edit]:
    if base.manifest_path != head.manifest_path:
        yield Edit(Direction.MOVED, "manifest",
                   f"the manifest moves from {base.manifest_path} to {head.manifest_path}")
    elif base.cases_path != head.cases_path:
        yield Edit(Direction.MOVED, "eval.cases",
                   f"the cases move from {base.cases_path} to {head.cases_path}")


def _gates(base: Mapping[str, Gate], head: Mapping[str, Gate]) -> Iterator[Edit]:
    for name, gate in base.items():
        if name in head:
            yield from _gate(name, gate, head[name])
        else:
            asked = ", ".join(one.text for one in gate.until)
            yield Edit(Direction.LOOSER, f"gates.{name}", f"gate {name} is dropped ({asked})")
    for name, gate in head.items():
        if name not in base:
            asked = ", ".join(one.text for one in gate.until)
            yield Edit(Direction.TIGHTER, f"gates.{name}", f"gate {name} is added ({asked})")


def _gate(name: str, base: Gate, head: Gate) -> Iterator[Edit]:
    path, moved = f"gates.{name}", set()
    for one in base.until:
        if any(new.implies(one) for new in head.until):
            continue
        instead = next((new for new in head.until if new.measure == one.measure), None)
        words = f"gate {name} no longer asks for {one.text}"
        if instead is not None:
            moved.add(instead)
            words = f"gate {name} asks for {instead.text} in place of {one.text}"
        yield Edit(Direction.LOOSER, path, words)
    for new in head.until:
        if new in moved or any(one.implies(new) for one in base.until):
            continue
        instead = next((one for one in base.until if new.implies(one)), None)
        words = f"gate {name} also asks for {new.text}"
        if instead is not None:
            words = f"gate {name} asks for {new.text} in place of {instead.text}"
        yield Edit(Direction.TIGHTER, path, words)
    for events, direction, verb in (
        ([e for e in base.blocks if e not in head.blocks], Direction.LOOSER, "no longer blocks"),
        ([e for e in head.blocks if e not in base.blocks], Direction.TIGHTER, "also blocks"),
    ):
        if events:
            yield Edit(direction, path, f"gate {name} {verb} {', '.join(events)}")


_WHOLE = ("contract.request", "service.sandbox.tmpfs", "judge.request", "service.start",
          "service.stop.command")
_TOLD_APART = ("gates", "eval.checks", "waivers", "drill")


def _keys(base: Mapping[str, Any], head: Mapping[str, Any]) -> Iterator[Edit]:
    before, after = dict(_leaves(base)), dict(_leaves(head))
    for path in sorted(before.keys() | after.keys()):
        one, other = before.get(path), after.get(path)
        if one in UNSET and other in UNSET:  # a mapping that is empty on one side
            continue
        if json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True):  # 1 is not true
            written = _written(path)
            words = f"{written}: {_shown(path, one)} → {_shown(path, other)}"
            yield Edit(direction_of(path, one, other), written, words)


def _written(path: str) -> str:
    """A key as it stands in the manifest: secrets stand among the variables."""
    variable = path.removeprefix("service.secrets.")
    return path if variable == path else f"service.environment.{variable}.secret"


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if path in _TOLD_APART:
        return
    if isinstance(value, dict) and value and path not in _WHOLE:
        for name, item in value.items():
            yield from _leaves(item, f"{path}.{name}" if path else name)
    else:
        yield path, value


def _shown(path: str, value: Any) -> str:
    return "absent" if value in UNSET else show_value(
        readable(value, path.rpartition(".")[2]))


def _checks(base: Manifest, head: Manifest) -> Iterator[Edit]:
    for risk in DEFAULT_CHECKS:
        usual = tuple(read_requirement(text) for text in DEFAULT_CHECKS[risk])
        one, other = (side.eval.checks.get(risk, usual) for side in (base, head))
        if _sets(one) != _sets(other):
            yield Edit(_held_to(one, other), f"eval.checks.{risk}",
                       f"rows of risk {risk} that name no checks: {_named(one)} → {_named(other)}; "
                       "they run as both versions")


def _held_to(before: tuple[Requirement, ...], after: tuple[Requirement, ...]) -> Direction:
    if all(any(_implies(new, one) for new in after) for one in before):
        return Direction.TIGHTER
    if all(any(_implies(one, new) for one in before) for new in after):
        return Direction.LOOSER
    return Direction.REPLACED


def _sets(requirements: tuple[Requirement, ...]) -> frozenset[frozenset[CheckCall]]:
    """What is held, whatever the order it is written in."""
    return frozenset(frozenset(one.alternatives) for one in requirements)


def _implies(one: Requirement, other: Requirement) -> bool:
    return set(one.alternatives) <= set(other.alternatives)


def _named(requirements: tuple[Requirement, ...]) -> str:
    return ", ".join(map(str, requirements)) or "nothing"


def _waivers(
    base: tuple[Waiver, ...], head: tuple[Waiver, ...], rows: tuple[Case, ...],
    rows_after: tuple[Case, ...],
) -> Iterator[Edit]:
    named = {waiver.case for waiver in (*base, *head)}
    cases, left = ({case.case_id for case in side if case.case_id in named}
                   for side in (rows, rows_after))
    before, after = ({waiver.case: waiver for waiver in side} for side in (base, head))
    for name in sorted(before.keys() | after.keys()):
        one, other, path = before.get(name), after.get(name), f"waivers.{name}"
        if other is None and name not in left:
            yield Edit(Direction.MOVED, path, f"the waiver of case {name} goes with the case")
        elif other is None:
            yield Edit(Direction.TIGHTER, path, f"the waiver of case {name} is dropped")
        elif one is None and name in cases:
            yield Edit(Direction.LOOSER, path, f"case {name} is waived until {other.expires}")
        elif one is None:
            yield Edit(Direction.TIGHTER, path, f"case {name} is added with a waiver until "
                       f"{other.expires}")
        if one is None or other is None:
            continue
        if one.expires != other.expires:
            longer = other.expires > one.expires
            yield Edit(Direction.LOOSER if longer else Direction.TIGHTER, path,
                       f"the waiver of case {name} is {'prolonged' if longer else 'shortened'}: "
                       f"{one.expires} → {other.expires}")
        if (one.reason, one.owner) != (other.reason, other.owner):
            yield Edit(Direction.REPLACED, path, f"the waiver of case {name} is reworded")


def _watch(base: Manifest, head: Manifest) -> Iterator[Edit]:
    for kind in dict.fromkeys((*base.watch, *head.watch)):
        one, other = base.watch.get(kind, ()), head.watch.get(kind, ())
        for pattern in (p for p in one if p not in other):
            yield Edit(Direction.LOOSER, f"watch.{kind}",
                       f"watch.{kind} no longer names {pattern}; what either side watches counts")
        for pattern in (p for p in other if p not in one):
            yield Edit(Direction.TIGHTER, f"watch.{kind}", f"watch.{kind} also names {pattern}")


def same_case(one: Case, other: Case) -> bool:
    """Whether two versions of a row ask and hold the same."""
    return (one.prompt, one.risk, _sets(one.requirements)) == (
        other.prompt, other.risk, _sets(other.requirements))


def _cases(base: tuple[Case, ...], head: tuple[Case, ...]) -> Iterator[Edit]:
    if base == head:
        return
    before, after = ({case.case_id: case for case in side} for side in (base, head))
    for case_id in dict.fromkeys((*before, *after)):
        one, other, path = before.get(case_id), after.get(case_id), f"cases.{case_id}"
        if one is None:
            yield Edit(Direction.TIGHTER, path, f"case {case_id} is added")
        elif other is None:
            yield Edit(Direction.LOOSER, path, f"case {case_id} is removed; it still runs")
        elif not same_case(one, other):
            yield _edited(path, one, other)


def _own_files(base: Mapping[str, bytes], head: Mapping[str, bytes]) -> Iterator[Edit]:
    """A file that only base has goes with the rows that name it."""
    for name, content in head.items():
        path = f"own_checks.{name}"
        if name not in base:
            yield Edit(Direction.REPLACED, path, f"the own check {name} is new to base: it is not "
                       "run")
        elif base[name] != content:
            yield Edit(Direction.REPLACED, path, f"the own check {name} is edited: base's is run")


def _edited(path: str, one: Case, other: Case) -> Edit:
    both = f"it runs as {one.case_id}@base and {one.case_id}@head"
    if (one.prompt, one.risk) != (other.prompt, other.risk):
        return Edit(Direction.REPLACED, path, f"case {one.case_id} is edited; {both}")
    direction = _held_to(one.requirements, other.requirements)
    word = {Direction.TIGHTER: "is held to more", Direction.LOOSER: "is made easier"}.get(
        direction, "is held to something else")
    return Edit(direction, path, f"case {one.case_id} {word}: {_named(one.requirements)} → "
                f"{_named(other.requirements)}; {both}")
