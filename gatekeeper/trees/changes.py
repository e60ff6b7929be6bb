"""What changed between base and head, by kind and with values. Pure.

Watched files are compared by value where they are YAML, JSON or TOML; whatever else is in the build
context and not ignored is code; the judge's own files are cases, gates and contract. What cannot be
read on one side has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from gatekeeper.formats.canonical import plain
from gatekeeper.formats.globs import matches
from gatekeeper.formats.places import line_of
from gatekeeper.formats.structured import (
    ABSENT,
    MISSING,
    Unparsable,
    at_pointer,
    is_structured,
    parse_structured,
    same_value,
    same_way,
    show_value,
    without_pointers,
)
from gatekeeper.manifest.models import Model
from gatekeeper.manifest.types import SERVICE_KEYS, Manifest
from gatekeeper.model import Change, ChangeKind, Side
from gatekeeper.policy.declared import Declared
from gatekeeper.policy.edits import Edit
from gatekeeper.ports import SUBMODULE, SYMLINK, DiffEntry
from gatekeeper.trees.context import context_of
from gatekeeper.trees.pointers import named_by_digest


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
        self.sources = {side.path(side.manifest.eval.sources) for side in self.sides
                        if side.manifest.eval.sources}
        self.contexts = [
            context_of(one.manifest.service, one.folder, partial(read, side))
            for side, one in ((Side.BASE, base), (Side.HEAD, head)) if one is not None
        ]

    def classify(self, entry: DiffEntry) -> Iterator[Change]:
        inside = _below(entry.path, self.folder)
        whole = [w for w in self.watches if inside and not w.pointer and matches(inside, w.path)]
        keyed = [w for w in self.watches if inside and w.pointer and matches(inside, w.path)]
        if keyed and SYMLINK not in entry.modes:
            yield from self._by_pointer(entry, keyed, whole)
        elif whole or keyed:
            yield from self._whole(entry, [*whole, *keyed])
        elif any(_below(entry.path, folder) for folder in self.sources):
            # What grounding is held against counts wherever it lies and whatever is ignored.
            yield Change(ChangeKind.RAG, entry.path, note=self._note(entry))
        elif self._is_built(entry):
            yield Change(ChangeKind.CODE, entry.path, note=self._note(entry))

    def _is_code(self, path: str) -> bool:
        return any(context is not None and context.holds(path) for context in self.contexts)

    def _is_built(self, entry: DiffEntry) -> bool:
        if SUBMODULE in entry.modes:
            return any(context is not None and context.may_hold_below(entry.path)
                       for context in self.contexts)
        return entry.path not in self.own_files and self._is_code(entry.path)

    def own_file(self, entry: DiffEntry) -> Iterator[Change]:
        """The judge's own file, as what it is to a service that is built with it: code."""
        if entry.path in self.own_files and self._is_code(entry.path):
            yield Change(ChangeKind.CODE, entry.path, note=f"{self._note(entry)}, in nothing that "
                         "judges")

    def _note(self, entry: DiffEntry) -> str:
        """The edit in words; by digest where it is not of text that a person would read."""
        moded = entry.status == "M" and entry.modes[0] != entry.modes[1]
        mode = f"mode {entry.modes[0]} → {entry.modes[1]}" if moded else ""
        if entry.same_content:
            return mode
        before, after = (self._by_digest(entry, i) for i in (0, 1))
        word = {"A": "added", "D": "removed"}.get(entry.status, "edited")
        if not (before or after):
            return f"{word}, {mode}" if mode else word
        if entry.status in "AD":
            return f"{word} ({before or after})"
        return f"{word} ({before or 'text'} → {after or 'text'})"

    def _by_digest(self, entry: DiffEntry, side: int) -> str:
        if entry.modes[side] == SUBMODULE:
            return f"submodule at {entry.shas[side][:12]}"
        content = self.read((Side.BASE, Side.HEAD)[side], entry.path) or b""
        if entry.modes[side] == SYMLINK:
            return f"link to {content.decode('utf-8', 'replace')}"
        return named_by_digest(entry.path, content)

    def _values(self, path: str) -> tuple[object, object]:
        values = []
        for side in (Side.BASE, Side.HEAD):
            content = self.read(side, path)
            values.append(MISSING if content is None else parse_structured(path, content))
        return values[0], values[1]

    def _whole(self, entry: DiffEntry, watches: list[_Watch]) -> Iterator[Change]:
        if entry.is_edited_file and is_structured(entry.path):
            try:
                if same_value(*self._values(entry.path)):
                    return
            except Unparsable:
                pass  # whole files need not parse to be compared: their bytes differ
        for kind in dict.fromkeys(watch.kind for watch in watches):
            yield Change(kind, entry.path, note=self._note(entry))

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
            if not same_value(one, other) or not same_way(before, after, watch.pointer):
                shown = show_value(one), show_value(other)
                if shown[0] == shown[1]:  # the type differs: 1 and "1"
                    shown = repr(one), repr(other)
                line = line_of(entry.path, self.read(Side.HEAD, entry.path) or b"", watch.pointer)
                yield Change(watch.kind, entry.path, watch.pointer, *shown, head_line=line)
        pointers = [watch.pointer for watch in watches]
        rest = (without_pointers(before, pointers), without_pointers(after, pointers))
        if not same_value(*rest) or entry.modes[0] != entry.modes[1]:
            kinds = dict.fromkeys(watch.kind for watch in whole)
            for kind in kinds or [ChangeKind.CODE] * self._is_code(entry.path):
                yield Change(kind, entry.path, note=_other_keys(*rest))


def _other_keys(before: object, after: object) -> str:
    """Which of the keys that nobody watches were edited, with values."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return "other values edited"
    edited = [f"{name}: {show_value(before.get(name, MISSING))} → "
              f"{show_value(after.get(name, MISSING))}"
              for name in dict.fromkeys((*before, *after))
              if not same_value(before.get(name, MISSING), after.get(name, MISSING))]
    more = f" and {len(edited) - 3} more" if len(edited) > 3 else ""
    return f"other keys edited: {', '.join(edited[:3])}{more}" if edited else "mode changed"


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
    arrival: str = "adopted",
) -> tuple[Change, ...]:
    """Every change that counts, by kind; empty when nothing that counts changed. `arrival` says of
    the manifest what it is where base has none to compare it with."""
    order = list(ChangeKind)
    classifier = _Classifier(base, head, read)
    entries = list(entries)
    changes = [change for entry in entries for change in classifier.classify(entry)]
    if base is not None:
        changes += _service_changes(base, head)
        changes += [_policy_change(edit, head) for edit in edits]
    else:
        changes.append(Change(ChangeKind.GATES, head.manifest_path, note=arrival))
    if not changes:
        changes = [change for entry in entries for change in classifier.own_file(entry)]
    return tuple(sorted(dict.fromkeys(changes), key=lambda c: (order.index(c.kind), c.path)))


def _service_changes(base: Declared, head: Declared) -> Iterator[Change]:
    yield from _model_changes(base, head)
    before, after = plain(base.manifest), plain(head.manifest)
    for key in sorted(SERVICE_KEYS - {"service.models"}):
        one, other = before, after
        for name in key.split("."):
            one, other = one[name], other[name]
        if one != other:
            yield Change(ChangeKind.RUNTIME, head.manifest_path, "/" + key.replace(".", "/"),
                         _or_absent(one), _or_absent(other))


def _model_changes(base: Declared, head: Declared) -> Iterator[Change]:
    """Weights by where they are mounted: another digest is another model, another place of the same
    one is told too."""
    before, after = ({one.mount: one for one in side.manifest.service.models}
                     for side in (base, head))
    for mount in dict.fromkeys((*before, *after)):
        one, other = before.get(mount), after.get(mount)
        if one != other:
            yield Change(ChangeKind.MODEL, head.manifest_path, f"/service/models ({mount})",
                         _weights(one), _weights(other))


def _weights(model: Model | None) -> str:
    return f"{model.from_} sha256:{model.sha256[:12]}" if model else ABSENT


def _or_absent(value: object) -> str:
    return show_value(value) if value not in (None, "", {}, []) else ABSENT


def _policy_change(edit: Edit, head: Declared) -> Change:
    if edit.path.startswith("cases."):
        return Change(ChangeKind.CASES, head.cases_path, note=str(edit))
    kind = ChangeKind.CONTRACT if edit.path.startswith("contract") else ChangeKind.GATES
    return Change(kind, head.manifest_path, note=str(edit))
