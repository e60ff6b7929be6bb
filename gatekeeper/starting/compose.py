"""A compose file, read for which of its services is built here and which serves the model. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gatekeeper.formats.nodes import at, entries, items, text_of, value_of, walk
from gatekeeper.manifest.document import Fields, Items, Node, parse_yaml
from gatekeeper.starting.commands import ServerLine, read_words, server_of, split
from gatekeeper.starting.found import Found
from gatekeeper.trees.working import Files

_NAMES = r"(?:[\w.-]+/)?(?:docker-)?compose(?:\.[\w-]+)?\.ya?ml"
_HEALTH = re.compile(r"https?://[^/\s\"']+(/[^\s\"'|;)]*)")
_VARIABLE = re.compile(r"\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+)")


@dataclass(frozen=True, slots=True)
class ComposeService:
    """One service of a compose file."""

    name: str
    place: Found
    context: str = ""
    """Folder it is built from, as the repository knows it; empty where it is not built here."""
    dockerfile: str = ""
    image: Found | None = None
    port: Found | None = None
    """Inside its container."""
    published: str = ""
    """On the machine."""
    health: Found | None = None
    environment: dict[str, Found] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    line: ServerLine | None = None
    pointer: str = ""
    """Where its command stands in the file."""
    watched: dict[str, str] = field(default_factory=dict)
    """What an option says -> pointer to its value, where the command is a list."""


def compose_services(files: Files) -> list[ComposeService]:
    """The services of every compose file, the shallowest first."""
    found = []
    for path, text in files.texts(_NAMES, 10):
        root, _ = parse_yaml(text, path)
        for name, (place, node) in entries(at(root, "services")).items():
            found.append(_service(path, name, place.line, node))
    return found


def _service(path: str, name: str, line: int, node: Node) -> ComposeService:
    folder = posixpath.dirname(path)
    build = at(node, "build")
    named = text_of(build) or text_of(at(build, "context")) or ("." if build is not None else "")
    image = _found(path, at(node, "image"))
    server = server_of(image.value) if image else ""
    command, watched = _command(path, node, name, server)
    port, published = _port(path, node)
    health = next((Found(asked[1], path, at_line) for _, at_line, item in walk(
        at(node, "healthcheck", "test")) if (asked := _HEALTH.search(text_of(item) or ""))), None)
    return ComposeService(
        name, Found(name, path, line),
        posixpath.normpath(posixpath.join(folder, named)) if named else "",
        text_of(at(build, "dockerfile")) or "", image, port, published, health,
        _environment(path, at(node, "environment")), tuple(_names(at(node, "depends_on"))),
        read_words(command, server) or (ServerLine(server, image) if server and image else None),
        f"/services/{name}/command", watched)


def _found(path: str, node: Node | None) -> Found | None:
    text = text_of(node)
    return Found(_settled(text), path, node.place.line) if text and node is not None else None


def _settled(text: str) -> str:
    """With the defaults of its variables; one without a default is left out."""
    return _VARIABLE.sub(lambda found: found[2] or "", text)


def _command(path: str, node: Node, name: str, server: str
             ) -> tuple[list[Found], dict[str, str]]:
    """The words of entry point and command, and the pointers to what a list's words say."""
    words: list[Found] = []
    watched: dict[str, str] = {}
    for key in ("entrypoint", "command"):
        given = at(node, key)
        for index, item in enumerate(items(given)):
            text = _settled(text_of(item) or "")
            whole = isinstance(given, Items)
            own = [text] if whole else split(text)
            words += [Found(word, path, item.place.line) for word in own]
            if whole:
                watched[str(len(words) - 1)] = f"/services/{name}/{key}/{index}"
    line = read_words(words, server)
    pointers: dict[str, str] = {}
    for index, word in enumerate(words):
        for what, said in (line.said if line else {}).items():
            if str(index) in watched and (word is said or word.value.endswith(f"={said.value}")):
                pointers[what] = watched[str(index)]
    return words, pointers


def _port(path: str, node: Node) -> tuple[Found | None, str]:
    """The first port inside the container, and where it is published."""
    for item in items(at(node, "ports")):
        if isinstance(item, Fields):
            target = text_of(at(item, "target"))
            if target:
                return Found(target, path, item.place.line), text_of(at(item, "published")) or ""
        elif parts := re.fullmatch(r"(?:[\w.\[\]:]*:)?(?:(\d{1,5}):)?(\d{1,5})(?:/\w+)?",
                                   _settled(text_of(item) or "")):
            return Found(parts[2], path, item.place.line), parts[1] or ""
    exposed = next(iter(items(at(node, "expose"))), None)
    return _found(path, exposed), ""


def _environment(path: str, node: Node | None) -> dict[str, Found]:
    found = {}
    if isinstance(node, Items):
        for item in node.nodes:
            name, equals, value = (text_of(item) or "").partition("=")
            found[name] = Found(_settled(value) if equals else "", path, item.place.line)
    for name, (place, item) in entries(node).items():
        value = value_of(item)
        found[name] = Found(_settled(str(value)) if value is not None else "", path, place.line)
    return found


def _names(node: Node | None) -> Iterator[str]:
    if isinstance(node, Fields):
        yield from node.entries
    yield from (text for item in items(node) if (text := text_of(item)))
