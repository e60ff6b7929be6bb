"""An OpenAPI description, read for the route that answers questions. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.formats.nodes import at, entries, items, text_of, walk
from gatekeeper.manifest.document import Node, parse_yaml
from gatekeeper.starting.found import Found
from gatekeeper.starting.interface import Interface, Route
from gatekeeper.trees.working import Files

_NAMES = r"(?:.*/)?[\w.-]*(?:openapi|swagger)[\w.-]*\.(?:json|ya?ml)"
_HEALTH = ("/health", "/healthz", "/ready", "/readyz", "/live", "/livez", "/ping")
_JSON = ("content", "application/json", "schema")
MAX_STEPS = 10


def openapi_interface(files: Files) -> Interface:
    """What the first description that has routes says."""
    for path, text in files.texts(_NAMES, 5):
        root, _ = parse_yaml(text, path)
        if text_of(at(root, "openapi")) or text_of(at(root, "swagger")):
            routes = tuple(_routes(path, root))
            health = next((Found(name, path, place.line) for name, (place, _) in entries(
                at(root, "paths")).items() if name.lower() in _HEALTH), None)
            if routes or health:
                return Interface(routes, health)
    return Interface()


def _routes(path: str, root: Node | None) -> Iterator[Route]:
    for name, (place, node) in entries(at(root, "paths")).items():
        post = at(node, "post")
        if post is None:
            continue
        request = _schema(root, at(_resolved(root, at(post, "requestBody")), *_JSON))
        reply = _schema(root, at(_resolved(root, at(post, "responses", "200")), *_JSON))
        fields = entries(at(request, "properties"))
        required = [text for item in items(at(request, "required")) if (text := text_of(item))]
        optional = tuple(field for field in fields if field not in required)
        route = Route(Found(name, path, place.line), tuple(required), optional,
                      tuple(entries(at(reply, "properties"))), _error(root, post))
        asked = at(request, "properties", route.asks) if route.asks else None
        longest = text_of(at(_schema(root, asked), "maxLength")) or ""
        yield Route(route.path, route.required, route.optional, route.answers, route.error,
                    _example(post, request, route.asks),
                    int(longest) if longest.isdecimal() and len(longest) < 9 else 0)


def _resolved(root: Node | None, node: Node | None) -> Node | None:
    """What a local reference stands for; a chain of them is followed so far."""
    for _ in range(MAX_STEPS):
        reference = text_of(at(node, "$ref"))
        if reference is None:
            return node
        if not reference.startswith("#/"):
            return None
        node = at(root, *reference.removeprefix("#/").split("/"))
    return None


def _schema(root: Node | None, node: Node | None) -> Node | None:
    """A schema with its references followed; of alternatives the first that is an object."""
    node = _resolved(root, node)
    for key in ("allOf", "anyOf", "oneOf"):
        for item in items(at(node, key)):
            found = _resolved(root, item)
            if at(found, "properties") is not None:
                return found
    return node


def _error(root: Node | None, post: Node) -> str:
    """Pointer to the message of an error, by the first description of one."""
    for code, (_, node) in entries(at(post, "responses")).items():
        if code[:1] in "45":
            schema = _schema(root, at(_resolved(root, node), *_JSON))
            fields = entries(at(schema, "properties"))
            error = _schema(root, at(schema, "properties", "error"))
            if "message" in entries(at(error, "properties")):
                return "/error/message"
            for name in ("error", "message", "detail"):
                if name in fields:
                    return f"/{name}"
    return ""


def _example(post: Node, request: Node | None, field: str) -> str:
    if not field:
        return ""
    own = at(request, "properties", field, "example")
    given = [own, *items(at(request, "properties", field, "examples")), at(request, "example",
                                                                            field)]
    for pointer, _, node in walk(at(post, "requestBody")):
        if pointer.endswith(f"/{field}") and "example" in pointer:
            given.append(node)
    return next((text for node in given if (text := text_of(node))), "")
