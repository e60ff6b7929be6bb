"""What changed between base and head, by kind and with values. Pure.

Watched files are compared by value where they are YAML, JSON or TOML; whatever else is in the build
context and not ignored is code; the judge's own files are cases, gates and contract. What cannot be
read on one side has changed.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from gatekeeper.canonical import plain
from gatekeeper.globs import DockerIgnore, matches
from gatekeeper.manifest.types import SERVICE_KEYS, Manifest
from gatekeeper.model import Change, ChangeKind, Side
from gatekeeper.policy.declared import Declared
from gatekeeper.policy.edits import Edit
from gatekeeper.ports import DiffEntry
from gatekeeper.structured import (
    ABSENT,
    MISSING,
    Unparsable,
    at_pointer,
    is_structured,
    parse_structured,
    same_value,
    show_value,
    without_pointers,
)


@dataclass(frozen=True, slots=True)
class _Watch:
    kind: ChangeKind
    path: str
    pointer: str


Read = Callable[[Side, str], bytes | None]


class _Classifier:
    def __init__(self, base: Declared | None, head: Declared, read: Read) -> None:
        self.read = read
        self.sides = [side for side in (base, head) if side is not None]
        self.folder = head.folder
        self.own_files = {path for side in self.sides
                          for path in (side.manifest_path, side.cases_path)}
        self.watches = list(_watches(side.manifest for side in self.sides))
        self.contexts = [self._context(side, name) for side, name in
                         zip(self.sides, (Side.BASE, Side.HEAD)[-len(self.sides):], strict=True)]

    def _context(self, declared: Declared, side: Side) -> tuple[str, DockerIgnore] | None:
        service = declared.manifest.service
        if service.image and not service.command:
            return None
        folder = declared.path(service.build.context if service.build else ".")
        folder = "" if folder == "." else folder
        content = self.read(side, posixpath.join(folder, ".dockerignore"))
        return folder, DockerIgnore((content or b"").decode("utf-8", "replace"))

    def classify(self, entry: DiffEntry) -> Iterator[Change]:
        if entry.path in self.own_files:
            return
        inside = _below(entry.path, self.folder)
        whole = [w for w in self.watches if inside and not w.pointer and matches(inside, w.path)]
        keyed = [w for w in self.watches if inside and w.pointer and matches(inside, w.path)]
        if keyed:
            yield from self._by_pointer(entry, keyed, whole)
        elif whole:
            yield from self._whole(entry, whole)
        elif self._is_code(entry.path):
            yield Change(ChangeKind.CODE, entry.path, note=entry.note)

    def _is_code(self, path: str) -> bool:
        for context in self.contexts:
            if context is not None:
                inside = _below(path, context[0])
                if inside and not context[1].ignores(inside):
                    return True
        return False

    def _values(self, path: str) -> tuple[object, object]:
        values = []
        for side in (Side.BASE, Side.HEAD):
            content = self.read(side, path)
            values.append(MISSING if content is None else parse_structured(path, content))
        return values[0], values[1]

    def _whole(self, entry: DiffEntry, watches: list[_Watch]) -> Iterator[Change]:
        if entry.status == "M" and not entry.same_content and is_structured(entry.path):
            try:
                if same_value(*self._values(entry.path)):
                    return
            except Unparsable:
                pass  # whole files need not parse to be compared: their bytes differ
        for kind in dict.fromkeys(watch.kind for watch in watches):
            yield Change(kind, entry.path, note=entry.note)

    def _by_pointer(
        self, entry: DiffEntry, watches: list[_Watch], whole: list[_Watch]
    ) -> Iterator[Change]:
        try:
            before, after = self._values(entry.path)
        except Unparsable as error:
            for kind in dict.fromkeys(watch.kind for watch in [*watches, *whole]):
                yield Change(kind, entry.path, note=f"cannot be compared by value: {error}")
            return
        for watch in watches:
            one, other = at_pointer(before, watch.pointer), at_pointer(after, watch.pointer)
            if not same_value(one, other):
                shown = show_value(one), show_value(other)
                if shown[0] == shown[1]:  # the type differs: 1 and "1"
                    shown = repr(one), repr(other)
                yield Change(watch.kind, entry.path, watch.pointer, *shown)
        pointers = [watch.pointer for watch in watches]
        rest = (without_pointers(before, pointers), without_pointers(after, pointers))
        if not same_value(*rest) or entry.same_content:
            kinds = dict.fromkeys(watch.kind for watch in whole)
            for kind in kinds or [ChangeKind.CODE] * self._is_code(entry.path):
                yield Change(kind, entry.path, note="other keys edited")


def _watches(manifests: Iterable[Manifest]) -> Iterator[_Watch]:
    seen = set()
    for manifest in manifests:
        for kind, patterns in manifest.watch.items():
            for pattern in patterns:
                path, _, pointer = pattern.partition("#")
                watch = _Watch(ChangeKind(kind), path, pointer)
                if watch not in seen:
                    seen.add(watch)
                    yield watch


def _below(path: str, folder: str) -> str:
    """The path relative to a folder; empty when it is not below it."""
    if not folder:
        return path
    return path[len(folder) + 1 :] if path.startswith(folder + "/") else ""


def classify(
    entries: Iterable[DiffEntry],
    base: Declared | None,
    head: Declared,
    edits: Iterable[Edit],
    read: Read,
) -> tuple[Change, ...]:
    """Every change that counts, by kind; empty when nothing that counts changed."""
    order = list(ChangeKind)
    classifier = _Classifier(base, head, read)
    changes = [change for entry in entries for change in classifier.classify(entry)]
    if base is not None:
        changes += _service_changes(base, head)
        changes += [_policy_change(edit, head) for edit in edits]
    else:
        changes.append(Change(ChangeKind.GATES, head.manifest_path, note="adopted"))
    return tuple(sorted(dict.fromkeys(changes), key=lambda c: (order.index(c.kind), c.path)))


def _service_changes(base: Declared, head: Declared) -> Iterator[Change]:
    before, after = plain(base.manifest), plain(head.manifest)
    for key in sorted(SERVICE_KEYS):
        one, other = before, after
        for name in key.split("."):
            one, other = one[name], other[name]
        if one != other:
            yield Change(ChangeKind.RUNTIME, head.manifest_path, "/" + key.replace(".", "/"),
                         _or_absent(one), _or_absent(other))


def _or_absent(value: object) -> str:
    return show_value(value) if value not in (None, "", {}, []) else ABSENT


def _policy_change(edit: Edit, head: Declared) -> Change:
    if edit.path.startswith("cases."):
        return Change(ChangeKind.CASES, head.cases_path, note=str(edit))
    kind = ChangeKind.CONTRACT if edit.path.startswith("contract") else ChangeKind.GATES
    return Change(kind, head.manifest_path, note=str(edit))
