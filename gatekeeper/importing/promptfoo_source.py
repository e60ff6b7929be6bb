"""A promptfoo configuration as it lies on disk: its document, and the files that it names. Pure."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gatekeeper.errors import FilesNeedMending, Problem
from gatekeeper.formats.nodes import at
from gatekeeper.importing.rows import Left
from gatekeeper.manifest.document import ENDLESS, Node, parse_yaml
from gatekeeper.trees.working import Files

MAX_MATCHES = 100
"""Files that one glob stands for."""


@dataclass(frozen=True, slots=True)
class Source:
    """The configuration that is read, and what was noted of it."""

    files: Files
    path: str
    """As `files` knows it, and as it is told."""
    root: Node
    noted: list[Left] = field(default_factory=list)

    @property
    def folder(self) -> str:
        """Where the files that it names are looked for."""
        return posixpath.dirname(self.path)

    def note(self, node: Node | None, what: str, why: str, file: str = "") -> None:
        """Something that has no counterpart."""
        line = node.place.line if node is not None else 0
        self.noted.append(Left(file or self.path, line, what, why))

    def place(self, name: str) -> str | None:
        """A file that the configuration names, as `files` knows it; None outside of it."""
        return self.files.below(self.folder, name.removeprefix("file://"))

    def read(self, name: str) -> str | None:
        """The text of a file that the configuration names."""
        place = self.place(name)
        return self.files.read(place) if place else None

    def named(self, name: str) -> Iterator[tuple[str, str | None]]:
        """Every file that a path or glob stands for, with its text."""
        place = self.place(name)
        if place is None:
            return
        if not re.search(r"[*?]", place):
            yield place, self.files.read(place)
            return
        pattern = re.escape(place.lower()).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*") \
            .replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
        for path in self.files.matching(pattern, MAX_MATCHES):
            yield path, self.files.read(path)

    def document(self, path: str, text: str) -> Node | None:
        """A YAML, JSON or JSON-lines file as nodes; None where it is none, and that is noted."""
        if path.endswith(".jsonl"):
            text = "[" + ",\n".join(line for line in text.splitlines() if line.strip()) + "]"
        node, problems = parse_yaml(text, path)
        if node is None:
            self.noted.append(Left(path, problems[0].line, "the file", problems[0].message))
        return node

    def referred(self, node: Node) -> Node | None:
        """What `$ref: '#/…'` stands for, or the node itself."""
        seen = 0
        while (reference := at(node, "$ref")) is not None and seen < 10:
            words = getattr(reference, "text", "")
            found = at(self.root, *words.removeprefix("#/").split("/")) if words[:2] == "#/" \
                else None
            if found is None:
                return None
            node, seen = found, seen + 1
        return node


def open_source(files: Files, path: str) -> Source:
    """The configuration; FilesNeedMending where it cannot be read."""
    text = files.read(path)
    if text is None:
        raise FilesNeedMending([Problem(path, 0, 0, "it is not there, is no text, is larger than "
                                        "a configuration is, or is a link",
                                        "name the promptfoo configuration, as "
                                        "promptfooconfig.yaml")])
    if path.lower().endswith((".js", ".cjs", ".mjs", ".ts")):
        raise FilesNeedMending([Problem(path, 0, 0, "it is code, which is not run here",
                                        "write what it gives as YAML or JSON")])
    root, problems = parse_yaml(text, path)
    if root is None:
        hint = problems[0].hint if problems[0].message == ENDLESS else ""
        raise FilesNeedMending([Problem(path, one.line, one.column, one.message, hint)
                                for one in problems[:1]])
    return Source(files, path, root)


def as_json(text: str) -> object:
    """A text as JSON data; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
